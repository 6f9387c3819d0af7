"""How a site stands with its protocols, over all kinds at once."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.kept import Kept
from protocols.decisions.examples import is_of_example
from protocols.decisions.models import Decision
from protocols.decisions.states import State
from protocols.formulations.models import FormulationVersion
from protocols.jurisdiction.models import JurisdictionTableVersion
from protocols.kinds import KINDS, SEVERAL, SINGLE
from protocols.treatment.models import TreatmentProtocolVersion

#: Documents without a title: they are called what their kind is, in the reader's language.
_UNNAMED = (TreatmentProtocolVersion.kind, JurisdictionTableVersion.kind)
#: More open versions than this at one site are a mess of another kind.
MOST_OPEN = 100


class Standing(NamedTuple):
    """A version of any kind, as lists show it."""

    kind: str
    pk: int
    name: str
    number: int
    status: str
    author_id: int
    author: str
    created_at: datetime
    submitted_at: datetime | None
    sent_back_at: datetime | None
    sent_back_reason: str
    signed_at: datetime | None
    approver: str | None
    approved_at: datetime | None
    which: str
    effective_from: date | None
    change_reason: str

    @property
    def is_example(self) -> bool:
        """Whether it was written as an example and nobody has approved it yet."""
        return self.signed_at is None and is_of_example(self.change_reason)

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} v{self.number}"

    @property
    def url(self) -> str:
        """The address of its page."""
        return reverse(self.kind, args=[self.pk])

    @property
    def in_review(self) -> bool:
        """Whether it waits for the second person."""
        return self.status == State.IN_REVIEW

    @property
    def waits(self) -> bool:
        """Whether it is approved, for a day to come."""
        return self.in_review and self.effective_from is not None

    @property
    def in_force_since(self) -> datetime | None:
        """When it came into force by itself, on the day that its approval named."""
        return self.approved_at if self.effective_from is not None else None

    @property
    def kind_title(self) -> str:
        """What kind of document it is."""
        return str(next(model.title_of_kind for model in KINDS if model.kind == self.kind))


def open_versions(site: Site) -> list[Standing]:
    """Return the drafts and the versions in review of all kinds, those in review first; one query."""
    return _named(_OPEN, site)


def in_force(site: Site) -> dict[str, Standing]:
    """Return the version in force of each single document, by kind; one query."""
    return {one.kind: one for one in _named(_SINGLE, site)}


def several_in_force(site: Site) -> list[Standing]:
    """Return the leaflets and responses in force, by their language or complication; one query."""
    return _named(_SEVERAL, site)


def _standings(
    site: int, models: Sequence[type[Decision]], states: list[State], *, order: Sequence[str]
) -> QuerySet[Any, Any]:
    rows = [_rows(model, site).filter(status__in=states) for model in models]
    return rows[0].union(*rows[1:], all=True).order_by(*order)[:MOST_OPEN]


_OPEN = Kept(lambda site: _standings(site, KINDS, [State.DRAFT, State.IN_REVIEW], order=("-status", "-created_at")))
_SINGLE = Kept(lambda site: _standings(site, SINGLE, [State.APPROVED], order=("kind_name",)))
_SEVERAL = Kept(lambda site: _standings(site, SEVERAL, [State.APPROVED], order=("kind_name", "which_one")))


def _named(kept: Kept[Any], site: Site) -> list[Standing]:
    """Return the versions, each by name."""
    found = [Standing(*row) for row in kept.all(site=site.pk)]
    return [one._replace(name=one.kind_title) if one.kind in _UNNAMED else one for one in found]


def _rows(model: type[Decision], site: int) -> QuerySet[Any, Any]:
    rows = model.objects.for_site(site).order_by()
    named: QuerySet[Any, Any] = rows.annotate(
        kind_name=Value(model.kind, output_field=CharField()), shown_name=_name_of(model),
        author_name=Cast(F("author__full_name"), CharField()),
        approver_name=Cast(F("approval_signature__printed_name"), CharField()),
        which_one=Cast(F(model.one_for) if model.one_for else Value(""), CharField()),
    ).values_list(
        "kind_name", "pk", "shown_name", "number", "status", "author_id", "author_name", "created_at", "submitted_at",
        "sent_back_at", "sent_back_reason", "approval_signature__signed_at", "approver_name", "approved_at",
        "which_one", "effective_from", "change_reason",
    )  # fmt: skip
    return named


def _name_of(model: type[Decision]) -> Any:
    if model is FormulationVersion:
        return Concat(F("formulation__code"), Value(" "), F("formulation__name"), output_field=CharField())
    if model.kind in _UNNAMED:
        return Value("", output_field=CharField())
    return Cast(F("title"), CharField())
