"""Reads of paper forms and scans, always of one site."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from clinic.accounts.models import Site
from clinic.documents.models import Rendering
from patients.paper.models import (
    PaperEntry,
    PaperFiledPage,
    PaperFiling,
    PaperFilingEnd,
    PaperForm,
    PaperFormEnd,
    PaperKind,
    PaperScan,
    PaperScanAside,
)
from patients.paper.pages import Basis, Missing, Placed, missing, placed_alone
from patients.paper.standing import CHIPS, Standing, standing_of
from patients.registry.models import Patient
from patients.screening.models import ChecklistStatus
from protocols.decisions.states import State


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One form as a list shows it."""

    form: PaperForm
    standing: Standing
    missing: Missing

    @property
    def chip(self) -> str:
        """The kind of its chip."""
        return CHIPS[self.standing]

    @property
    def label(self) -> str:
        """Where it stands, and which pages are missing where that is known."""
        named = self.standing is Standing.PART and self.missing.is_named
        return self.missing.words() if named else str(self.standing.label)

    @property
    def pages(self) -> str:
        """How many pages are back of how many, where it isn't known which; "" otherwise."""
        counted = self.standing is Standing.PART and not self.missing.is_named
        return self.missing.words() if counted else ""

    @property
    def waits(self) -> bool:
        """Whether somebody waits for the paper."""
        return self.standing in {Standing.OUT, Standing.MISSING}


#: What `judged` says in the place of a number: of a page that isn't known, and of a picture that is none of its form.
_UNKNOWN, _EXTRA = 0, -1


def with_standing(forms: QuerySet[Any]) -> QuerySet[Any]:
    """Load with `forms` what a list shows of them, and what their standing follows from."""
    return judged(forms).select_related(
        "patient", "issued_by", "checklist_version", "formulation_version__formulation", "script_version"
    )


def judged(forms: QuerySet[Any]) -> QuerySet[Any]:
    """Load with `forms` what their standing follows from, and nothing else."""
    page = Case(When(form_page__isnull=False, then=F("form_page")), When(basis=Basis.UNKNOWN, then=_UNKNOWN))
    return forms.annotate(
        pages_filed=ArraySubquery(_back().values_list(Coalesce(page, _EXTRA))),
        # Nothing is known of a blank whose PDF isn't made.
        pages_printed=Subquery(_printed()),
        has_entry=_is_entered(),
        has_ended=_is_ended(),
    )


def _back() -> QuerySet[PaperFiledPage]:
    """Return, for a query over forms, their filed pages that count."""
    return counted_pages().filter(filing__form=OuterRef("pk")).order_by()


def _printed() -> QuerySet[Any, Any]:
    return _renderings().filter(document=OuterRef("document")).values("pages")[:1]


def _is_entered() -> Exists:
    """Return, for a query over forms, whether a record was made of one."""
    made = Q(consent__isnull=False) | Q(checklist__status=ChecklistStatus.SIGNED)
    return Exists(PaperEntry.objects.filter(made, form=OuterRef("pk")))


def _is_ended() -> Exists:
    return Exists(PaperFormEnd.objects.filter(form=OuterRef("pk")))


def pages_back(printed: str) -> Subquery:
    """Return, for a query over forms, how many pages of one are back; None where nothing is.

    `printed` names the annotation that says how many it has. It counts as `missing` does: a page that was scanned twice
    is back once, and one that the form hasn't isn't any.
    """
    known = Count("form_page", distinct=True, filter=Q(form_page__lte=OuterRef(printed)))
    unknown = Count("pk", filter=Q(basis=Basis.UNKNOWN))
    return Subquery(_back().values("filing__form").annotate(number=known + unknown).values("number"))


def counted_pages() -> QuerySet[PaperFiledPage]:
    """Return the filed pages that count towards their forms.

    What was taken back doesn't. What came back before somebody said that the form can't be entered waits for nobody;
    what turned up afterwards does.
    """
    ended_since = PaperFormEnd.objects.filter(form=OuterRef("filing__form"), ended_at__gt=OuterRef("filing__filed_at"))
    taken_back = PaperFilingEnd.objects.filter(filing=OuterRef("filing"))
    # Of a row that isn't there Postgres knows how rare it is; of a column that is null beside it, it guesses.
    pages: QuerySet[PaperFiledPage] = PaperFiledPage.objects.filter(~Exists(ended_since), ~Exists(taken_back))
    return pages


def _renderings() -> QuerySet[Rendering]:
    return Rendering.objects.filter(replaced_by=None)


def pages_printed(form: PaperForm) -> int:
    """Return how many pages `form` has; 0 while its PDF isn't made."""
    return _renderings().filter(document=form.document_id).values_list("pages", flat=True).first() or 0


def placing(scan: PaperScan, form: PaperForm) -> dict[int, Placed | None]:
    """Return which page of `form` each picture of `scan` is, by its number; None where somebody has to say."""
    read = {page.number: page.read_page or 0 for page in scan.pages.all()}
    return placed_alone(read, code_read=bool(scan.read_code), printed=pages_printed(form))


def pages_here(form: PaperForm, *, before: PaperFiling | None = None) -> set[int]:
    """Return which pages of `form` are back, or were `before` a filing."""
    pages = counted_pages().filter(filing__form=form)
    if before is not None:
        pages = pages.filter(filing__lt=before)
    return {page for page in pages.values_list("form_page", flat=True) if page}


def rows_of(forms: Iterable[PaperForm], today: date) -> list[PaperRow]:
    """Return `forms`, loaded by `with_standing`, as rows on the day `today`."""
    return [PaperRow(form, standing_on(form, today), missing_of(form)) for form in forms]


def standing_on(form: PaperForm, today: date) -> Standing:
    """Return where `form`, loaded by `judged`, stands on the day `today`."""
    loaded = vars(form)  # annotated, which no type knows
    return standing_of(
        returned=bool(loaded["pages_filed"]), whole=not missing_of(form).count,
        entered=loaded["has_entry"], ended=loaded["has_ended"], printed_on=form.printed_on, today=today,
    )  # fmt: skip


def missing_of(form: PaperForm) -> Missing:
    """Return which pages of `form`, loaded by `judged`, haven't come back."""
    loaded = vars(form)
    filed = loaded["pages_filed"]
    return missing(loaded["pages_printed"] or 0, filed, filed.count(_UNKNOWN))


def pages_words(form: PaperForm, standing: Standing) -> str:
    """Say which pages of `form`, loaded by `judged`, are missing; "" unless others are back."""
    return missing_of(form).words() if standing is Standing.PART else ""


def forms_of_day(site: Site, on: date) -> QuerySet[Any]:
    """Return the forms printed for the day `on`, in the order of printing."""
    return with_standing(PaperForm.objects.for_site(site).filter(printed_on=on)).order_by("issued_at", "id")


def forms_of(patient: Patient) -> QuerySet[Any]:
    """Return the forms printed for `patient`, the latest first."""
    return with_standing(PaperForm.objects.filter(patient=patient)).order_by("-issued_at", "-id")


def missing_before(site: Site | int, today: date) -> QuerySet[Any]:
    """Return the forms of earlier days that neither came back whole nor were called not used, the oldest first.

    They are loaded by `judged`.
    """
    forms = PaperForm.objects.for_site(site).filter(printed_on__lt=today).alias(printed=Subquery(_printed()))
    out = ~Exists(_back()) & ~_is_ended()
    # Of a form of which nothing is back no number is less than another.
    in_part = ~_is_entered() & Q(back__lt=F("printed"))
    waiting = forms.alias(back=pages_back("printed")).filter(out | in_part)
    return judged(waiting).order_by("printed_on", "issued_at", "id")


def to_be_entered(site: Site | int, *, kind: PaperKind) -> QuerySet[Any]:
    """Return the returned forms of a kind that no record was made of yet, the oldest first; loaded by `judged`."""
    forms = PaperForm.objects.for_site(site).filter(Exists(_back()), ~_is_entered(), kind=kind)
    return judged(forms).order_by("issued_at", "id")


def unfiled_scans(site: Site | int) -> QuerySet[PaperScan]:
    """Return the scans that belong to no form yet and weren't set aside, the oldest first."""
    scans: QuerySet[PaperScan] = PaperScan.objects.for_site(site).filter(
        ~Exists(PaperFiling.objects.standing().filter(scan=OuterRef("pk"))),
        ~Exists(PaperScanAside.objects.filter(scan=OuterRef("pk"))),
    )
    return scans.select_related("uploaded_by").order_by("uploaded_at", "id")


def why_blank_ended(form_id: str) -> str:
    """Say of a blank why it isn't to be used any more; "" while it is."""
    form = (
        PaperForm.objects.filter(pk=form_id)
        .select_related("end", "checklist_version", "script_version", "formulation_version__formulation")
        .first()
    )
    if form is None:
        return ""
    if hasattr(form, "end"):
        return _("This blank was recorded as not used.")
    for version in (form.checklist_version, form.script_version, form.formulation_version):
        if version is not None and version.status != State.APPROVED:
            return _("%(what)s was replaced since this blank was printed. Print a new one.") % {"what": version}
    return ""


def filing_of(scan: PaperScan) -> PaperFiling | None:
    """Return the filing of `scan` that stands, with form, patient and who filed it; one query."""
    found: PaperFiling | None = (
        PaperFiling.objects.standing().filter(scan=scan).select_related("form__patient", "filed_by").first()
    )
    return found
