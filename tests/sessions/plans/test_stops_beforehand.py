"""The plan's page names what stops its sessions before one is begun, as the gate says it, and leads to the cure."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.month6.models import Decision
from audit.month6.services import Judgement, grade_views, open_due_audits, sign_audit
from clinic import clock
from clinic.accounts.actors import Actor, service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.dates import day_text
from clinic.worklist.registry import Urgency
from patients.consents.services import withdraw_consent
from patients.photos.models import Purpose
from protocols.checklists.models import Rule
from protocols.decisions.services import retire
from protocols.formulations.models import Ingredient
from sessions.gate.gate import gate_for, known_beforehand
from sessions.gate.stops import StopCode
from sessions.plans.queries import waiting
from sessions.treatment.services import start_session
from sessions.treatment.work import sessions_due, sessions_open
from tests.factories import confirmed, make_actor
from tests.pages import source, words
from tests.patients.builders import signed_checklist
from tests.protocols.builders import approved_everything
from tests.sessions.rooms import Room, consented, photographed, ready_room
from tests.tampering import change

pytestmark = pytest.mark.django_db
NEXT = "This stops the next session"
CLOSED = "Today's checklist closes this formulation for the patient. Plan another formulation."
OLD = "The baseline photographs are older than 14 days. Take them again before the first session."
DAY = timedelta(days=1)


@pytest.fixture
def room(site: Site) -> Room:
    """A room with a plan of the formulation that holds lidocaine, and no checklist of today yet."""
    decided = approved_everything(site)
    turned = replace(decided, formulations=tuple(reversed(decided.formulations)))
    return ready_room(site, approved=turned, checklist=False)


@pytest.fixture
def physician(site: Site) -> Actor:
    return make_actor(site, Role.PHYSICIAN)


def page_of(room: Room, client: Client, by: Actor | None = None) -> Any:
    client.force_login((by or room.operator).user)
    return client.get(reverse("plan", args=[room.plan.pk]))


def starts(page: Any) -> str:
    """Return the kind of the button that begins the next session."""
    (kind,) = re.findall(
        r'<button[^>]*class="btn btn-(\w+)"[^>]*>(?:(?!</button>).)*Start the next session', source(page)
    )
    return str(kind)


def sign(room: Room, answers: Any = None) -> None:
    signed_checklist(room.patient, room.approved.formulations[0], by=room.operator, answers=answers)


def allergy(site: Site) -> Any:
    (lidocaine,) = Ingredient.objects.for_site(site).filter(name__startswith="Lidocaine")
    return {Rule.HYPERSENSITIVITY: ("yes", {"ingredients": [lidocaine.pk]})}


def linked(page: Any, text: str) -> str:
    """Return where a stop leads; "" where it leads nowhere."""
    found = re.search(rf'<a href="([^"]+)">{re.escape(text)}', source(page))
    assert text in words(page)
    return found[1] if found else ""


def test_nothing_is_said_while_the_way_goes_on(room: Room, client: Client) -> None:
    """What isn't taken yet is asked for on the way; it stops nothing beforehand."""
    for _signed in (False, True):
        page = page_of(room, client)
        assert "This stops" not in words(page)
        assert starts(page) == "primary"
        sign(room)


class TestTodaysChecklist:
    def test_that_closes_the_plans_formulation_asks_for_another_plan(
        self, site: Site, room: Room, client: Client
    ) -> None:
        sign(room, allergy(site))
        page = page_of(room, client)
        assert NEXT in words(page)
        assert linked(page, CLOSED) == reverse("plan", args=[room.plan.pk]) + "#end"
        assert 'id="end"' in source(page)
        assert starts(page) == "plain"
        # The gate says the same of the session.
        assert CLOSED in [
            s.message for s in gate_for(by=room.operator, planned=room.planned, vial=None, at=clock.now())
        ]
        # Whoever doesn't plan reads it without a way.
        assert linked(page_of(room, client, make_actor(site, Role.MANAGER)), CLOSED) == ""

    def test_says_nothing_of_another_day(self, site: Site, room: Room, client: Client) -> None:
        sign(room, allergy(site))
        with clock.moved_to(room.at + DAY):
            assert "This stops" not in words(page_of(room, client))

    def test_that_lets_nobody_go_on_says_so_without_what_only_a_session_offers(
        self, room: Room, client: Client
    ) -> None:
        sign(room, {Rule.BLEEDING_DISORDER: ("yes", {"treated": "no"})})
        said = words(page_of(room, client))
        assert "Today's checklist says: Do not treat" in said
        assert "did not proceed" not in said

    def test_that_waits_for_a_prescriber_says_what_comes_then(self, room: Room, client: Client) -> None:
        sign(room, {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban"})})
        page = page_of(room, client)
        assert "Once a prescriber has recorded a clearance, answer and sign a new one." in words(page)
        assert starts(page) == "plain"


class TestAConsentThatWasWithdrawn:
    @pytest.fixture(autouse=True)
    def _morning(self) -> Iterator[None]:
        """Some minutes later it is the same day."""
        with clock.moved_to(datetime(2026, 11, 17, 9, 0, tzinfo=UTC)):
            yield

    @pytest.fixture
    def told(self, room: Room) -> str:
        """What is said of it."""
        withdraw_consent(by=room.operator, consent=room.patient.consents.get(), reason="It hurts", at=clock.now())
        day = day_text(clock.today(room.site))
        return f"The patient withdrew consent on {day}. A new one is taken only if the patient wants to go on."

    def test_stops_the_plans_page(self, room: Room, client: Client, told: str) -> None:
        page = page_of(room, client)
        assert NEXT in words(page)
        assert linked(page, told) == reverse("patient", args=[room.patient.pk])
        assert starts(page) == "plain"

    def test_stops_what_is_due_on_today_for_whoever_calls_the_patient_in_too(self, room: Room, told: str) -> None:
        for by in (room.operator, make_actor(room.site, Role.FRONT_DESK)):
            (item,) = sessions_due(by, clock.now())
            assert (item.urgency, item.chip) == (Urgency.STOPPED, "stop")
            assert told in item.detail
            assert "It hurts" not in item.detail

    def test_stops_the_line_of_the_plan_for_who_reads_no_consents(self, room: Room, client: Client, told: str) -> None:
        desk = make_actor(room.site, Role.FRONT_DESK)
        client.force_login(desk.user)
        page = client.get(reverse("patient", args=[room.patient.pk]))
        day = day_text(clock.today(room.site))
        assert f"the patient withdrew consent on {day}" in words(page)
        assert "Due today" not in words(page)
        assert "It hurts" not in words(page)

    def test_is_over_once_the_patient_consented_again(self, room: Room, client: Client, told: str) -> None:
        later = clock.now()
        with clock.moved_to(later):
            consented(room.patient, room.approved, by=room.operator, at=later)
            assert "This stops" not in words(page_of(room, client))
            (item,) = sessions_due(room.operator, later)
        assert item.urgency is not Urgency.STOPPED
        assert "withdrew" not in item.detail

    def test_of_a_withdrawal_that_was_deleted_the_manager_is_told(self, room: Room, client: Client, told: str) -> None:
        consent = room.patient.consents.get()
        change("DELETE FROM patients_consentwithdrawal WHERE consent_id = %s", consent.pk)
        assert "somebody has deleted that in the database. Call the manager." in words(page_of(room, client))
        (item,) = sessions_due(room.operator, clock.now())
        assert item.urgency is Urgency.STOPPED


class TestTheFormulation:
    def test_without_a_version_in_force_stops_it_on_the_plans_and_the_patients_page(
        self, room: Room, client: Client, physician: Actor
    ) -> None:
        version = room.approved.formulations[0]
        retire(by=physician, version=version, confirmed=confirmed(physician), reason="Recalled", at=clock.now())
        told = "The plan's formulation has no approved version in force."
        page = page_of(room, client)
        assert NEXT in words(page)
        assert linked(page, told) == reverse("protocol_list")
        assert starts(page) == "plain"
        patient = client.get(reverse("patient", args=[room.patient.pk]))
        assert told in words(patient)
        assert patient.context["following"].stopped
        assert "Take the contraindication checklist" not in words(patient)

    def test_without_a_version_in_force_is_said_on_today_of_what_is_due_and_of_what_goes_on(
        self, room: Room, client: Client, physician: Actor
    ) -> None:
        planned = room.plan.planned.order_by("due_on").first()
        assert planned is not None
        version = room.approved.formulations[0]
        told = "The plan's formulation has no approved version in force."
        front_desk = make_actor(room.site, Role.FRONT_DESK)
        now = clock.now()
        assert told not in next(sessions_due(front_desk, now)).detail
        retire(by=physician, version=version, confirmed=confirmed(physician), reason="Recalled", at=clock.now())
        for by in (room.operator, front_desk):
            (item,) = sessions_due(by, clock.now())
            assert (item.urgency, item.chip) == (Urgency.STOPPED, "stop")
            assert told in item.detail
        start_session(by=room.operator, planned=planned, submission_key=uuid.uuid4(), at=clock.now())
        (item,) = sessions_open(room.operator, clock.now())
        assert (item.urgency, item.chip) == (Urgency.STOPPED, "stop")
        assert told in item.detail


class TestTheAudit:
    """The baseline is of 22 May 2026: its audit is due on 22 November."""

    BASELINE = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
    DUE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    @pytest.fixture
    def room(self, site: Site) -> Iterator[Room]:
        with clock.moved_to(self.BASELINE):
            room = ready_room(site)
        with clock.moved_to(self.DUE):
            yield room

    def decided(self, room: Room, physician: Actor, decision: Decision) -> None:
        photographed(room.patient, room.approved.photos, by=room.operator, at=self.DUE, purpose=Purpose.MONTH_6)
        (audit,) = open_due_audits(by=service_actor(room.site), at=self.DUE)
        grades = {code: Judgement(0, "") for code in ("frontal", "vertex")}
        grade_views(by=physician, audit=audit, judgements=grades, row_version=audit.row_version, at=self.DUE)
        audit.refresh_from_db()
        sign_audit(
            by=physician, audit=audit, decision=decision, note="", row_version=audit.row_version,
            confirmed=confirmed(physician, self.DUE), at=self.DUE,
        )  # fmt: skip

    def test_that_asks_for_another_plan_is_named_while_loading_sessions_are_missing(
        self, room: Room, client: Client, physician: Actor
    ) -> None:
        self.decided(room, physician, Decision.CHANGE)
        told = "The month-6 audit decided: Change the plan. Treatment doesn't go on under this plan."
        for later in (0, 400):  # though maintenance isn't due yet
            room.plan.planned.filter(phase="maintenance").update(due_on=(self.DUE + later * DAY).date())
            page = page_of(room, client)
            assert "This stops Maintenance 1" in words(page)
            assert words(page).count(NEXT) == 1  # for a loading session that was left over ends by it too
            assert words(page).count(told) == 5
            assert linked(page, told) == reverse("plan", args=[room.plan.pk]) + "#end"
            assert starts(page) == "plain"

    def test_that_says_to_go_on_stops_nothing(self, room: Room, client: Client, physician: Actor) -> None:
        self.decided(room, physician, Decision.CONTINUE)
        assert words(page_of(room, client)).count("This stops") == words(page_of(room, client)).count(OLD) == 1

    def test_that_isnt_signed_is_named_once_maintenance_is_due(self, room: Room) -> None:
        due = list(waiting(room.plan))
        maintenance = due[-1]
        before = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
        known = known_beforehand(by=room.operator, due=due, at=before)
        assert [stop.code for told in known.values() for stop in told] == [StopCode.BASELINE_TOO_OLD]
        (stop,) = known_beforehand(by=room.operator, due=due, at=self.DUE)[maintenance.pk]
        assert "Maintenance begins after the month-6 photo audit" in stop.message


@pytest.mark.parametrize(("days", "told"), [(14, False), (15, True)])
def test_a_baseline_too_old_for_the_first_session_is_named_as_the_gate_does(
    room: Room, client: Client, days: int, *, told: bool
) -> None:
    with clock.moved_to(clock.now() + days * DAY):
        page = page_of(room, client)
        assert (OLD in words(page)) is told
        gate = gate_for(by=room.operator, planned=waiting(room.plan)[0], vial=None, at=clock.now())
        assert (OLD in [stop.message for stop in gate]) is told
        if told:
            (stop,) = [stop for stop in gate if stop.message == OLD]
            assert linked(page, OLD) == stop.url


def test_what_stops_it_costs_the_page_two_queries_more(
    site: Site, room: Room, client: Client, django_assert_max_num_queries: Any
) -> None:
    """Beside the twenty of a page that nothing stops: how the clearances ended, and where the stop leads."""
    sign(room, allergy(site))
    client.force_login(room.operator.user)
    with django_assert_max_num_queries(22):
        client.get(reverse("plan", args=[room.plan.pk]))
