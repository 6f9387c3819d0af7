"""Plans: dates that follow from the protocol's version, sessions moved with a reason, and one plan at a time."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audit.month6.services import open_due_audits
from clinic import clock
from clinic.accounts.actors import service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused
from clinic.trail.models import TrailEvent
from patients.photos.models import Purpose
from protocols.decisions.services import retire
from sessions.gate.gate import gate_for
from sessions.plans.models import Phase, TreatmentPlan
from sessions.plans.services import end_plan, make_plan, move_plan_on, reschedule
from sessions.treatment.services import did_not_proceed
from tests.factories import confirmed, make_actor, make_site
from tests.patients.builders import registered_patient, with_intake
from tests.protocols.builders import Approved, approved_everything
from tests.sessions.rooms import Room, photographed, ready_room

pytestmark = pytest.mark.django_db
AT = datetime(2026, 8, 31, 9, 0, tzinfo=UTC)
TODAY = date(2026, 8, 31)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.moved_to(AT):
        yield


@pytest.fixture
def approved(site: Site) -> Approved:
    return approved_everything(site, loading_count=3, loading_interval_days=30, window_days=5)


@pytest.fixture
def room(site: Site, approved: Approved) -> Room:
    return ready_room(site, approved=approved)


def dates(plan: TreatmentPlan) -> list[date]:
    return list(plan.planned.order_by("phase", "ordinal").values_list("due_on", flat=True))


def planning(site: Site, approved: Approved, stage: str = "III", **changed: Any) -> TreatmentPlan:
    """Make the plan of a new patient of the stage."""
    operator = make_actor(site, Role.OPERATOR)
    patient = registered_patient(site, at=AT)
    if stage:
        with_intake(patient, stage=stage, by=operator, at=AT)
    values: dict[str, Any] = {
        "by": operator, "patient": patient, "formulation": approved.formulations[0].formulation, "first_on": TODAY,
        "submission_key": uuid.uuid4(), "at": AT,
    } | changed  # fmt: skip
    return make_plan(**values)


class TestMaking:
    def test_the_dates_follow_from_the_version_in_force(self, room: Room) -> None:
        assert room.plan.protocol_version == room.approved.treatment
        # Three loading sessions 30 days apart, then six calendar months after the first: February has no 31st.
        assert dates(room.plan) == [TODAY, date(2026, 9, 30), date(2026, 10, 30), date(2027, 2, 28)]

    def test_the_year_before_a_leap_year_ends_on_the_29th(self, site: Site, approved: Approved) -> None:
        at = datetime(2027, 8, 31, 9, 0, tzinfo=UTC)
        plan = planning(site, approved, at=at, first_on=date(2027, 8, 31))
        assert dates(plan)[-1] == date(2028, 2, 29)

    def test_a_second_plan_while_one_runs_is_refused(self, room: Room) -> None:
        with pytest.raises(Refused, match="has a plan already"):
            planning(room.site, room.approved, stage="", patient=room.patient)

    def test_postgres_refuses_it_too(self, room: Room) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            TreatmentPlan.objects.create(
                patient=room.patient, site=room.site, protocol_version=room.approved.treatment,
                formulation=room.plan.formulation, first_on=TODAY, created_at=AT, created_by=room.operator.user,
            )  # fmt: skip

    @pytest.mark.parametrize("stage", ["VI", "VII"])
    def test_a_stage_for_surgery_has_no_plan(self, site: Site, approved: Approved, stage: str) -> None:
        with pytest.raises(Refused, match="is for surgical assessment"):
            planning(site, approved, stage=stage)

    def test_without_an_intake_there_is_none(self, site: Site, approved: Approved) -> None:
        with pytest.raises(Refused, match="The intake is missing"):
            planning(site, approved, stage="")

    @pytest.mark.parametrize("days", [-1, 181])
    def test_it_begins_today_or_within_half_a_year(self, site: Site, approved: Approved, days: int) -> None:
        with pytest.raises(Refused, match="between today and 27 Feb 2027"):
            planning(site, approved, first_on=TODAY + timedelta(days=days))

    def test_the_same_submission_is_one_plan(self, site: Site, approved: Approved) -> None:
        key = uuid.uuid4()
        first = planning(site, approved, submission_key=key)
        assert planning(site, approved, submission_key=key, patient=first.patient, stage="") == first

    def test_a_site_without_a_protocol_plans_nothing(self, approved: Approved) -> None:
        with pytest.raises(Refused, match="no treatment protocol in force"):
            planning(make_site("S"), approved)


class TestMovingOn:
    def test_a_late_session_pushes_the_later_ones_and_says_why(self, room: Room) -> None:
        move_plan_on(by=room.operator, planned=room.planned, done_on=date(2026, 9, 4), at=AT)
        assert dates(room.plan)[1:] == [date(2026, 10, 4), date(2026, 11, 3), date(2027, 2, 28)]
        moved = TrailEvent.objects.filter(object_type="treatment_sessions.PlannedSession")
        assert {event.reason for event in moved} == {"the session before was given on another day than planned"}

    def test_after_maintenance_the_next_is_planned(self, room: Room) -> None:
        room.plan.planned.filter(phase=Phase.LOADING).update(done_at=AT)
        maintenance = room.plan.planned.get(phase=Phase.MAINTENANCE)
        maintenance.due_on = TODAY
        maintenance.save()
        # The audit is a later room's; without a due audit the gate stops maintenance, so the plan is asked directly.
        move_plan_on(by=room.operator, planned=maintenance, done_on=date(2026, 11, 30), at=AT)
        # In year 1 three calendar months later: 30 Nov is 28 Feb.
        assert room.plan.planned.get(phase=Phase.MAINTENANCE, ordinal=2).due_on == date(2027, 2, 28)


class TestAnotherDay:
    def test_a_missed_session_gets_another_day_with_its_reason_and_later_ones_follow(self, room: Room) -> None:
        reschedule(by=room.operator, planned=room.planned, due_on=date(2026, 9, 7), reason="Didn't come", at=AT)
        assert dates(room.plan) == [date(2026, 9, 7), date(2026, 10, 7), date(2026, 11, 6), date(2027, 2, 28)]
        moved = TrailEvent.objects.filter(object_type="treatment_sessions.PlannedSession").order_by("seq").first()
        assert moved is not None
        assert moved.reason == "Didn't come"
        assert '"due_on":"2026-08-31"' in moved.body
        assert '"due_on":"2026-09-07"' in moved.body

    def test_an_earlier_day_leaves_the_later_ones(self, room: Room) -> None:
        second = room.plan.planned.get(phase=Phase.LOADING, ordinal=2)
        reschedule(by=room.operator, planned=second, due_on=date(2026, 9, 28), reason="Holiday", at=AT)
        assert dates(room.plan)[1:3] == [date(2026, 9, 28), date(2026, 10, 30)]

    def test_a_loading_session_keeps_its_distance(self, room: Room) -> None:
        room.signed()
        # 30 days less a window of 5.
        with pytest.raises(Refused, match="Choose 25 Sep 2026 or later"):
            reschedule(by=room.operator, planned=room.planned, due_on=date(2026, 9, 24), reason="Holiday", at=AT)
        reschedule(by=room.operator, planned=room.planned, due_on=date(2026, 9, 25), reason="Holiday", at=AT)

    def test_a_reason_and_a_day_to_come_are_asked_for(self, room: Room) -> None:
        with pytest.raises(Refused, match="Say why"):
            reschedule(by=room.operator, planned=room.planned, due_on=TODAY, reason=" ", at=AT)
        with pytest.raises(Refused, match="in the past"):
            reschedule(
                by=room.operator, planned=room.planned, due_on=TODAY - timedelta(days=1), reason="Holiday", at=AT
            )

    def test_what_was_given_or_is_in_progress_isnt_moved(self, room: Room) -> None:
        planned, row = room.planned, room.begin()
        with pytest.raises(Refused, match="in progress"):
            reschedule(by=room.operator, planned=planned, due_on=TODAY, reason="Holiday", at=AT)
        room.signed(room.complete(room.injected(row=row)))
        with pytest.raises(Refused, match="This session is over"):
            reschedule(by=room.operator, planned=planned, due_on=TODAY, reason="Holiday", at=AT)


class TestEnding:
    def test_it_cancels_what_is_due_and_a_new_plan_can_be_made(self, room: Room) -> None:
        room.signed()
        end_plan(by=room.operator, plan=room.plan, reason="Moved away", at=AT)
        assert room.plan.planned.filter(done_at=AT, cancelled_at=None).count() == 1
        assert room.plan.planned.filter(done_at=None, cancelled_at=AT).count() == 3
        assert planning(room.site, room.approved, stage="", patient=room.patient) != room.plan

    def test_a_second_time_changes_nothing(self, room: Room) -> None:
        for minutes in (0, 5):
            end_plan(by=room.operator, plan=room.plan, reason="Moved", at=AT + timedelta(minutes=minutes))
        room.plan.refresh_from_db()
        assert room.plan.ended_at == AT

    def test_not_without_a_reason_nor_during_a_session(self, room: Room) -> None:
        with pytest.raises(Refused, match="Say why"):
            end_plan(by=room.operator, plan=room.plan, reason="", at=AT)
        room.begin()
        with pytest.raises(Refused, match="in progress"):
            end_plan(by=room.operator, plan=room.plan, reason="Moved away", at=AT)

    def test_who_doesnt_treat_ends_nothing(self, room: Room) -> None:
        with pytest.raises(NotAllowed):
            end_plan(by=make_actor(room.site, Role.FRONT_DESK), plan=room.plan, reason="Moved away", at=AT)

    def test_an_end_without_its_reason_doesnt_exist(self, room: Room) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            TreatmentPlan.objects.filter(pk=room.plan.pk).update(ended_at=AT, ended_by=room.operator.user)


class TestPages:
    @pytest.fixture(autouse=True)
    def _signed_in(self, client: Client, room: Room) -> None:
        client.force_login(room.operator.user)

    def post(self, client: Client, name: str, room: Room, **data: Any) -> Any:
        return client.post(reverse(name, args=[room.plan.pk]), {"submission_key": uuid.uuid4(), **data})

    def test_making_one_leads_to_it(self, client: Client, room: Room) -> None:
        patient = registered_patient(room.site, at=AT)
        with_intake(patient, at=AT)
        data = {"formulation_version": room.approved.formulations[1].pk, "first_on": "2026-09-01"}
        answer = client.post(reverse("plan_new", args=[patient.pk]), data)
        assert answer.headers["Location"] == reverse("plan", args=[patient.plans.get().pk])

    def test_a_site_that_lacks_something_says_so_where_a_new_patients_plan_is_made(
        self, client: Client, room: Room
    ) -> None:
        patient = registered_patient(room.site, at=AT)
        with_intake(patient, at=AT)
        for number, version in enumerate(room.approved.formulations[1:]):
            physician = make_actor(room.site, Role.PHYSICIAN)
            retire(by=physician, version=version, confirmed=confirmed(physician, AT), reason="Recalled", at=AT)
            page = client.get(reverse("plan_new", args=[patient.pk])).content.decode()
            left = len(room.approved.formulations) - 1 - number
            assert ("more approved formulation is needed" in page) is (left < 2)
        assert "This site isn't ready for new patients" in page

    @pytest.mark.parametrize(("stage", "told"), [("VI", "is for surgical assessment"), ("", "The intake is missing")])
    def test_where_none_can_be_made_the_form_says_so_at_once(
        self, client: Client, room: Room, stage: str, told: str
    ) -> None:
        patient = registered_patient(room.site, at=AT)
        if stage:
            with_intake(patient, stage=stage, at=AT)
        page = client.get(reverse("plan_new", args=[patient.pk])).content.decode()
        assert told in page
        assert reverse("patient", args=[patient.pk]) in page
        assert 'name="first_on"' not in page

    def test_who_has_a_plan_is_led_to_it(self, client: Client, room: Room) -> None:
        page = client.get(reverse("plan_new", args=[room.patient.pk])).content.decode()
        assert "has a plan already" in page
        assert reverse("plan", args=[room.plan.pk]) in page

    def test_a_patient_for_surgical_assessment_is_offered_nothing_that_is_refused(
        self, client: Client, room: Room
    ) -> None:
        patient = registered_patient(room.site, at=AT)
        with_intake(patient, stage="VI", at=AT)
        page = client.get(reverse("patient", args=[patient.pk])).content.decode()
        for name in ("plan_new", "consent_new", "checklist_start"):
            assert f'href="{reverse(name, args=[patient.pk])}"' not in page, name
        assert "refer for surgical assessment" in page
        assert reverse("intake_new", args=[patient.pk]) in page

    @pytest.mark.parametrize("first_on", ["", "31.02.2027", "2026-08-30", "2126-01-01", "9999-99-99"])
    def test_a_day_that_cant_be_comes_back(self, client: Client, room: Room, first_on: str) -> None:
        patient = registered_patient(room.site, at=AT)
        with_intake(patient, at=AT)
        data = {"formulation_version": room.approved.formulations[0].pk, "first_on": first_on}
        answer = client.post(reverse("plan_new", args=[patient.pk]), data)
        assert answer.status_code == 422
        assert not patient.plans.exists()

    def test_before_the_window_the_plan_says_from_which_day_and_starts_nothing(
        self, client: Client, room: Room
    ) -> None:
        room.signed()
        address, start = reverse("plan", args=[room.plan.pk]), reverse("session_start", args=[room.planned.pk])
        # Due on 30 Sep, five days either way.
        page = client.get(address).content.decode()
        assert "Too early: the window opens on 25 Sep 2026." in page
        assert start not in page
        refused = client.post(start, {"submission_key": uuid.uuid4()})
        assert refused.status_code == 422
        assert "Too early: the window opens on 25 Sep 2026." in refused.content.decode()
        assert not room.planned.treatment_sessions.exists()
        with clock.moved_to(datetime(2026, 9, 25, 9, 0, tzinfo=UTC)):
            assert start in client.get(address).content.decode()
            assert client.post(start, {"submission_key": uuid.uuid4()}).status_code == 302

    def test_the_month_6_audit_stands_among_the_dates_with_its_state(
        self, client: Client, room: Room, sign_in: Any
    ) -> None:
        def said() -> str:
            page = client.get(reverse("plan", args=[room.plan.pk])).content.decode()
            row = next(row for row in page.split("<tr>") if "Month-6 photo audit" in row)
            return " ".join(re.sub(r"<[^>]+>", " ", row).split())

        assert "28 Feb 2027 Planned" in said()
        at = datetime(2027, 2, 28, 9, 0, tzinfo=UTC)
        with clock.moved_to(at):
            (audit,) = open_due_audits(by=service_actor(room.site), at=at)
            assert "28 Feb 2027 Photographs not taken yet" in said()
            photographed(room.patient, room.approved.photos, by=room.operator, at=at, purpose=Purpose.MONTH_6)
            assert "28 Feb 2027 To grade" in said()
            sign_in(room.site, Role.PHYSICIAN)
            page = client.get(reverse("plan", args=[room.plan.pk])).content.decode()
            assert reverse("photo_audit", args=[audit.pk]) in page

    def test_moving_and_ending_from_the_page(self, client: Client, room: Room) -> None:
        moved = self.post(client, "plan_move", room, planned=room.planned.pk, due_on="2026-09-07", reason="Didn't come")
        assert moved.status_code == 302
        assert "7 Sep 2026" in client.get(moved.url).content.decode()
        assert self.post(client, "plan_end", room, reason="Moved away").status_code == 302
        page = client.get(reverse("plan", args=[room.plan.pk])).content.decode()
        assert "Moved away" in page
        assert reverse("plan_move", args=[room.plan.pk]) not in page

    def test_who_ends_a_plan_during_a_session_is_led_to_the_session(self, client: Client, room: Room) -> None:
        going = room.begin()  # which the gate stops: nothing is signed yet
        assert gate_for(by=room.operator, planned=room.planned, vial=None, at=AT)
        answer = self.post(client, "plan_end", room, reason="Moved away")
        assert answer.status_code == 422
        url = reverse("treatment_session", args=[going.pk])
        page = answer.content.decode()
        assert "A session of this plan is in progress" in page
        assert f'<a href="{url}">Go to the session</a>' in page
        assert "Moved away" in page
        assert client.get(url).status_code == 200

    def test_a_refused_move_keeps_what_was_typed(self, client: Client, room: Room) -> None:
        page = self.post(client, "plan_move", room, planned=room.planned.pk, due_on="2026-08-01", reason="Holiday")
        assert page.status_code == 422
        body = page.content.decode()
        assert "in the past" in body
        assert 'value="2026-08-01"' in body
        assert re.search(r"<textarea[^>]*>\s*Holiday", body)

    def test_another_plans_session_is_not_moved(self, client: Client, room: Room) -> None:
        other = ready_room(room.site, approved=room.approved)
        data = {"planned": other.planned.pk, "due_on": "2026-09-07", "reason": "Holiday"}
        assert self.post(client, "plan_move", room, **data).status_code == 404

    @pytest.mark.parametrize("name", ["plan_move", "plan_end"])
    def test_the_front_desk_reads_only(self, client: Client, room: Room, sign_in: Any, name: str) -> None:
        sign_in(room.site, Role.FRONT_DESK)
        assert client.get(reverse("plan", args=[room.plan.pk])).status_code == 200
        assert self.post(client, name, room, reason="Moved away").status_code == 403

    def test_the_page_does_a_fixed_number_of_queries(
        self, client: Client, room: Room, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(3):
            row = room.begin()
            did_not_proceed(by=room.operator, treatment_session=row, reason="Cold sore", next_on=None, at=AT)
        # Eight are for what stops beforehand: the consent that may have been withdrawn, the formulation's version,
        # today's checklist and its case, the audit (3: of maintenance two, of loading sessions one), and how old the
        # baseline is, while the first session is to come.
        with django_assert_max_num_queries(20):
            client.get(reverse("plan", args=[room.plan.pk]))
