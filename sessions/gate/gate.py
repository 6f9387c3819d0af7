"""Puts the gate's question to the records: what stops this session now?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from clinic.kept import Kept
from patients.consents.models import Consent
from patients.consents.queries import is_in_force, latest_consent, was_changed
from patients.intake.queries import current_intake
from patients.intake.staging import Pathway
from patients.photos.models import PhotoSet
from patients.photos.queries import baseline_set
from patients.registry.identity import born_at_latest, under_age, under_age_told
from patients.registry.models import Patient
from patients.screening.ended import How, rested_on_words
from patients.screening.models import PatientChecklist
from patients.screening.outcomes import Outcome
from patients.screening.queries import ended_under, lost_withdrawals, signed_checklist, verdict_now
from protocols.decisions.states import State
from protocols.formulations.models import FormulationVersion
from protocols.formulations.queries import is_consented, legal_obstacles
from protocols.formulations.showing import note_text
from protocols.photos.thresholds import BASELINE_WINDOW_DAYS
from protocols.risk.queries import formulation_changed_since, unread_for_treating
from protocols.treatment.models import TreatmentProtocolVersion
from sessions.gate.consents import recorded_words, taken_back, withdrawn_words
from sessions.gate.links import links_for, no_version_in_force, passable
from sessions.gate.sound import changed_papers, lost_since
from sessions.gate.state import ChecklistState, GateState, VialState
from sessions.gate.stops import OF_THE_PLAN, Stop, StopCode, beforehand, since_injection, stops, too_early, too_old
from sessions.plans.models import Phase, PlannedSession
from sessions.plans.rhythm import rhythm_of
from sessions.plans.schedule import earliest_on
from sessions.preparation.models import Vial
from sessions.preparation.queries import remaining_ul, used_for_another


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers that a session rests on: today's signed checklist, the consent in force, the baseline photographs."""

    checklist: PatientChecklist | None
    consent: Consent | None
    baseline: PhotoSet | None


Check = Callable[[Sequence[PlannedSession], date], Iterable[tuple[PlannedSession, Stop]]]
_checks: list[Check] = []


def gate_check(check: Check) -> Check:
    """Register what a later room has to say about planned sessions, as the photo audit does before maintenance.

    The check is asked about many at once by the list of work, so it does a constant number of queries.
    """
    _checks.append(check)
    return check


def held_back(planned: Sequence[PlannedSession], on: date) -> dict[int, list[Stop]]:
    """Return what the later rooms stop of `planned` on the day `on`, by the planned session's id.

    This is the part of the gate's answer that is known before a session is begun, and that nothing in it can change.
    """
    found: dict[int, list[Stop]] = {}
    for check in _checks:
        for row, stop in check(planned, on):
            found.setdefault(row.pk, []).append(stop)
    return found


def stopped_ahead(planned: Sequence[PlannedSession], *, site: Site, on: date) -> dict[int, list[Stop]]:
    """Return what stops `planned`, of many plans, before one is begun, by the planned session's id; for lists.

    That is the patient's age, a consent that was taken back, a formulation without a version in force, and what the
    later rooms say: a constant number of queries, however many there are. Who is too young isn't told anything else.
    """
    held, withdrawn = held_back(planned, on), taken_back(planned, site)
    retired = without_a_formulation(planned)
    found: dict[int, list[Stop]] = {}
    for row in planned:
        young = age_stop(row, site=site, on=on)
        said = [*withdrawn.get(row.pk, []), *retired.get(row.pk, []), *held.get(row.pk, [])]
        if stops := [young] if young else said:
            found[row.pk] = stops
    return found


_APPROVED_OF: Kept[FormulationVersion] = Kept(
    lambda formulations: FormulationVersion.objects.filter(formulation__in=formulations, status=State.APPROVED)
)


def without_a_formulation(planned: Sequence[PlannedSession]) -> dict[int, list[Stop]]:
    """Return the stops of `planned` whose formulation has no version in force, by the session's id; one query."""
    if not planned:
        return {}
    asked = tuple({row.plan.formulation_id for row in planned})
    in_force = {version.formulation_id for version in _APPROVED_OF.all(formulations=asked)}
    stop = no_version_in_force()
    return {row.pk: [stop] for row in planned if row.plan.formulation_id not in in_force}


def known_beforehand(
    *, by: Actor, due: Sequence[PlannedSession], at: datetime, begun: bool = False
) -> dict[int, list[Stop]]:
    """Return what stops the sessions `due` of one plan, in their order, before any is begun; by the session's id.

    Of the next one that is the patient's age, a consent taken back, what `beforehand` says of today's checklist and the
    formulation, whether a first one's baseline is too old today, and what the later rooms say. Of those behind it, it
    is what the later rooms say of one that is due by now, or that another plan alone mends. Once the next one is
    `begun` it is left out: of that the whole gate is asked.
    """
    on = clock.local(at, by.site).date()
    held = held_back(due, on)
    found = {
        row.pk: [stop for stop in held.get(row.pk, []) if row == due[0] or row.due_on <= on or stop.code in OF_THE_PLAN]
        for row in due
    }
    if due and begun:
        del found[due[0].pk]
    elif due:
        young = age_stop(due[0], site=by.site, on=on)
        back = taken_back(due[:1], by.site).get(due[0].pk, [])
        known = [*back, *_beforehand(due[0], by.site, on), *_old_baseline(due[0], on)]
        found[due[0].pk] = [*([young] if young else ()), *known, *found[due[0].pk]]
    return {number: passable(by, told) for number, told in found.items() if told}


def _beforehand(planned: PlannedSession, site: Site, on: date) -> list[Stop]:
    active = _in_force(planned)
    # A checklist counts on its day: it says nothing of a session that isn't begun today.
    checklist = None if window_stop(planned, on) else signed_checklist(planned.plan.patient, on)
    asked = _checklist_state(checklist, active, site, on), active.pk if active else None
    return beforehand(*asked, links_for(planned)) if beforehand(*asked, {}) else []


def _old_baseline(planned: PlannedSession, on: date) -> list[Stop]:
    if planned.phase != Phase.LOADING or planned.ordinal != 1:
        return []
    baseline, protocol = baseline_set(planned.plan.patient), planned.plan.protocol_version
    days, taken_on = baseline_window(baseline, protocol), baseline.taken_on if baseline else None
    if not too_old(taken_on, on=on, within_days=days, links={}):  # and then no address is needed
        return []
    return too_old(taken_on, on=on, within_days=days, links=links_for(planned))


def _in_force(planned: PlannedSession) -> FormulationVersion | None:
    return planned.plan.formulation.versions.filter(status=State.APPROVED).first()


def window_stop(planned: PlannedSession, on: date) -> Stop | None:
    """Return the stop of a planned session whose window isn't open on the day `on`; it isn't begun before."""
    opens_on = earliest_on(planned.due_on, rhythm_of(planned.plan.protocol_version))
    words = too_early(on=on, earliest_on=opens_on)
    return Stop(StopCode.TOO_EARLY, words) if words else None


def age_stop(planned: PlannedSession, *, site: Site, on: date) -> Stop | None:
    """Return the stop of a planned session of a patient below the minimum age; it isn't begun before. No query."""
    patient = planned.plan.patient
    words = under_age_told(patient, site=site, on=on)
    if not words:
        return None
    return Stop(
        StopCode.UNDER_AGE, words, reverse("patient", args=[patient.pk]), fact=under_age(patient, site=site, on=on)
    )


def gate_for(
    *, by: Actor, planned: PlannedSession, vial: Vial | None, at: datetime, injected: bool = False
) -> list[Stop]:
    """Return every reason that stops `planned` from being given by `by` at `at`; empty when nothing does.

    `injected` says whether its session has entries in the map already.
    """
    return ask_gate(by=by, planned=planned, vial=vial, at=at, injected=injected)[0]


def ask_gate(
    *, by: Actor, planned: PlannedSession, vial: Vial | None, at: datetime, injected: bool = False
) -> tuple[list[Stop], Papers]:
    """Return what `gate_for` does, and the papers that it looked at: they are kept with what they let through."""
    on = clock.local(at, by.site).date()
    state, papers = _gather(by=by, planned=planned, vial=vial, at=at, injected=injected)
    found = stops(state, {})
    if found:  # most sessions are in order, and then no address is needed
        found = stops(state, links_for(planned))
    found.extend(held_back([planned], on).get(planned.pk, []))
    return passable(by, found), papers


def after_injection(
    found: list[Stop], *, vial: Vial | None, injected_at: datetime, site: Site, at: datetime
) -> list[Stop]:
    """Return which of `found`, the gate's answer at `at`, stop a session whose last injection was at `injected_at`.

    The gate let that injection through; what only the passing of time brought about since is left out.
    """
    beyond_use_at = vial.preparation.beyond_use_at if vial else None
    return since_injection(
        found,
        same_day=clock.local(at, site).date() == clock.local(injected_at, site).date(),
        vial_was_in_time=beyond_use_at is not None and injected_at < beyond_use_at,
    )


def _gather(
    *, by: Actor, planned: PlannedSession, vial: Vial | None, at: datetime, injected: bool
) -> tuple[GateState, Papers]:
    """Return everything that the gate looks at, and the papers among it."""
    on = clock.local(at, by.site).date()
    plan = planned.plan
    patient = plan.patient
    intake = current_intake(patient)
    baseline = baseline_set(patient)
    active = _in_force(planned)
    protocol = plan.protocol_version
    latest = latest_consent(patient)
    consent = latest if latest is not None and is_in_force(latest) else None
    checklist = signed_checklist(patient, on)
    state = GateState(
        on=on,
        at=at,
        deceased=patient.deceased,
        born=born_at_latest(patient),
        minimum_age_years=by.site.minimum_age_years,
        plan_active=plan.ended_at is None and planned.cancelled_at is None,
        has_intake=intake is not None,
        stage_treatable=intake is not None and intake.pathway == Pathway.MESOTHERAPY,
        earliest_on=earliest_on(planned.due_on, rhythm_of(protocol)),
        checklist=_checklist_state(checklist, active, by.site, on),
        consent_in_force=consent is not None,
        lines_not_consented=_lines_missing(consent, active),
        formulation_changed=_changed_since(consent, active),
        unread_changes=tuple(str(change) for change in unread_for_treating(by, plan.formulation_id)),
        not_lawful=tuple(legal_obstacles(active)) if active else (),
        baseline_on=baseline.taken_on if baseline else None,
        first_session=not plan.planned.filter(done_at__isnull=False).exists(),
        baseline_photos_within_days=baseline_window(baseline, protocol),
        operator_entitled=by.may(Permission.TREAT) and by.user.is_active,
        formulation_version_id=active.pk if active else None,
        vial=_vial_state(vial, patient, plan.formulation_id) if vial else None,
        injected=injected,
        consent_ended=(
            recorded_words(latest, by.site) if by.may(Permission.READ_SESSIONS) else withdrawn_words(latest, by.site)
        ),
        consent_changed=latest is not None and was_changed(latest),
        not_as_signed=tuple(changed_papers(checklist, consent, protocol, active)),
        lost=frozenset(lost_since(patient, intake, checklist, latest, site=by.site, on=on)),
    )
    return state, Papers(checklist, consent, baseline)


def baseline_window(baseline: PhotoSet | None, protocol: TreatmentProtocolVersion) -> int:
    """Return how many days old the baseline may be: as the protocol of its photographs says.

    A photo protocol from before it said so leaves it to the treatment protocol, which said it then.
    """
    asked = baseline.protocol_version.baseline_window_days if baseline is not None else None
    return asked or protocol.baseline_photos_within_days or BASELINE_WINDOW_DAYS


def _lines_missing(consent: Consent | None, active: FormulationVersion | None) -> tuple[str, ...]:
    if consent is None or active is None:
        return ()
    return tuple(line for line in map(note_text, active.legal_notes) if not is_consented(line, consent.legal_lines))


def _changed_since(consent: Consent | None, active: FormulationVersion | None) -> str:
    if consent is None or active is None:
        return ""
    change = formulation_changed_since(active.site, active.formulation_id, consent.signed_at)
    return str(change) if change is not None else ""


def _checklist_state(
    checklist: PatientChecklist | None, active: FormulationVersion | None, site: Site, on: date
) -> ChecklistState | None:
    if checklist is None:
        return None
    # What was signed stays; a clearance given or withdrawn since, and a stage recorded since, count today.
    verdict = verdict_now(checklist, on)
    # What it was answered for may be another formulation: of the planned one, too, all has to be asked and in order.
    number = active.pk if active is not None else verdict.chosen
    outcome = verdict.by_formulation.get(number, Outcome.STOP)
    proceeds = verdict.lets_use(number)
    known = vars(checklist)  # annotated, which no type knows
    gone = [] if proceeds else list(ended_under(checklist, on).values())
    return ChecklistState(
        proceeds=proceeds,
        verdict=str((outcome if verdict.may_proceed else verdict.outcome).label),
        open_version_ids=frozenset(verdict.open_formulations),
        amended=known["amended"],
        answered_for="" if number == verdict.chosen else str(checklist.formulation_version),
        clearable=verdict.outcome is Outcome.CLEARANCE or any(each.how is not How.REFUSED for each in gone),
        ended=" ".join(rested_on_words(each, site, on) for each in gone),
        changed=known["lost"],
        clearance_changed=not proceeds and lost_withdrawals(checklist.patient),
    )


def _vial_state(vial: Vial, patient: Patient, formulation_id: int) -> VialState:
    preparation = vial.preparation
    if preparation.beyond_use_at is None:
        raise ValueError("a vial's preparation is signed and has a beyond-use time")
    version = preparation.formulation_version
    return VialState(
        code=vial.shown_code,
        formulation_version_id=preparation.formulation_version_id,
        beyond_use_at=preparation.beyond_use_at,
        remaining_ul=remaining_ul(vial),
        used_for_another=used_for_another(vial, patient),
        older_version=str(version) if version.formulation_id == formulation_id else "",
    )
