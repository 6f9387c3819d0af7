"""Every write of a treatment session: its steps, its signature, and ending it without one."""

from sessions.treatment.services.handing import take_over
from sessions.treatment.services.late import record_late_zone
from sessions.treatment.services.signing import Missing, missing_for_signature, sign_session
from sessions.treatment.services.steps import (
    brief_aftercare,
    record_rest,
    start_session,
    use_vial,
)
from sessions.treatment.services.stopping import did_not_proceed
from sessions.treatment.services.zones import change_zone, explain_zone, record_zone, remove_zone

__all__ = [
    "Missing",
    "brief_aftercare",
    "change_zone",
    "did_not_proceed",
    "explain_zone",
    "missing_for_signature",
    "record_late_zone",
    "record_rest",
    "record_zone",
    "remove_zone",
    "sign_session",
    "start_session",
    "take_over",
    "use_vial",
]
