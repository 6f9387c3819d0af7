"""After a stop, after a death, and for days that can't be: what a plan doesn't do."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import Refused
from sessions.gate.gate import gate_for
from sessions.gate.stops import StopCode
from sessions.plans.models import Phase, TreatmentPlan
from sessions.plans.queries import due_sessions
from sessions.plans.services import FURTHEST_MOVE, end_plan, make_plan, reschedule
from sessions.treatment.services import start_session
from tests.factories import make_actor
from tests.sessions.rooms import Room, ready_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(site: Site) -> Room:
    return ready_room(site)


@pytest.fixture
def stopped(room: Room) -> Room:
    end_plan(by=room.operator, plan=room.plan, reason="Month-6 photo audit: stop", at=clock.now(), for_good=True)
    return room


def planned_again(room: Room, by: Actor, reason: str = "") -> TreatmentPlan:
    return make_plan(
        by=by, patient=room.patient, formulation=room.plan.formulation, first_on=clock.today(by.site),
        submission_key=uuid.uuid4(), at=clock.now(), again_reason=reason,
    )  # fmt: skip


class TestAfterAStop:
    """Whether treatment begins again is a physician's decision, with its reason."""

    def test_an_operator_makes_no_plan(self, stopped: Room) -> None:
        with pytest.raises(Refused, match="A physician decides whether it begins again"):
            planned_again(stopped, stopped.operator, "The patient wants to.")

    def test_a_physician_says_why(self, site: Site, stopped: Room) -> None:
        physician = make_actor(site, Role.PHYSICIAN)
        with pytest.raises(Refused) as refused:
            planned_again(stopped, physician, " ")
        assert refused.value.field == "again_reason"
        assert planned_again(stopped, physician, "Shedding came back.").again_reason == "Shedding came back."

    def test_a_plan_that_ended_otherwise_asks_nothing(self, room: Room) -> None:
        end_plan(by=room.operator, plan=room.plan, reason="Another formulation", at=clock.now())
        assert planned_again(room, room.operator, "ignored").again_reason == ""

    def test_the_patients_page_proposes_none_and_says_why(self, client: Client, stopped: Room) -> None:
        client.force_login(stopped.operator.user)
        page = client.get(reverse("patient", args=[stopped.patient.pk])).content.decode()
        assert "Month-6 photo audit: stop" in page
        assert reverse("plan_new", args=[stopped.patient.pk]) not in page
        form = client.get(reverse("plan_new", args=[stopped.patient.pk])).content.decode()
        assert "A physician decides whether it begins again" in form

    def test_the_physicians_form_asks_for_the_reason(self, client: Client, site: Site, stopped: Room) -> None:
        client.force_login(make_actor(site, Role.PHYSICIAN).user)
        address = reverse("plan_new", args=[stopped.patient.pk])
        assert "Why does treatment begin again?" in client.get(address).content.decode()
        version = stopped.plan.formulation.versions.get(status="approved")
        sent: dict[str, Any] = {"formulation_version": version.pk, "first_on": clock.today(site).isoformat()}
        assert client.post(address, sent).status_code == 422
        assert client.post(address, sent | {"again_reason": "Shedding came back."}).status_code == 302


class TestAfterADeath:
    """Nobody treats who has died."""

    def test_the_gate_stops_it_nothing_starts_and_it_is_on_no_list(self, room: Room) -> None:
        planned = room.plan.planned.order_by("due_on").first()
        room.patient.deceased = True
        room.patient.save()
        planned.refresh_from_db()
        codes = [stop.code for stop in gate_for(by=room.operator, planned=planned, vial=None, at=clock.now())]
        assert StopCode.DECEASED in codes
        with pytest.raises(Refused, match="recorded as deceased"):
            start_session(by=room.operator, planned=planned, submission_key=uuid.uuid4(), at=clock.now())
        later = clock.today(room.operator.site) + timedelta(days=400)
        assert not due_sessions(room.operator.site, until=later).exists()

    def test_every_page_with_the_name_says_so_and_proposes_nothing(self, client: Client, room: Room) -> None:
        client.force_login(room.operator.user)
        plan = reverse("plan", args=[room.plan.pk])
        assert "Start the next session" in client.get(plan).content.decode()
        room.patient.deceased = True
        room.patient.save()
        page = client.get(plan).content.decode()
        assert "Deceased" in page
        assert "Start the next session" not in page
        page = client.get(reverse("patient", args=[room.patient.pk])).content.decode()
        assert "Deceased" in page
        assert "Next:" not in page


class TestMoving:
    """Another day keeps the order of the plan, and isn't a slip of the year."""

    def move(self, room: Room, day: Any) -> None:
        planned = room.plan.planned.order_by("phase", "ordinal").first()
        reschedule(by=room.operator, planned=planned, due_on=day, reason="On holiday", at=clock.now())

    def test_maintenance_comes_after_the_loading_sessions(self, room: Room) -> None:
        self.move(room, clock.today(room.operator.site) + timedelta(days=200))
        days = {phase: list(room.plan.planned.filter(phase=phase).values_list("due_on", flat=True)) for phase in Phase}
        interval = timedelta(days=room.plan.protocol_version.loading_interval_days)
        assert min(days[Phase.MAINTENANCE]) >= max(days[Phase.LOADING]) + interval

    def test_a_small_move_leaves_maintenance_where_it_was(self, room: Room) -> None:
        before = room.plan.planned.get(phase=Phase.MAINTENANCE).due_on
        self.move(room, clock.today(room.operator.site) + timedelta(days=3))
        assert room.plan.planned.get(phase=Phase.MAINTENANCE).due_on == before

    def test_more_than_a_year_away_is_a_slip(self, client: Client, room: Room) -> None:
        far = clock.today(room.operator.site) + FURTHEST_MOVE + timedelta(days=1)
        with pytest.raises(Refused, match="more than a year away"):
            self.move(room, far)
        client.force_login(room.operator.user)
        planned = room.plan.planned.order_by("phase", "ordinal").first()
        answer = client.post(
            reverse("plan_move", args=[room.plan.pk]), {"planned": planned.pk, "due_on": far.isoformat(), "reason": ""}
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        # Both errors at once.
        assert "more than a year away" in page
        assert "reason" in answer.context["move_form"].errors
