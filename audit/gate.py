"""What the audit says at the gate of a session: no maintenance before month 6 was judged."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.month6.due import audit_due_on
from audit.month6.models import AuditStatus, Decision, PhotoAudit
from audit.month6.queries import audit_of_baseline
from clinic.dates import day_text
from patients.photos.queries import baseline_set
from sessions.gate.gate import gate_check
from sessions.gate.stops import Stop, StopCode
from sessions.plans.models import Phase, PlannedSession


@gate_check
def audit_before_maintenance(planned: PlannedSession, on: date) -> Iterator[Stop]:
    """A maintenance session waits until the month-6 audit of the latest baseline is signed and says to go on."""
    if planned.phase != Phase.MAINTENANCE:
        return
    patient = planned.plan.patient
    baseline = baseline_set(patient)
    if baseline is None:
        return  # the gate itself asks for the baseline photographs
    audit = audit_of_baseline(patient, baseline)
    if audit is None:
        yield Stop(
            StopCode.AUDIT_UNSIGNED,
            _("Maintenance begins after the month-6 photo audit, which is due on %(day)s.")
            % {"day": day_text(audit_due_on(baseline.taken_on))},
        )
    elif audit.status == AuditStatus.OPEN:
        yield Stop(
            StopCode.AUDIT_UNSIGNED,
            _("The month-6 photo audit, due on %(day)s, isn't signed. It must be graded and signed first.")
            % {"day": day_text(audit.due_on)},
            reverse("photo_audit", args=[audit.pk]),
        )
    elif not _goes_on(audit, planned):
        yield Stop(
            StopCode.AUDIT_DECIDED_OTHERWISE,
            _("The month-6 audit decided: %(decision)s. Maintenance doesn't go on under this plan.")
            % {"decision": audit.get_decision_display()},
            reverse("photo_audit", args=[audit.pk]),
        )


def _goes_on(audit: PhotoAudit, planned: PlannedSession) -> bool:
    if audit.decision == Decision.CONTINUE:
        return True
    made_after = audit.signed_at is not None and planned.plan.created_at > audit.signed_at
    return audit.decision == Decision.CHANGE and made_after
