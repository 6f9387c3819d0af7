"""What the audit adds to the dates of a treatment plan: the photo audit of month 6."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.month6.due import audit_due_on, is_late
from audit.month6.models import AuditStatus, PhotoAudit
from audit.month6.queries import latest_audits
from audit.month6.services import ENDING
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from sessions.plans.dates import PlanDate, plan_dates
from sessions.plans.models import TreatmentPlan


@plan_dates
def month_6_audit(actor: Actor, plan: TreatmentPlan, today: date) -> Iterator[PlanDate]:
    """The audit of the patient's latest baseline, for the plan that it judges; two queries."""
    name = _("Month-6 photo audit")
    baseline, audit = latest_audits({plan.patient_id}).get(plan.patient_id, (None, None))
    # An ended plan shows the audit that judged it, a running one none that stopped treatment before it.
    judged = audit is not None and audit.signed_at is not None and audit.signed_at >= plan.created_at
    if plan.ended_at is not None and not judged:
        return
    if audit is not None and audit.decision in ENDING and not judged:
        return
    if baseline is None:
        yield PlanDate(name, None, "wait", _("Follows the baseline photographs"))
        return
    url = reverse("photo_audit", args=[audit.pk]) if audit and actor.may(Permission.VIEW_AUDIT) else ""
    window_days = baseline.protocol_version.audit_window_days
    late = is_late(audit_due_on(baseline.taken_on), window_days, today)
    chip, state = _state(audit, late=late)
    yield PlanDate(name, audit.due_on if audit else audit_due_on(baseline.taken_on), chip, state, url)


def _state(audit: PhotoAudit | None, *, late: bool) -> tuple[str, str]:
    if audit is None:
        return "wait", _("Planned")
    if audit.status == AuditStatus.SIGNED:
        return "done", str(audit.get_decision_display())
    return "ask", _("Overdue") if late else _("To grade")
