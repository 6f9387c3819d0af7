"""A treatment session from the first step to the signature."""

import uuid
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.documents.services import seal
from clinic.errors import Refused, StaleWrite
from clinic.signing.models import Meaning
from clinic.signing.services import Confirmed, manifestation, sign
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.consents.queries import consent_in_force
from patients.photos.queries import baseline_set
from patients.screening.queries import signed_checklist
from sessions.gate.gate import gate_for
from sessions.gate.stops import Stop, StopCode, without_vial
from sessions.plans.models import PlannedSession
from sessions.plans.services import move_plan_on
from sessions.preparation.models import Vial, VialMovement, VialMovementKind
from sessions.preparation.queries import remaining_ul, vial_by_code
from sessions.treatment.documents import sections, session_content
from sessions.treatment.models import InjectionZone, SessionStatus, TreatmentSession, Zone
from sessions.treatment.reconciliation import ZoneVolume, balance_fault, injected_ul, volume_faults


def _open(treatment_session: TreatmentSession, by: Actor) -> TreatmentSession:
    """Lock the session and return it; Refused when it is closed."""
    by.require(Permission.TREAT)
    locked = (
        TreatmentSession.objects.for_site(by.site)
        .select_for_update(of=("self",))
        .select_related("planned__plan__patient", "protocol_version", "vial__preparation", "patient")
        .get(pk=treatment_session.pk)
    )
    if locked.status != SessionStatus.OPEN:
        raise Refused(_("This session is closed. What was signed stays as it is."))
    return locked


def zone_volumes(treatment_session: TreatmentSession) -> list[ZoneVolume]:
    """Return the session's zones as the rules see them."""
    return [
        ZoneVolume(str(zone.get_zone_display()), zone.points, zone.volume_per_site_ul)
        for zone in treatment_session.zones.all()
    ]


@unit_of_work
def start_session(*, by: Actor, planned: PlannedSession, submission_key: uuid.UUID, at: datetime) -> TreatmentSession:
    """Open the record of a planned session; the gate is asked at every step from then on.

    Raises Refused when the patient has another session open, or when the planned one is over.
    """
    by.require(Permission.TREAT)
    if made := already_submitted(TreatmentSession, submission_key, site=by.site):
        return made
    planned = PlannedSession.objects.select_for_update(of=("self",)).select_related("plan__patient").get(pk=planned.pk)
    plan = planned.plan
    if planned.done_at is not None or planned.cancelled_at is not None or plan.ended_at is not None:
        raise Refused(_("This session is no longer due."))
    if TreatmentSession.objects.filter(patient=plan.patient, status=SessionStatus.OPEN).exists():
        raise Refused(_("This patient has a session in progress. Finish it first."))
    if plan.planned.filter(done_at=None, cancelled_at=None, due_on__lt=planned.due_on).exists():
        raise Refused(_("An earlier session of this plan is still due. Give that one first."))
    treatment_session = TreatmentSession.objects.create(
        patient=plan.patient, site=by.site, plan=plan, planned=planned, on=clock.local(at, by.site).date(),
        started_at=at, operator=by.user, protocol_version=plan.protocol_version, submission_key=submission_key,
    )  # fmt: skip
    record(by=by, action=Action.CREATE, subject=treatment_session, patient=plan.patient, at=at)
    return treatment_session


def stops_now(*, by: Actor, treatment_session: TreatmentSession, at: datetime) -> list[Stop]:
    """Return what stops the session now: the gate's answer for its planned session and its vial."""
    return gate_for(by=by, planned=treatment_session.planned, vial=treatment_session.vial, at=at)


@unit_of_work
def use_vial(*, by: Actor, treatment_session: TreatmentSession, code: str, at: datetime) -> TreatmentSession:
    """Take the vial whose label says `code` for this session.

    Raises Refused for an unknown code, while anything else stops the session, when the gate refuses the
    vial, or when zones were already injected from another one.
    """
    row = _open(treatment_session, by)
    vial = vial_by_code(by.site, code)
    if vial is None:
        raise Refused(_("No vial here has this code. Type the six characters on the label."), field="code")
    Vial.objects.select_for_update().get(pk=vial.pk)
    found = gate_for(by=by, planned=row.planned, vial=vial, at=at)
    if before := without_vial(found):
        raise Refused(_("The session is stopped."), reasons=[stop.message for stop in before])
    if found:
        raise Refused(found[0].message, reasons=[stop.message for stop in found[1:]], field="code")
    if row.vial_id not in {None, vial.pk} and row.zones.exists():
        raise Refused(_("Zones were recorded from vial %(code)s already.") % {"code": row.vial}, field="code")
    row.vial, row.vial_start_ul = vial, remaining_ul(vial)
    _save(row, "vial", "vial_start_ul")
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at,
        after={"vial": vial.code, "vial_start_ul": row.vial_start_ul},
    )  # fmt: skip
    return row


def _save(row: TreatmentSession, *fields: str) -> None:
    row.row_version += 1
    row.save(update_fields=[*fields, "row_version"])


def _refuse_while_stopped(*, by: Actor, row: TreatmentSession, at: datetime) -> None:
    if found := stops_now(by=by, treatment_session=row, at=at):
        raise Refused(_("The session is stopped."), reasons=[stop.message for stop in found])


@unit_of_work
def record_zone(
    *, by: Actor, treatment_session: TreatmentSession, zone: Zone, points: int, volume_per_site_ul: int, at: datetime
) -> InjectionZone:
    """Record the points and the volume per site of one zone, or correct them while the session is open.

    Raises Refused while the gate stops the session, when the volume per site is outside the protocol, or
    when more would be injected than the vial held.
    """
    row = _open(treatment_session, by)
    _refuse_while_stopped(by=by, row=row, at=at)
    protocol = row.protocol_version
    wanted = ZoneVolume(str(zone.label), points, volume_per_site_ul)
    if faults := volume_faults([wanted], least_ul=protocol.site_volume_min_ul, most_ul=protocol.site_volume_max_ul):
        raise Refused(faults[0], field="volume_per_site")
    others = [other for other in row.zones.all() if other.zone != zone]
    total = wanted.total_ul + sum(other.total_ul for other in others)
    if row.vial_start_ul is None or total > row.vial_start_ul:
        raise Refused(_("That is more than the vial held. Count the points again."), field="points")
    before = row.zones.filter(zone=zone).first()
    if before is not None and (before.points, before.volume_per_site_ul) == (points, volume_per_site_ul):
        return before
    saved, _made = InjectionZone.objects.update_or_create(
        treatment_session=row, zone=zone, defaults={"points": points, "volume_per_site_ul": volume_per_site_ul}
    )
    _save(row)
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at,
        before=before.describe() if before else None, after=saved.describe(),
    )  # fmt: skip
    return saved


@unit_of_work
def remove_zone(*, by: Actor, treatment_session: TreatmentSession, zone: Zone, at: datetime) -> None:
    """Take a zone recorded by mistake out of an open session; the trail keeps it."""
    row = _open(treatment_session, by)
    found = row.zones.filter(zone=zone).first()
    if found is None:
        return
    before = found.describe()
    found.delete()
    _save(row)
    record(by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, before=before, after={})


@unit_of_work
def record_rest(
    *, by: Actor, treatment_session: TreatmentSession, wasted_ul: int, remaining_ul: int, anaesthesia: str, notes: str,
    row_version: int, at: datetime,
) -> TreatmentSession:  # fmt: skip
    """Record what was wasted and what is left in the vial, and the anaesthesia; amounts needn't balance yet.

    Raises StaleWrite when somebody else saved since the form was opened.
    """
    row = _open(treatment_session, by)
    if row.row_version != row_version:
        raise StaleWrite(
            _("Somebody else saved this session while you were typing. Check what changed, then save again.")
        )
    before = {"wasted_ul": row.wasted_ul, "remaining_ul": row.remaining_ul, "anaesthesia": row.anaesthesia}
    row.wasted_ul, row.remaining_ul = wasted_ul, remaining_ul
    row.anaesthesia, row.notes = anaesthesia.strip(), notes.strip()
    _save(row, "wasted_ul", "remaining_ul", "anaesthesia", "notes")
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, before=before,
        after={"wasted_ul": wasted_ul, "remaining_ul": remaining_ul, "anaesthesia": row.anaesthesia},
    )  # fmt: skip
    return row


@unit_of_work
def brief_aftercare(*, by: Actor, treatment_session: TreatmentSession, at: datetime) -> TreatmentSession:
    """Record that the patient was briefed on the first 48 hours; a second time changes nothing."""
    row = _open(treatment_session, by)
    if row.briefed_at is None:
        row.briefed_at, row.briefed_by = at, by.user
        _save(row, "briefed_at", "briefed_by")
        record(by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, after={"briefed_at": at})
    return row


def missing_for_signature(*, by: Actor, treatment_session: TreatmentSession, at: datetime) -> list[str]:
    """Return, in words, everything that is still missing before the session can be signed."""
    row = treatment_session
    missing = [stop.message for stop in stops_now(by=by, treatment_session=row, at=at)]
    zones = zone_volumes(row)
    if not zones:
        missing.append(_("No zone is recorded."))
    protocol = row.protocol_version
    missing += volume_faults(zones, least_ul=protocol.site_volume_min_ul, most_ul=protocol.site_volume_max_ul)
    if row.wasted_ul is None or row.remaining_ul is None:
        missing.append(_("Say how much was wasted and how much is left in the vial."))
    elif row.vial_start_ul is not None and (
        fault := balance_fault(
            start_ul=row.vial_start_ul, zones=zones, wasted_ul=row.wasted_ul, remaining_ul=row.remaining_ul
        )
    ):
        missing.append(fault)
    if row.briefed_at is None:
        missing.append(_("The aftercare briefing isn't recorded."))
    return missing


@unit_of_work
def sign_session(
    *, by: Actor, treatment_session: TreatmentSession, confirmed: Confirmed, at: datetime
) -> TreatmentSession:
    """Sign a session: everything is there, nothing stops it, and every microlitre is accounted for.

    Moves the vial's content and the plan on, and seals the session's document. Raises Refused with the
    list of what is missing, and StaleWrite when the vial was drawn from elsewhere meanwhile.
    """
    row = _open(treatment_session, by)
    if missing := missing_for_signature(by=by, treatment_session=row, at=at):
        raise Refused(_("This session can't be signed yet."), reasons=missing)
    vial = Vial.objects.select_for_update().get(pk=row.vial_id)
    if remaining_ul(vial) != row.vial_start_ul:
        raise StaleWrite(_("The vial was drawn from elsewhere since it was scanned. Scan it again."))
    row.checklist = signed_checklist(row.patient, row.on)
    row.consent = consent_in_force(row.patient)
    row.baseline_photos = baseline_set(row.patient)
    content = session_content(row)
    row.signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.PERFORMED, subject=row, content=content, at=at, patient=row.patient
    )
    row.status, row.ended_at = SessionStatus.SIGNED, at
    _save(row, "status", "ended_at", "signature", "checklist", "consent", "baseline_photos")
    _draw_from_vial(by=by, row=row, vial=vial, at=at)
    move_plan_on(by=by, planned=row.planned, done_on=row.on, at=at)
    seal(
        by=by, kind="treatment_session", subject=row, patient=row.patient,
        content={**content, "sections": sections(content), "signatures": [manifestation(row.signature)]}, at=at,
    )  # fmt: skip
    return row


def _draw_from_vial(*, by: Actor, row: TreatmentSession, vial: Vial, at: datetime) -> None:
    amounts: dict[str, int] = {
        VialMovementKind.INJECTED: injected_ul(zone_volumes(row)),
        VialMovementKind.WASTED: row.wasted_ul or 0,
    }
    for kind, volume_ul in amounts.items():
        if volume_ul:
            VialMovement.add(
                vial=vial, kind=kind, volume_ul=volume_ul, treatment_session=row, moved_at=at, moved_by=by.user
            )


@unit_of_work
def did_not_proceed(
    *, by: Actor, treatment_session: TreatmentSession, reason: str, next_on: date | None, at: datetime
) -> TreatmentSession:
    """Close a session that was not given, with the reason and the next date.

    Raises Refused without a reason, with a next date in the past, or once something was injected.
    """
    row = _open(treatment_session, by)
    if len(reason.strip()) < 3:
        raise Refused(_("Say why the session did not proceed."), field="reason")
    if next_on is not None and next_on < clock.local(at, by.site).date():
        raise Refused(_("The next date is in the past. Type the date again."), field="next_on")
    if row.zones.exists():
        raise Refused(_("Zones were injected. Record what was done and sign the session, with a note."))
    row.status, row.ended_at = SessionStatus.NOT_PROCEEDED, at
    row.not_proceeded_reason, row.next_on = reason.strip(), next_on
    _save(row, "status", "ended_at", "not_proceeded_reason", "next_on")
    if next_on is not None:
        before, row.planned.due_on = row.planned.due_on, next_on
        row.planned.save(update_fields=["due_on"])
        record(
            by=by, action=Action.CHANGE, subject=row.planned, patient=row.patient_id, at=at,
            before={"due_on": before}, after={"due_on": next_on}, reason=reason,
        )  # fmt: skip
    record(by=by, action=Action.END, subject=row, patient=row.patient_id, reason=reason, at=at)
    return row


def next_step(treatment_session: TreatmentSession, found: list[Stop]) -> str:
    """Return the key of the step that the screen opens: the first that isn't done."""
    row: Any = treatment_session
    if without_vial(found):
        return "ready"
    if row.vial_id is None or any(stop.code is not StopCode.NO_VIAL for stop in found):
        return "vial"
    if not row.zones.exists():
        return "map"
    if row.wasted_ul is None or row.remaining_ul is None:
        return "rest"
    return "briefing" if row.briefed_at is None else "sign"
