"""Puts the gate's question to the records: what stops this session now?"""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.consents.queries import consent_in_force
from patients.intake.queries import current_intake
from patients.intake.staging import Pathway
from patients.photos.models import PhotoSet, Purpose
from patients.photos.queries import baseline_set
from patients.screening.outcomes import Outcome
from patients.screening.queries import signed_checklist
from protocols.decisions.states import State
from sessions.gate.stops import ChecklistState, GateState, Stop, StopCode, VialState, stops
from sessions.plans.models import PlannedSession
from sessions.plans.rhythm import rhythm_of
from sessions.plans.schedule import earliest_on
from sessions.preparation.models import Vial
from sessions.preparation.queries import remaining_ul

Check = Callable[[PlannedSession, date], Iterable[Stop]]
_checks: list[Check] = []


def gate_check(check: Check) -> Check:
    """Register what a later room has to say, as the photo audit does before maintenance."""
    _checks.append(check)
    return check


def gate_for(*, by: Actor, planned: PlannedSession, vial: Vial | None, at: datetime) -> list[Stop]:
    """Return every reason that stops `planned` from being given by `by` at `at`; empty when nothing does."""
    on = clock.local(at, by.site).date()
    state = gate_state(by=by, planned=planned, vial=vial, at=at)
    found = stops(state, {})
    if found:  # most sessions are in order, and then no address is needed
        found = stops(state, links_for(planned))
    for check in _checks:
        found.extend(check(planned, on))
    return found


def gate_state(*, by: Actor, planned: PlannedSession, vial: Vial | None, at: datetime) -> GateState:
    """Gather what the gate looks at."""
    on = clock.local(at, by.site).date()
    plan = planned.plan
    patient = plan.patient
    intake = current_intake(patient)
    baseline = baseline_set(patient)
    active = plan.formulation.versions.filter(status=State.APPROVED).first()
    protocol = plan.protocol_version
    return GateState(
        on=on,
        at=at,
        plan_active=plan.ended_at is None and planned.cancelled_at is None,
        stage_treatable=intake is not None and intake.pathway == Pathway.MESOTHERAPY,
        earliest_on=earliest_on(planned.due_on, rhythm_of(protocol)),
        checklist=_checklist_state(planned, on),
        consent_in_force=consent_in_force(patient) is not None,
        baseline_on=baseline.taken_on if baseline else None,
        first_session=not plan.planned.filter(done_at__isnull=False).exists(),
        baseline_photos_within_days=protocol.baseline_photos_within_days,
        operator_entitled=by.may(Permission.TREAT) and by.user.is_active,
        formulation_version_id=active.pk if active else None,
        vial=_vial_state(vial) if vial else None,
    )


def _checklist_state(planned: PlannedSession, on: date) -> ChecklistState | None:
    checklist = signed_checklist(planned.plan.patient, on)
    if checklist is None:
        return None
    return ChecklistState(
        proceeds=checklist.outcome == Outcome.PROCEED,
        verdict=str(checklist.get_outcome_display()),
        open_version_ids=frozenset((checklist.verdict or {}).get("open_formulations", [])),
    )


def _vial_state(vial: Vial) -> VialState:
    preparation = vial.preparation
    if preparation.beyond_use_at is None:
        raise ValueError("a vial's preparation is signed and has a beyond-use time")
    return VialState(
        code=vial.code,
        formulation_version_id=preparation.formulation_version_id,
        beyond_use_at=preparation.beyond_use_at,
        remaining_ul=remaining_ul(vial),
    )


def links_for(planned: PlannedSession) -> dict[StopCode, str]:
    """Return where each stop is dealt with."""
    patient_id = planned.plan.patient_id
    checklist = reverse("checklist_start", args=[patient_id])
    photos = _photo_link(patient_id)
    plan = reverse("plan", args=[planned.plan_id])
    return {
        StopCode.PLAN_ENDED: plan,
        StopCode.SURGICAL_ASSESSMENT: reverse("patient", args=[patient_id]),
        StopCode.NO_CHECKLIST: checklist,
        StopCode.CHECKLIST_VERDICT: checklist,
        StopCode.FORMULATION_CLOSED: plan,
        StopCode.NO_CONSENT: reverse("consent_new", args=[patient_id]),
        StopCode.NO_BASELINE: photos,
        StopCode.BASELINE_TOO_OLD: photos,
        StopCode.FORMULATION_NOT_ACTIVE: reverse("protocol_list"),
        StopCode.NO_VIAL: reverse("preparation_new"),
        StopCode.VIAL_BEYOND_USE: reverse("preparation_new"),
        StopCode.VIAL_WRONG_FORMULATION: reverse("preparation_new"),
        StopCode.VIAL_EMPTY: reverse("preparation_new"),
    }


def _photo_link(patient_id: int) -> str:
    open_set = PhotoSet.objects.filter(
        patient_id=patient_id, purpose=Purpose.BASELINE, completed_at__isnull=True
    ).first()
    return reverse("photo_set", args=[open_set.pk]) if open_set else reverse("photo_set_new", args=[patient_id])
