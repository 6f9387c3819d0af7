"""A patient below the site's minimum age: no plan, no session, and no page that asks for what would be refused."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import Refused
from clinic.worklist.registry import work_for
from patients.consents.models import Consent
from patients.consents.services import withdraw_consent
from patients.intake.work import intakes_missing
from patients.registry.models import Patient
from sessions.gate.gate import gate_for
from sessions.gate.stops import StopCode
from sessions.plans.models import TreatmentPlan
from sessions.plans.services import end_plan, make_plan
from sessions.plans.work import plans_missing
from sessions.treatment.models import TreatmentSession
from tests.factories import make_actor
from tests.pages import pushed, words
from tests.patients.builders import registered_patient, with_intake
from tests.protocols.builders import Approved, approved_everything
from tests.sessions.rooms import Room, consented, photographed, ready_room

pytestmark = pytest.mark.django_db

SAID = "this clinic treats from 18. The patient is old enough from 6 May 2040 on."
CHILD: dict[str, Any] = {"birth_date": date(2022, 5, 6)}
#: As other systems report it; the last day that it can mean counts.
IN_PART: dict[str, Any] = {"birth_date": None, "birth_date_text": "2022"}
UNKNOWN: dict[str, Any] = {"birth_date": None}


@pytest.fixture
def room(site: Site) -> Room:
    """A grown-up's papers in order; `grown_down` then says otherwise."""
    return ready_room(site)


@pytest.fixture
def approved(site: Site) -> Approved:
    return approved_everything(site)


@pytest.fixture
def operator(site: Site, approved: Approved) -> Actor:
    return make_actor(site, Role.OPERATOR)


def grown_down(room: Room, **born: Any) -> None:
    """Put the date of birth right: the patient is a child."""
    Patient.objects.filter(pk=room.patient.pk).update(**(born or CHILD))


def plan_for(operator: Actor, patient: Patient, approved: Approved) -> TreatmentPlan:
    return make_plan(
        by=operator, patient=patient, formulation=approved.formulations[0].formulation,
        first_on=clock.today(operator.site), submission_key=uuid.uuid4(), at=clock.now(),
    )  # fmt: skip


class TestThePlan:
    @pytest.mark.parametrize(
        ("born", "said"),
        [
            (CHILD, SAID),
            (IN_PART, "old enough from 31 Dec 2040 on."),
            (UNKNOWN, "could be under 18. Enter the date of b"),
        ],
    )
    def test_it_is_refused_by_service_and_page(
        self, operator: Actor, approved: Approved, client: Client, born: dict[str, Any], said: str
    ) -> None:
        child = registered_patient(operator.site, **born)
        with_intake(child, by=operator)
        with pytest.raises(Refused, match=said):
            plan_for(operator, child, approved)
        client.force_login(operator.user)
        page = words(client.get(reverse("plan_new", args=[child.pk])))
        assert "No plan can be made" in page
        assert said in page
        assert not TreatmentPlan.objects.exists()

    def test_what_the_entry_says_when_it_is_made_counts(self, operator: Actor, approved: Approved) -> None:
        patient = registered_patient(operator.site)
        with_intake(patient, by=operator)
        Patient.objects.filter(pk=patient.pk).update(**CHILD)
        with pytest.raises(Refused, match=SAID):
            plan_for(operator, patient, approved)


class TestTheGate:
    @pytest.mark.parametrize("born", [CHILD, IN_PART, UNKNOWN])
    def test_it_stops_a_session_for_the_age(self, room: Room, born: dict[str, Any]) -> None:
        vial = room.vial()
        row = room.begin()
        assert gate_for(by=room.operator, planned=row.planned, vial=vial, at=room.at) == []
        grown_down(room, **born)
        row = TreatmentSession.objects.get(pk=row.pk)
        found = gate_for(by=room.operator, planned=row.planned, vial=vial, at=room.at)
        stop = next(stop for stop in found if stop.code is StopCode.UNDER_AGE)
        assert "18" in stop.message
        assert stop.url == reverse("patient", args=[room.patient.pk])

    def test_no_session_is_begun(self, room: Room) -> None:
        grown_down(room)
        with pytest.raises(Refused, match=SAID):
            room.begin()

    def test_the_plans_page_says_so_and_offers_none(self, room: Room, client: Client) -> None:
        client.force_login(room.operator.user)
        url, start = reverse("plan", args=[room.plan.pk]), reverse("session_start", args=[room.planned.pk])
        assert start in client.get(url).content.decode()
        grown_down(room)
        page = client.get(url)
        assert start not in page.content.decode()
        assert f"This stops the next session 4 years old; {SAID}" in words(page)


class TestThePatientsPage:
    def page(self, client: Client, by: Actor, patient: Patient, name: str = "patient") -> Any:
        client.force_login(by.user)
        return client.get(reverse(name, args=[patient.pk]))

    def offered(self, page: Any, patient: Patient) -> set[str]:
        names = ("intake_new", "consent_new", "checklist_start", "photo_set_new", "plan_new")
        return {name for name in names if f'href="{reverse(name, args=[patient.pk])}"' in page.content.decode()}

    @pytest.mark.parametrize("name", ["patient", "patient_history"])
    def test_it_offers_nothing(self, operator: Actor, client: Client, name: str) -> None:
        child = registered_patient(operator.site, **CHILD)
        with_intake(child, by=operator)
        page = self.page(client, operator, child, name)
        assert self.offered(page, child) == set()
        assert pushed(page) == []

    def test_it_says_what_stops_the_way(self, operator: Actor, client: Client) -> None:
        child = registered_patient(operator.site, **CHILD)
        page = words(self.page(client, operator, child))
        assert f"Stopped 4 years old; {SAID}" in page
        assert "Take the patient's consent" not in page

    @pytest.mark.parametrize("name", ["patient", "patient_history"])
    @pytest.mark.parametrize("born", [CHILD, IN_PART, UNKNOWN])
    def test_no_intake_is_offered_before_the_first_either(
        self, operator: Actor, client: Client, name: str, born: dict[str, Any]
    ) -> None:
        child = registered_patient(operator.site, **born)
        page = self.page(client, operator, child, name)
        assert self.offered(page, child) == set()
        assert "Take the intake" not in words(page).replace("Take the intake first", "")

    def test_a_date_of_birth_that_isnt_known_is_asked_for(self, operator: Actor, client: Client) -> None:
        unknown = registered_patient(operator.site, **UNKNOWN)
        page = self.page(client, operator, unknown)
        assert pushed(page) == [(reverse("patient_edit", args=[unknown.pk]), "Enter the date of birth")]
        assert "could be under 18. Enter the date of birth first." in words(page)

    def test_papers_of_before_change_nothing(self, room: Room, client: Client) -> None:
        tomorrow = room.at + timedelta(days=1)
        with clock.moved_to(tomorrow):
            assert "checklist_start" in self.offered(self.page(client, room.operator, room.patient), room.patient)
        grown_down(room)
        with clock.moved_to(tomorrow):
            page = self.page(client, room.operator, room.patient)
        assert f"Stopped 4 years old; {SAID}" in words(page)
        assert pushed(page) == []
        assert self.offered(page, room.patient) == set()

    def test_after_a_plans_end_no_new_one_is_asked_for(self, room: Room, client: Client) -> None:
        end_plan(by=room.operator, plan=room.plan, reason="The patient is a child", at=room.at)
        grown_down(room)
        page = self.page(client, room.operator, room.patient)
        assert f"Stopped 4 years old; {SAID}" in words(page)
        assert "Make a new one" not in words(page)

    def test_a_session_in_progress_comes_first(self, room: Room, client: Client) -> None:
        row = room.begin()
        grown_down(room)
        page = self.page(client, room.operator, room.patient)
        assert pushed(page) == [(reverse("treatment_session", args=[row.pk]), "Back to the session")]


class TestToday:
    def waiting(self, room: Room) -> list[str]:
        work = work_for(room.operator, clock.now())
        return [
            f"{item.title} · {item.detail}" for item in work if room.patient.full_name in f"{item.title} {item.detail}"
        ]

    def test_a_session_due_is_said_to_be_stopped(self, room: Room) -> None:
        grown_down(room)
        (said,) = self.waiting(room)
        assert SAID in said

    def test_no_consent_is_asked_anew_for_it(self, room: Room) -> None:
        withdraw_consent(by=room.operator, consent=Consent.objects.get(), reason="A child", at=room.at)
        assert any("Consent was withdrawn" in said for said in self.waiting(room))
        grown_down(room)
        assert not any("Consent" in said for said in self.waiting(room))

    def test_no_intake_is_asked_for(self, operator: Actor) -> None:
        patient, at = registered_patient(operator.site), clock.now()
        assert [item.title for item in intakes_missing(operator, at)] == ["Intake not taken yet"]
        Patient.objects.filter(pk=patient.pk).update(**CHILD)
        assert list(intakes_missing(operator, at)) == []

    def test_no_plan_is_asked_for(self, operator: Actor, approved: Approved) -> None:
        patient, at = registered_patient(operator.site), clock.now()
        with_intake(patient, by=operator)
        consented(patient, approved, by=operator, at=at)
        photographed(patient, approved.photos, by=operator, at=at)
        assert [item.title for item in plans_missing(operator, at)] == ["Treatment plan not made yet"]
        Patient.objects.filter(pk=patient.pk).update(**CHILD)
        assert list(plans_missing(operator, at)) == []
