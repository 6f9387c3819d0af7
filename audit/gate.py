"""What the audit says at the gate of a session: no maintenance before month 6 was judged."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.month6.due import audit_due_on
from audit.month6.models import AuditStatus, Decision, PhotoAudit
from audit.month6.queries import latest_audits
from clinic.dates import day_text
from patients.photos.models import PhotoSet
from sessions.gate.gate import gate_check
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
        baseline, audit = latest.get(row.plan.patient_id, (None, None))
        # Without a baseline the gate itself asks for the photographs.
        if baseline is not None and (stop := _stop(row, baseline, audit)):
            yield row, stop


def _stop(planned: PlannedSession, baseline: PhotoSet, audit: PhotoAudit | None) -> Stop | None:
    if audit is None:
        return Stop(
            StopCode.AUDIT_UNSIGNED,
            _("Maintenance begins after the month-6 photo audit, which is due on %(day)s.")
            % {"day": day_text(audit_due_on(baseline.taken_on))},
        )
    if audit.status == AuditStatus.OPEN:
        return Stop(
            StopCode.AUDIT_UNSIGNED,
            _("The month-6 photo audit, due on %(day)s, isn't signed. It must be graded and signed first.")
            % {"day": day_text(audit.due_on)},
            reverse("photo_audit", args=[audit.pk]),
        )
    if not _goes_on(audit, planned):
        return Stop(
            StopCode.AUDIT_DECIDED_OTHERWISE,
            _("The month-6 audit decided: %(decision)s. Maintenance doesn't go on under this plan.")
            % {"decision": audit.get_decision_display()},
            reverse("photo_audit", args=[audit.pk]),
        )
    return None


def _goes_on(audit: PhotoAudit, planned: PlannedSession) -> bool:
    if audit.decision == Decision.CONTINUE:
        return True
    made_after = audit.signed_at is not None and planned.plan.created_at > audit.signed_at
    return audit.decision == Decision.CHANGE and made_after
