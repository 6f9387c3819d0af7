"""A treatment session step by step, from its first to the one before the signature."""

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.errors import Refused, StaleWrite
from clinic.kept import Kept
from clinic.pieces import lock
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.queries import is_own_change
from clinic.trail.unit import record, unit_of_work
from patients.registry.identity import under_age_told
from sessions.gate.gate import gate_for, window_stop
from sessions.gate.stops import Stop, without_vial
from sessions.plans.models import PlannedSession, TreatmentPlan
from sessions.plans.queries import waiting_before
from sessions.plans.services import way_to_session
from sessions.preparation.models import Vial
from sessions.preparation.queries import remaining_ul, vial_by_code
from sessions.treatment.models import SessionStatus, TreatmentSession

_LOCKED: Kept[TreatmentSession] = Kept(
    lambda pk: TreatmentSession.objects.filter(pk=pk).select_related(
        "planned__plan__patient", "protocol_version", "vial__preparation", "patient", "signature"
    )
)


def locked_session(treatment_session: TreatmentSession, by: Actor) -> TreatmentSession:
    """Lock the session and return it with what the services need of it, whatever its state."""
    # Locked by itself first: rows joined in the same statement would be those from before the wait.
    lock(TreatmentSession, pk=treatment_session.pk, site=by.site.pk)
    return _LOCKED.get(pk=treatment_session.pk)


def open_session(treatment_session: TreatmentSession, by: Actor) -> TreatmentSession:
    """Lock the session and return it; Refused when it is closed."""
    by.require(Permission.TREAT)
    locked = locked_session(treatment_session, by)
    if locked.status != SessionStatus.OPEN:
        raise Refused(_("This session is closed. What was signed stays as it is."))
    return locked


def save_fields(row: TreatmentSession, *fields: str) -> None:
    """Save the `fields` of a session; its row version rises."""
    row.row_version += 1
    row.save(update_fields=[*fields, "row_version"])


@unit_of_work
def start_session(*, by: Actor, planned: PlannedSession, submission_key: uuid.UUID, at: datetime) -> TreatmentSession:
    """Open the record of a planned session; the gate is asked at every step from then on.

    Raises Refused when the patient has died or is below the minimum age, has another session open, when the planned one
    is over, and before its window: for a patient who comes too early the planned day stands, or the plan gives another,
    with the reason.
    """
    by.require(Permission.TREAT)
    if made := already_submitted(TreatmentSession, submission_key, site=by.site):
        return made
    planned = PlannedSession.objects.for_site(by.site).select_related("plan__protocol_version").get(pk=planned.pk)
    # The plan is locked first, by whoever starts, moves on or ends it: two of its sessions can't start at once.
    plan = (
        TreatmentPlan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("patient")
        .get(pk=planned.plan_id)
    )
    planned.refresh_from_db()
    if planned.done_at is not None or planned.cancelled_at is not None or plan.ended_at is not None:
        raise Refused(_("This session is no longer due."))
    if plan.patient.deceased:
        raise Refused(_("This patient is recorded as deceased. Correct the entry first if that is wrong."))
    on = clock.local(at, by.site).date()
    if words := under_age_told(plan.patient, site=by.site, on=on):
        raise Refused(words)
    if going := TreatmentSession.objects.filter(patient=plan.patient, status=SessionStatus.OPEN).first():
        raise Refused(_("This patient has a session in progress. Finish it first."), way=way_to_session(going, by))
    if waiting_before(planned).exists():
        raise Refused(_("An earlier session of this plan is still due. Give that one first."))
    if early := window_stop(planned, on):
        raise Refused(early.message)
    treatment_session = TreatmentSession.objects.create(
        patient=plan.patient, site=by.site, plan=plan, planned=planned, on=on, started_at=at, operator=by.user,
        protocol_version=plan.protocol_version, submission_key=submission_key,
    )  # fmt: skip
    record(by=by, action=Action.CREATE, subject=treatment_session, patient=plan.patient, at=at)
    return treatment_session


@unit_of_work
def use_vial(*, by: Actor, treatment_session: TreatmentSession, code: str, at: datetime) -> TreatmentSession:
    """Take the vial whose label says `code` for this session.

    Once zones were injected, only the same vial can be scanned again: its content is read anew. Raises Refused for
    an unknown code, while anything else stops the session, when the gate refuses the vial, or for another vial then.
    A vial is for one patient: of two sessions that scan it at once, the second is refused.
    """
    row = open_session(treatment_session, by)
    vial = vial_by_code(by.site, code)
    if vial is None:
        raise Refused(_("No vial here has this code. Type the six characters on the label."), field="code")
    # Whoever else scans it waits here; the gate, asked after the wait, then sees in whose session the vial is.
    Vial.objects.select_for_update(no_key=True).get(pk=vial.pk)
    if row.zones.exists():
        if row.vial_id != vial.pk:
            raise Refused(_("Zones were recorded from vial %(code)s already.") % {"code": row.vial}, field="code")
    else:
        _refuse_vial(gate_for(by=by, planned=row.planned, vial=vial, at=at))
    if row.vial_id != vial.pk:  # one that is scanned again was in hand all the time
        row.vial, row.vial_at = vial, at
    row.vial_start_ul = remaining_ul(vial)
    save_fields(row, "vial", "vial_at", "vial_start_ul")
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at,
        after={"vial": vial.code, "vial_start_ul": row.vial_start_ul},
    )  # fmt: skip
    return row


def _refuse_vial(found: list[Stop]) -> None:
    if before := without_vial(found):
        raise Refused(_("The session is stopped."), reasons=[stop.message for stop in before])
    if found:
        raise Refused(found[0].message, reasons=[stop.message for stop in found[1:]], field="code")


@unit_of_work
def record_rest(
    *, by: Actor, treatment_session: TreatmentSession, wasted_ul: int, remaining_ul: int, anaesthesia: str, notes: str,
    row_version: int, at: datetime,
) -> TreatmentSession:  # fmt: skip
    """Record what was wasted and what is left in the vial, and the anaesthesia; amounts needn't balance yet.

    Raises StaleWrite when somebody else saved since the form was opened.
    """
    row = open_session(treatment_session, by)
    if row.row_version != row_version:
        raise StaleWrite(
            _("You changed this in another window. Check what changed, then save again.") if is_own_change(by, row)
            else _("Somebody else saved this session while you were typing. Check what changed, then save again.")
        )  # fmt: skip
    before = {"wasted_ul": row.wasted_ul, "remaining_ul": row.remaining_ul, "anaesthesia": row.anaesthesia}
    row.wasted_ul, row.remaining_ul = wasted_ul, remaining_ul
    row.anaesthesia, row.notes = anaesthesia.strip(), notes.strip()
    save_fields(row, "wasted_ul", "remaining_ul", "anaesthesia", "notes")
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, before=before,
        after={"wasted_ul": wasted_ul, "remaining_ul": remaining_ul, "anaesthesia": row.anaesthesia},
    )  # fmt: skip
    return row


@unit_of_work
def brief_aftercare(*, by: Actor, treatment_session: TreatmentSession, at: datetime) -> TreatmentSession:
    """Record that the patient was briefed on the first 48 hours; a second time changes nothing."""
    row = open_session(treatment_session, by)
    if row.briefed_at is None:
        row.briefed_at, row.briefed_by = at, by.user
        save_fields(row, "briefed_at", "briefed_by")
        record(by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, after={"briefed_at": at})
    return row
