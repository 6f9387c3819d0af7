"""What the audit adds to the dates of a treatment plan: the photo audit of month 6."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.month6.due import is_late
from audit.month6.queries import latest_audits
from audit.month6.services import ENDING
from audit.month6.standing import standing_of, state_of
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
    standing = standing_of(baseline.taken_on, audit)
    late = is_late(standing.due_on, baseline.protocol_version.audit_window_days, today)
    chip, state = state_of(standing, late=late)
    yield PlanDate(name, standing.due_on, chip, state, url)
