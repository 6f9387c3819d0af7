"""What the audit says at the gate of a session: no maintenance before month 6 was judged."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.urls import reverse

from audit.month6.models import PhotoAudit
from audit.month6.queries import latest_audits, signed_audits
from audit.month6.standing import Standing, loading_waits, maintenance_waits, standing_of
from patients.photos.models import Purpose
from sessions.gate.gate import gate_check
from sessions.gate.links import another_plan
from sessions.gate.stops import Stop, StopCode
from sessions.plans.models import Phase, PlannedSession


@gate_check
def audit_before_maintenance(planned: Sequence[PlannedSession], on: date) -> Iterator[tuple[PlannedSession, Stop]]:
    """A maintenance session waits until the month-6 audit of the latest baseline is signed and says to go on.

    Two queries, none where no maintenance is planned.
    """
    maintenance = [row for row in planned if row.phase == Phase.MAINTENANCE]
    latest = latest_audits({row.plan.patient_id for row in maintenance})
    for row in maintenance:
        plan = row.plan
        baseline, audit = latest.get(plan.patient_id, (None, None))
        # Without a baseline the gate itself asks for the photographs.
        if baseline is None:
            continue
        standing = standing_of(baseline.taken_on, audit)
        if stop := stop_of(standing, patient_id=plan.patient_id, plan_id=plan.pk, plan_made_at=plan.created_at):
            yield row, stop


@gate_check
def no_loading_after_another_decision(
    planned: Sequence[PlannedSession], on: date
) -> Iterator[tuple[PlannedSession, Stop]]:
    """A loading session that was left over isn't given once the audit decided that the plan doesn't go on.

    One query, none where no loading session is planned.
    """
    loading = [row for row in planned if row.phase == Phase.LOADING]
    signed = signed_audits({row.plan.patient_id for row in loading})
    for row in loading:
        audit = signed.get(row.plan.patient_id)
        if audit and (stop := stop_of_loading(_of(audit), plan_id=row.plan.pk, plan_made_at=row.plan.created_at)):
            yield row, stop


def _of(audit: PhotoAudit) -> Standing:
    return Standing(due_on=audit.due_on, number=audit.pk, signed_at=audit.signed_at, decision=audit.decision)


def stop_of_loading(audit: Standing, *, plan_id: int, plan_made_at: datetime) -> Stop | None:
    """Return what stops a loading session under a plan once month 6 was judged; None where it may be given."""
    waits = loading_waits(audit, plan_made_at=plan_made_at)
    return Stop(waits.code, waits.words, another_plan(plan_id)) if waits else None


def stop_of(audit: Standing, *, patient_id: int, plan_id: int, plan_made_at: datetime) -> Stop | None:
    """Return what stops maintenance under a plan, and where that is dealt with; None where it may go on."""
    waits = maintenance_waits(audit, plan_made_at=plan_made_at)
    return Stop(waits.code, waits.words, _where(audit, waits.code, patient_id, plan_id)) if waits else None


def _where(audit: Standing, code: StopCode, patient_id: int, plan_id: int) -> str:
    if audit.number is None:
        return ""
    if code == StopCode.AUDIT_DECIDED_OTHERWISE:
        return another_plan(plan_id)
    if code == StopCode.AUDIT_UNSIGNED:
        return reverse("photo_audit", args=[audit.number])
    if audit.begun:
        return reverse("photo_set", args=[audit.begun])
    return reverse("photo_set_new", args=[patient_id], query={"purpose": Purpose.MONTH_6})
