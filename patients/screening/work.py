"""What screening puts on the list of work: clearances asked for, checklists begun and not signed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.kept import Kept
from clinic.worklist.registry import Urgency, WorkItem, worklist
from patients.screening.contraindications import judge
from patients.screening.loading import load_all
from patients.screening.models import ChecklistStatus, PatientChecklist
from patients.screening.outcomes import Outcome
from patients.screening.queries import with_names
from patients.screening.waiting import waits_for_confirmation
from protocols.checklists.models import Rule

MOST = 50
#: A question left for a prescriber is asked again at the next session; older ones no longer wait.
WAITS = timedelta(days=14)


def _latest(site: int, since: date, today: date) -> QuerySet[PatientChecklist]:
    recent = PatientChecklist.objects.for_site(site).filter(
        on__gte=since, on__lte=today, status__in=[ChecklistStatus.DRAFT, ChecklistStatus.SIGNED]
    )
    latest = recent.order_by("patient", "-on", "-id").distinct("patient").values("pk")
    return with_names(PatientChecklist.objects.filter(pk__in=latest)).order_by("-on", "-id")[:MOST]


_LATEST = Kept(_latest)
_DRAFTS: Kept[PatientChecklist] = Kept(
    lambda site, on: (
        PatientChecklist.objects.for_site(site)
        .filter(status=ChecklistStatus.DRAFT, on=on)
        .select_related("patient")
        .order_by("started_at", "id")[:MOST]
    )
)


@worklist(Permission.GIVE_CLEARANCE)
def clearances_asked(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """The questions that a prescriber's decision would settle, by each patient's latest checklist."""
    today = clock.local(at, actor.site).date()
    checklists = _LATEST.all(site=actor.site.pk, since=today - WAITS, today=today)
    for loaded in load_all(checklists, today):
        checklist = loaded.checklist
        asked = dict.fromkeys(
            reason.rule for reason in judge(loaded.case).reasons
            if reason.clearable and reason.concerns(checklist.formulation_version_id)
        )  # fmt: skip
        for rule in asked:
            yield WorkItem(
                urgency=Urgency.DUE_NOW if checklist.on == today else Urgency.SOON,
                title=_("Clearance asked: %(about)s") % {"about": Rule(rule).label},
                detail=f"{checklist.patient.full_name} · {checklist.patient.record_number}",
                action=_("Decide"),
                url=reverse("clearance_new", args=[checklist.patient_id, rule]),
                chip="ask",
                due_at=checklist.started_at,
            )


@worklist(Permission.SCREEN_PATIENTS)
def cleared_since(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Patients whose checklist of today was signed before the clearance that it asked for; it is taken anew."""
    today = clock.local(at, actor.site).date()
    latest = _LATEST.all(site=actor.site.pk, since=today, today=today)
    asked = [row for row in latest if row.status == ChecklistStatus.SIGNED and row.outcome != Outcome.PROCEED]
    for loaded in load_all(asked, today):
        checklist = loaded.checklist
        if not checklist.patient.deceased and waits_for_confirmation(judge(loaded.case)):
            yield WorkItem(
                urgency=Urgency.DUE_NOW,
                title=_("Clearance signed: take a new checklist"),
                detail=f"{checklist.patient.full_name} · {checklist.patient.record_number}",
                action=_("Begin"),
                url=reverse("checklist_start", args=[checklist.patient_id]),
                chip="ready",
                due_at=max((each.given_at for each in loaded.clearances), default=checklist.signed_at),
            )


@worklist(Permission.SCREEN_PATIENTS)
def unsigned_checklists(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Today's checklists that are not signed yet; one query."""
    today = clock.local(at, actor.site).date()
    for checklist in _DRAFTS.all(site=actor.site.pk, on=today):
        yield WorkItem(
            urgency=Urgency.DUE_NOW,
            title=_("Checklist not signed yet"),
            detail=f"{checklist.patient.full_name} · {checklist.patient.record_number}",
            action=_("Go on"),
            url=reverse("checklist", args=[checklist.pk]),
            chip="wait",
            due_at=checklist.started_at,
        )
