"""A session step by step: what each step writes, and what it refuses."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.trail.models import TrailEvent
from patients.consents.services import withdraw_consent
from protocols.checklists.models import Rule
from sessions.gate.gate import gate_for
from sessions.gate.stops import StopCode
from sessions.preparation.services import destroy_leftover
from sessions.treatment.models import SessionStatus, TreatmentSession, Zone
from sessions.treatment.services import (
    brief_aftercare,
    change_zone,
    did_not_proceed,
    record_rest,
    record_zone,
    start_session,
    use_vial,
)
from tests.factories import make_actor, make_site
from tests.patients.builders import cleared, signed_checklist
from tests.sessions.rooms import Room, ready_room

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.moved_to(AT):
        yield


@pytest.fixture
def room(site: Site) -> Room:
    return ready_room(site)


def correct(room: Room, row: TreatmentSession, points: int) -> None:
    """Put the points of the session's one row right."""
    change_zone(
        by=room.operator, treatment_session=row, entry_id=row.zones.get().pk, zone=Zone.VERTEX, points=points,
        volume_per_site_ul=60, at=AT,
    )  # fmt: skip


def stops(room: Room, **other: object) -> set[StopCode]:
    asked = {"by": room.operator, "planned": room.planned, "vial": None, "at": AT} | other
    return {stop.code for stop in gate_for(**asked)}  # type: ignore[arg-type]


class TestTheGate:
    def test_with_everything_in_order_only_the_vial_is_missing(self, room: Room) -> None:
        assert stops(room) == {StopCode.NO_VIAL}
        assert stops(room, vial=room.vial()) == set()

    def test_everything_that_is_missing_is_said_at_once_and_where_it_is_dealt_with(self, site: Site) -> None:
        room = ready_room(site, checklist=False, consent=False, photos=False)
        found = gate_for(by=room.operator, planned=room.planned, vial=None, at=AT)
        assert {stop.code for stop in found} == {
            StopCode.NO_CHECKLIST, StopCode.NO_CONSENT, StopCode.NO_BASELINE, StopCode.NO_VIAL
        }  # fmt: skip
        assert all(stop.url for stop in found)

    def test_a_link_is_shown_only_to_whoever_may_follow_it(self, site: Site) -> None:
        room = ready_room(site, checklist=False, consent=False)
        manager = make_actor(site, Role.MANAGER)
        found = {stop.code: stop for stop in gate_for(by=manager, planned=room.planned, vial=None, at=AT)}
        assert found[StopCode.NO_CHECKLIST].url == found[StopCode.NO_CONSENT].url == ""
        assert StopCode.NOT_ENTITLED in found

    def test_yesterdays_checklist_is_none(self, room: Room) -> None:
        assert StopCode.NO_CHECKLIST in stops(room, at=AT + timedelta(days=1))

    def test_a_checklist_that_needs_a_clearance_stops_until_it_is_given(self, site: Site) -> None:
        room = ready_room(site, checklist=False)
        signed_checklist(
            room.patient, room.approved.formulations[0], by=room.operator, at=AT,
            answers={Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg"})},
        )  # fmt: skip
        assert stops(room) == {StopCode.CHECKLIST_VERDICT, StopCode.NO_VIAL}
        clearance = cleared(room.patient, at=AT)
        # Whoever asks the patient confirms on a checklist that this is what was cleared.
        assert stops(room) == {StopCode.CHECKLIST_VERDICT, StopCode.NO_VIAL}
        signed_checklist(
            room.patient, room.approved.formulations[0], by=room.operator, at=AT + timedelta(minutes=1),
            answers={Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg", "cleared": f"{clearance.pk}:yes"})},
        )  # fmt: skip
        assert stops(room) == {StopCode.NO_VIAL}

    def test_a_withdrawn_consent_stops(self, room: Room) -> None:
        withdraw_consent(by=room.operator, consent=room.patient.consents.get(), reason="Changed her mind", at=AT)
        assert StopCode.CONSENT_WITHDRAWN in stops(room)

    def test_the_other_formulation_an_old_vial_and_an_empty_one_stop(self, room: Room) -> None:
        assert stops(room, vial=room.vial(1)) == {StopCode.VIAL_WRONG_FORMULATION}
        vial = room.vial()
        until = vial.preparation.beyond_use_at
        assert until is not None
        assert StopCode.VIAL_BEYOND_USE in stops(room, vial=vial, at=until)
        assert StopCode.VIAL_BEYOND_USE not in stops(room, vial=vial, at=until - timedelta(microseconds=1))
        destroy_leftover(by=room.operator, vial=vial, reason="End of day", submission_key=uuid.uuid4(), at=AT)
        assert stops(room, vial=vial) == {StopCode.VIAL_EMPTY}

    def test_too_early_leads_to_the_plan(self, room: Room) -> None:
        room.signed()
        (stop,) = [
            stop for stop in gate_for(by=room.operator, planned=room.planned, vial=None, at=AT)
            if stop.code == StopCode.TOO_EARLY
        ]  # fmt: skip
        assert str(room.plan.pk) in stop.url


class TestStarting:
    def test_a_session_is_opened_under_the_protocol_of_its_plan(self, room: Room) -> None:
        row = room.begin()
        assert (row.status, row.plan, row.protocol_version) == (SessionStatus.OPEN, room.plan, room.approved.treatment)
        assert (row.operator, row.on, row.started_at) == (room.operator.user, AT.date(), AT)

    def test_the_same_submission_is_one_session(self, room: Room) -> None:
        key = uuid.uuid4()
        made = {start_session(by=room.operator, planned=room.planned, submission_key=key, at=AT).pk for _ in range(2)}
        assert len(made) == TreatmentSession.objects.count() == 1

    def test_a_patient_has_one_session_open(self, room: Room) -> None:
        room.begin()
        with pytest.raises(Refused, match="has a session in progress"):
            room.begin()

    def test_sessions_come_in_their_order_whatever_their_dates(self, room: Room) -> None:
        first, second = room.plan.planned.order_by("phase", "ordinal")[:2]
        first.due_on = second.due_on + timedelta(days=3)
        first.save()
        with pytest.raises(Refused, match="An earlier session of this plan is still due"):
            start_session(by=room.operator, planned=second, submission_key=uuid.uuid4(), at=AT)

    def test_front_desk_starts_nothing(self, room: Room, site: Site) -> None:
        with pytest.raises(NotAllowed):
            start_session(
                by=make_actor(site, Role.FRONT_DESK), planned=room.planned, submission_key=uuid.uuid4(), at=AT
            )


class TestTheVial:
    def test_it_is_taken_with_what_it_holds(self, room: Room) -> None:
        row, vial = room.begin(), room.vial()
        taken = use_vial(by=room.operator, treatment_session=row, code=vial.shown_code.lower(), at=AT)
        assert (taken.vial, taken.vial_start_ul) == (vial, 2_500)

    @pytest.mark.parametrize("code", ["", "ZZZZZZ", "no code at all", "' OR 1=1 --"])
    def test_an_unknown_code_is_refused(self, room: Room, code: str) -> None:
        with pytest.raises(Refused, match="No vial here has this code"):
            use_vial(by=room.operator, treatment_session=room.begin(), code=code, at=AT)

    def test_another_sites_vial_doesnt_exist(self, room: Room) -> None:
        elsewhere = ready_room(make_site("S"))
        with pytest.raises(Refused, match="No vial here has this code"):
            use_vial(by=room.operator, treatment_session=room.begin(), code=elsewhere.vial().code, at=AT)

    def test_while_the_papers_are_missing_no_vial_is_taken(self, site: Site) -> None:
        room = ready_room(site, consent=False)
        with pytest.raises(Refused, match="The session is stopped") as refused:
            use_vial(by=room.operator, treatment_session=room.begin(), code=room.vial().code, at=AT)
        assert any("consent" in reason for reason in refused.value.reasons)

    def test_after_an_injection_the_vial_stays(self, room: Room) -> None:
        row = room.injected()
        with pytest.raises(Refused, match="were recorded from vial"):
            use_vial(by=room.operator, treatment_session=row, code=room.vial().code, at=AT)

    def test_the_same_vial_is_read_anew_even_beyond_its_use(self, room: Room) -> None:
        vial = room.vial()
        row = room.injected(vial)
        room.drawn(vial, 300)
        late = AT + timedelta(days=3)
        again = use_vial(by=room.operator, treatment_session=row, code=vial.code, at=late)
        assert again.vial_start_ul == 2_200


class TestAVialIsForOnePatient:
    @pytest.fixture
    def other(self, room: Room) -> Room:
        return ready_room(room.site, approved=room.approved)

    def test_one_in_another_patients_open_session_is_refused_without_a_name(self, room: Room, other: Room) -> None:
        vial, theirs, ours = room.vial(), room.begin(), other.begin()
        use_vial(by=room.operator, treatment_session=theirs, code=vial.code, at=AT)
        with pytest.raises(Refused, match=r"drawn for another patient's session\. Scan the patient's own") as refused:
            use_vial(by=other.operator, treatment_session=ours, code=vial.code, at=AT)
        assert refused.value.field == "code"
        assert room.patient.family_name not in str(refused.value)
        ours.refresh_from_db()
        assert ours.vial is None

    def test_one_that_another_patient_was_injected_from_is_refused_though_some_is_left(
        self, room: Room, other: Room
    ) -> None:
        vial = room.vial()
        room.signed(room.complete(room.injected(vial)))
        assert stops(other, vial=vial) == {StopCode.VIAL_FOR_ANOTHER}
        with pytest.raises(Refused, match="another patient's session"):
            other.injected(vial)

    def test_the_same_patients_own_vial_stays_theirs(self, room: Room) -> None:
        vial = room.vial()
        row = room.begin()
        for _ in range(2):
            use_vial(by=room.operator, treatment_session=row, code=vial.code, at=AT)
        assert StopCode.VIAL_FOR_ANOTHER not in stops(room, vial=vial)

    def test_nothing_injected_leaves_the_vial_to_the_next(self, room: Room, other: Room) -> None:
        vial, theirs = room.vial(), room.begin()
        use_vial(by=room.operator, treatment_session=theirs, code=vial.code, at=AT)
        did_not_proceed(by=room.operator, treatment_session=theirs, reason="Cold sore", next_on=None, at=AT)
        assert stops(other, vial=vial) == set()
        assert other.injected(vial).vial == vial

    def test_another_vial_scanned_instead_leaves_the_first_to_the_next(self, room: Room, other: Room) -> None:
        first, second, theirs = room.vial(), room.vial(), room.begin()
        for vial in (first, second):
            use_vial(by=room.operator, treatment_session=theirs, code=vial.code, at=AT)
        assert stops(other, vial=first) == set()
        assert stops(other, vial=second) == {StopCode.VIAL_FOR_ANOTHER}

    def test_a_vial_found_in_two_sessions_gives_no_new_zone_and_what_was_injected_is_signed_with_a_note(
        self, room: Room, other: Room
    ) -> None:
        # As a record from before this rule has it.
        row, theirs = room.injected(), other.begin()
        TreatmentSession.objects.filter(pk=theirs.pk).update(vial=row.vial, vial_start_ul=2_500)
        with pytest.raises(Refused) as refused:
            record_zone(
                by=room.operator, treatment_session=row, zone=Zone.MID_SCALP_LEFT, points=1, volume_per_site_ul=60,
                at=AT,
            )  # fmt: skip
        assert any("another patient's session" in reason for reason in refused.value.reasons)
        correct(room, row, 19)
        row.refresh_from_db()
        with pytest.raises(Refused, match="can't be signed yet"):
            room.signed(room.complete(row))
        row.refresh_from_db()
        signed = room.signed(room.complete(row, notes="The vial was scanned for two patients by mistake."))
        assert signed.status == SessionStatus.SIGNED


class TestTheRest:
    def test_amounts_are_saved_before_they_balance(self, room: Room) -> None:
        row = room.injected()
        saved = record_rest(
            by=room.operator, treatment_session=row, wasted_ul=0, remaining_ul=1, anaesthesia=" Cold air ", notes="",
            row_version=row.row_version, at=AT,
        )  # fmt: skip
        assert (saved.wasted_ul, saved.remaining_ul, saved.anaesthesia) == (0, 1, "Cold air")

    def test_an_older_form_is_told_so_and_writes_nothing(self, room: Room) -> None:
        row = room.injected()
        with pytest.raises(StaleWrite):
            record_rest(
                by=room.operator, treatment_session=row, wasted_ul=0, remaining_ul=1, anaesthesia="", notes="",
                row_version=row.row_version - 1, at=AT,
            )  # fmt: skip
        row.refresh_from_db()
        assert row.wasted_ul is None

    def test_a_second_briefing_changes_nothing(self, room: Room) -> None:
        row = room.injected()
        first = brief_aftercare(by=room.operator, treatment_session=row, at=AT)
        later = brief_aftercare(by=room.operator, treatment_session=row, at=AT + timedelta(hours=1))
        assert first.briefed_at == later.briefed_at == AT


class TestNotProceeding:
    def test_it_is_an_outcome_with_a_reason_and_the_plan_moves(self, room: Room) -> None:
        row = room.begin()
        first, second, third, *_ = room.plan.planned.order_by("phase", "ordinal")
        did_not_proceed(
            by=room.operator, treatment_session=row, reason="Cold sore", next_on=AT.date() + timedelta(days=10), at=AT
        )
        for planned in (first, second, third):
            planned.refresh_from_db()
        # 28 days apart, as the protocol says.
        assert [planned.due_on - AT.date() for planned in (first, second, third)] == [
            timedelta(days=10), timedelta(days=38), timedelta(days=66)
        ]  # fmt: skip
        reasons = TrailEvent.objects.filter(object_type="treatment_sessions.PlannedSession").values_list(
            "reason", flat=True
        )
        assert all("Cold sore" in reason for reason in reasons)

    @pytest.mark.parametrize("reason", ["", "  ", "no"])
    def test_it_needs_a_reason(self, room: Room, reason: str) -> None:
        with pytest.raises(Refused, match="Say why"):
            did_not_proceed(by=room.operator, treatment_session=room.begin(), reason=reason, next_on=None, at=AT)

    def test_the_next_date_is_not_in_the_past(self, room: Room) -> None:
        with pytest.raises(Refused, match="in the past"):
            did_not_proceed(
                by=room.operator, treatment_session=room.begin(), reason="Cold sore",
                next_on=AT.date() - timedelta(days=1), at=AT,
            )  # fmt: skip

    def test_what_was_injected_is_signed_instead(self, room: Room) -> None:
        with pytest.raises(Refused, match="Zones were injected"):
            did_not_proceed(by=room.operator, treatment_session=room.injected(), reason="Fainted", next_on=None, at=AT)

    def test_afterwards_the_session_is_closed_and_the_planned_one_can_be_started_again(self, room: Room) -> None:
        row = room.begin()
        did_not_proceed(by=room.operator, treatment_session=row, reason="Cold sore", next_on=None, at=AT)
        with pytest.raises(Refused, match="This session is closed"):
            use_vial(by=room.operator, treatment_session=row, code=room.vial().code, at=AT)
        assert room.begin().pk != row.pk
