"""Ending a session that was not given."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.errors import Refused
from clinic.signing.rows import rows_said
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from sessions.plans.services import move_due_date
from sessions.treatment.models import SessionStatus, TreatmentSession
from sessions.treatment.services.steps import open_session, save_fields


@unit_of_work
def did_not_proceed(
    *, by: Actor, treatment_session: TreatmentSession, reason: str, next_on: date | None, at: datetime
) -> TreatmentSession:
    """Close a session that was not given, with the reason and the next date; later loading sessions follow it.

    Raises Refused without a reason, with a next date in the past, or once something was injected.
    """
    row = open_session(treatment_session, by)
    if len(reason.strip()) < 3:
        raise Refused(_("Say why the session did not proceed."), field="reason")
    if next_on is not None and next_on < clock.local(at, by.site).date():
        raise Refused(_("The next date is in the past. Type the date again."), field="next_on")
    if row.zones.exists():
        raise Refused(_("Zones were injected. Record what was done and sign the session, with a note."))
    row.status, row.ended_at = SessionStatus.NOT_PROCEEDED, at
    row.not_proceeded_reason, row.next_on = reason.strip(), next_on
    save_fields(row, "status", "ended_at", "not_proceeded_reason", "next_on")
    if next_on is not None:
        move_due_date(by=by, planned=row.planned, due_on=next_on, reason=reason, at=at)
    record(
        by=by, action=Action.END, subject=row, patient=row.patient_id, reason=reason, at=at,
        at_the_end=lambda: rows_said(TreatmentSession, row.pk),
    )  # fmt: skip
    return row
