"""Which changes somebody has to read before going on, and which consents they outdate."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from django.db.models import Exists, OuterRef, Q, QuerySet

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from clinic.kept import Kept
from protocols.aftercare.models import AftercareLeafletVersion
from protocols.checklists.models import ChecklistVersion
from protocols.consents.models import ConsentScriptVersion
from protocols.formulations.models import FormulationVersion
from protocols.jurisdiction.models import JurisdictionTableVersion
from protocols.photos.models import PhotoProtocolVersion
from protocols.responses.models import ComplicationResponseVersion
from protocols.risk.models import ReadReceipt, RiskChange
from protocols.treatment.models import TreatmentProtocolVersion

#: Under these every session is given, whatever is injected.
TREATED_UNDER = (
    TreatmentProtocolVersion.kind, ChecklistVersion.kind, ConsentScriptVersion.kind, PhotoProtocolVersion.kind,
    AftercareLeafletVersion.kind, ComplicationResponseVersion.kind, JurisdictionTableVersion.kind,
)  # fmt: skip


def latest_changes(site: Site | int) -> QuerySet[RiskChange]:
    """Return the latest change of each document of `site`: whoever has read it has read the newest there is."""
    later = RiskChange.objects.filter(
        site=OuterRef("site"), kind=OuterRef("kind"), document=OuterRef("document"),
        approved_at__gt=OuterRef("approved_at"),
    )  # fmt: skip
    found: QuerySet[RiskChange] = RiskChange.objects.filter(~Exists(later), site=site)
    return found


def unread_by(by: Actor, *, kinds: Collection[str] = (), formulation_id: int | None = None) -> list[RiskChange]:
    """Return the changes that `by` hasn't signed: of `kinds`, and of one formulation; one query.

    Whoever approved a change has read it: the approval says so.
    """
    about = {} if formulation_id is None else {"formulation": str(formulation_id)}
    return _unread(frozenset(kinds)).all(site=by.site.pk, user=by.user.pk, **about)


@cache
def _unread(kinds: frozenset[str]) -> Kept[RiskChange]:
    def build(site: int, user: int, formulation: str | None = None) -> QuerySet[RiskChange]:
        wanted = Q(kind__in=sorted(kinds))
        if formulation is not None:
            wanted |= Q(kind=FormulationVersion.kind, document=formulation)
        read = ReadReceipt.objects.filter(change=OuterRef("pk"), user=user)
        changes = latest_changes(site).filter(wanted).exclude(approved_by=user)
        return changes.filter(~Exists(read)).order_by("approved_at")

    return Kept(build)


def unread_for_treating(by: Actor, formulation_id: int) -> list[RiskChange]:
    """Return what `by` has to read and sign before treating with a formulation; one query."""
    return unread_by(by, kinds=TREATED_UNDER, formulation_id=formulation_id)


def unread_for_preparing(by: Actor, formulation_id: int) -> list[RiskChange]:
    """Return what `by` has to read and sign before preparing a formulation; one query."""
    return unread_by(by, kinds=(JurisdictionTableVersion.kind,), formulation_id=formulation_id)


def unread_of(by: Actor) -> list[RiskChange]:
    """Return all that `by`, who treats or prepares, has to read and sign; one query.

    Preparers read formulations and the jurisdiction table.
    """
    kinds = {FormulationVersion.kind, JurisdictionTableVersion.kind} if by.may(Permission.PREPARE) else set()
    if by.may(Permission.TREAT):
        kinds |= {*TREATED_UNDER, FormulationVersion.kind}
    return unread_by(by, kinds=kinds) if kinds else []


def formulations_changed_since(site: Site, since: datetime) -> list[RiskChange]:
    """Return the changes of formulations of `site` after `since` that patients consent to anew; one query."""
    return _ALL_CHANGED.all(site=site.pk, since=since)


def formulation_changed_since(site: Site, formulation_id: int, since: datetime) -> RiskChange | None:
    """Return a change of the formulation after `since` that patients consent to anew; None when there is none."""
    return _CHANGED.first(site=site.pk, formulation=str(formulation_id), since=since)


def _changed(site: int, since: datetime) -> QuerySet[RiskChange]:
    found: QuerySet[RiskChange] = RiskChange.objects.for_site(site).filter(
        kind=FormulationVersion.kind, reconsent=True, approved_at__gt=since
    )
    return found


_ALL_CHANGED = Kept(lambda site, since: _changed(site, since).order_by("approved_at"))
_CHANGED = Kept(lambda site, formulation, since: _changed(site, since).filter(document=formulation))
