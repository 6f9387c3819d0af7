"""Going on with a session that somebody else began: both stay named in it."""

from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.errors import Refused, StaleWrite
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from sessions.treatment.models import TreatmentSession
from sessions.treatment.services.steps import open_session, save_fields

REASON_LENGTH = 300


@unit_of_work
def take_over(
    *, by: Actor, treatment_session: TreatmentSession, reason: str, row_version: int | None = None, at: datetime
) -> TreatmentSession:
    """Make `by` the operator of an open session that somebody else performed until now, for `reason`.

    Whoever signs says that they performed it, so who performed the first part stays on record beside them. The
    operator's own second click changes nothing. Raises Refused without a reason, StaleWrite when somebody saved since.
    """
    row = open_session(treatment_session, by)
    if row.operator_id == by.user.pk:
        return row
    if row_version is not None and row_version != row.row_version:
        raise StaleWrite(_("Somebody else saved this session since you saw it. Read it again, then take it over."))
    reason = " ".join(reason.split())
    if len(reason) < 3:
        raise Refused(_("Say why you go on in the place of %(name)s.") % {"name": row.operator}, field="reason")
    if len(reason) > REASON_LENGTH:
        raise Refused(_("Give the reason in at most %(most)s characters.") % {"most": REASON_LENGTH}, field="reason")
    before = row.operator
    row.handed_over = [
        *row.handed_over,
        {"from": before.full_name, "to": by.name, "at": at.isoformat(timespec="seconds"), "reason": reason},
    ]
    row.operator = by.user
    save_fields(row, "handed_over", "operator")
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, reason=reason, at=at,
        before={"operator": before.full_name}, after={"operator": by.name},
    )  # fmt: skip
    return row
