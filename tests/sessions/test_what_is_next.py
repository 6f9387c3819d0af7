"""One thing is pushed on a patient's pages: what is next. What goes on, waits for somebody or has ended isn't."""

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
from patients.consents.models import Consent
from patients.consents.services import withdraw_consent
from patients.photos.models import PhotoSet
from patients.screening.models import Clearance, PatientChecklist
from patients.screening.services import give_clearance, withdraw_clearance
from protocols.checklists.models import Rule
from protocols.formulations.models import Ingredient
from sessions.plans.services import end_plan
from tests.factories import confirmed, make_actor
from tests.pages import pushed, words
from tests.patients.builders import cleared, registered_patient, signed_checklist, with_intake
from tests.sessions.rooms import Room, ready_room

pytestmark = pytest.mark.django_db

BEGIN = "Begin today's checklist"
DAY = timedelta(days=1)


@pytest.fixture
def physician(site: Site) -> Actor:
    return make_actor(site, Role.PHYSICIAN, name="Dr Petra Demo")


def page_of(room: Room, client: Client, by: Actor | None = None) -> Any:
    client.force_login((by or room.operator).user)
    return client.get(reverse("patient", args=[room.patient.pk]))


def begin(room: Room) -> tuple[str, str]:
    return reverse("checklist_start", args=[room.patient.pk]), BEGIN


def on_an_anticoagulant(room: Room, clearance: Clearance | None = None) -> PatientChecklist:
    """Sign today's checklist with a yes, confirmed to be what `clearance` is about."""
    extra = {"drug": "apixaban"} | ({"cleared": f"{clearance.pk}:yes"} if clearance else {})
    answers: Any = {Rule.ANTICOAGULANT: ("yes", extra)}
    return signed_checklist(room.patient, room.approved.formulations[0], by=room.operator, answers=answers)


def refuse(room: Room, by: Actor) -> Clearance:
    proof = confirmed(by)
    return give_clearance(
        by=by, patient=room.patient, rule=Rule.ANTICOAGULANT, granted=False, about="Apixaban 5 mg",
        scope="INR not known", prescriber=by.name, confirmed=proof, submission_key=uuid.uuid4(), at=proof.at,
    )  # fmt: skip


class TestASessionInProgress:
    @pytest.mark.parametrize("days", [0, 1])
    @pytest.mark.parametrize(
        ("name", "paper"),
        [("patient", None), ("checklist", PatientChecklist), ("consent", Consent), ("photo_set", PhotoSet)],
    )
    def test_every_page_leads_back_to_it(self, site: Site, client: Client, name: str, paper: Any, days: int) -> None:
        room = ready_room(site)
        row = room.begin()
        client.force_login(room.operator.user)
        number = paper.objects.get().pk if paper else room.patient.pk
        with clock.moved_to(room.at + days * DAY):
            page = client.get(reverse(name, args=[number]))
        assert pushed(page) == [(reverse("treatment_session", args=[row.pk]), "Back to the session")]
        assert "A session is in progress: Loading 1, begun" in words(page)
        assert "by Olga Demo." in words(page)

    def test_who_may_not_read_sessions_is_led_nowhere(self, site: Site, client: Client) -> None:
        room = ready_room(site)
        row = room.begin()
        page = page_of(room, client, make_actor(site, Role.FRONT_DESK))
        assert pushed(page) == []
        assert "In progress" in words(page)
        assert reverse("treatment_session", args=[row.pk]) not in page.content.decode()

    def test_a_consent_withdrawn_meanwhile_is_told_and_another_isnt_pressed(self, site: Site, client: Client) -> None:
        room = ready_room(site)
        row = room.begin()
        withdraw_consent(by=room.operator, consent=Consent.objects.get(), reason="It hurts", at=clock.now())
        page = page_of(room, client)
        assert pushed(page) == [(reverse("treatment_session", args=[row.pk]), "Back to the session")]
        assert words(page).count("by Olga Demo: It hurts.") == 2  # what stops the way, and the consent's own line
        assert "Take a new one only if the patient wants to go on." in words(page)
        assert f'class="card-link" href="{reverse("consent_new", args=[room.patient.pk])}"' in page.content.decode()


class TestAfterTheSession:
    def test_the_day_is_done(self, site: Site, client: Client) -> None:
        room = ready_room(site)
        room.signed()
        due = room.planned.due_on
        client.force_login(room.operator.user)
        for name, number in (
            ("patient", room.patient.pk), ("checklist", PatientChecklist.objects.get().pk),
            ("consent", Consent.objects.get().pk),
        ):  # fmt: skip
            page = client.get(reverse(name, args=[number]))
            assert pushed(page) == [], name
            told = f"Today's session is signed. The next is Loading 2, due on {due.day} {due:%b %Y}."
            assert told in words(page), name

    def test_a_clearance_that_ends_afterwards_pushes_no_checklist(
        self, site: Site, client: Client, physician: Actor
    ) -> None:
        room = ready_room(site, checklist=False)
        clearance = cleared(room.patient, by=physician)
        on_an_anticoagulant(room, clearance)
        room.signed()
        withdraw_clearance(by=physician, clearance=clearance, reason="INR not known", at=clock.now())
        page = page_of(room, client)
        assert pushed(page) == []
        assert "Today's session is signed." in words(page)

    def test_the_next_one_begins_with_its_days_checklist_once_its_window_is_open(
        self, site: Site, client: Client
    ) -> None:
        room = ready_room(site)
        room.signed()
        due = clock.now() + (room.planned.due_on - clock.today(site))
        with clock.moved_to(due - 8 * DAY):
            page = page_of(room, client)
            assert pushed(page) == []
            assert "Loading 2 is due on" in words(page)
            assert "It begins with the checklist of that day." in words(page)
        for early in (7, 0):
            with clock.moved_to(due - early * DAY):
                assert pushed(page_of(room, client)) == [begin(room)]
        with clock.moved_to(due):
            signed_checklist(room.patient, room.approved.formulations[0], by=room.operator)
            assert pushed(page_of(room, client)) == [(reverse("plan", args=[room.plan.pk]), "Go to the plan")]


class TestAnOpenClearance:
    def test_it_waits_for_a_prescriber(self, site: Site, client: Client, physician: Actor) -> None:
        room = ready_room(site, checklist=False)
        signed = on_an_anticoagulant(room)
        page = page_of(room, client)
        assert pushed(page) == []
        assert "A new checklist is taken once a prescriber has decided." in words(page)
        assert BEGIN in words(page)  # as a plain action, where something turns out different
        assert pushed(client.get(reverse("checklist", args=[signed.pk]))) == []
        decide = reverse("clearance_new", args=[room.patient.pk, Rule.ANTICOAGULANT])
        assert pushed(page_of(room, client, physician)) == [(decide, "Decide as prescriber")]
        cleared(room.patient, by=physician)
        assert pushed(page_of(room, client)) == [begin(room)]

    def test_a_refusal_stops_treatment_and_says_who_when_and_why(
        self, site: Site, client: Client, physician: Actor
    ) -> None:
        room = ready_room(site, checklist=False)
        on_an_anticoagulant(room)
        refused = refuse(room, physician)
        for by in (room.operator, physician):
            page = page_of(room, client, by)
            assert pushed(page) == []
            assert "by Dr Petra Demo: INR not known. Treatment is stopped by it." in words(page)
            assert page.context["following"].stopped
        withdraw_clearance(by=physician, clearance=refused, reason="The INR came", at=clock.now())
        assert "Treatment is stopped by it" not in words(page_of(room, client))
        assert "once a prescriber has decided" in words(page_of(room, client))

    def test_a_stop_that_nobody_lifts_pushes_nothing_on_any_day(self, site: Site, client: Client) -> None:
        room = ready_room(site, checklist=False)
        untreated: Any = {Rule.BLEEDING_DISORDER: ("yes", {"treated": "no"})}
        signed_checklist(room.patient, room.approved.formulations[0], by=room.operator, answers=untreated)
        for days in (0, 1):
            with clock.moved_to(room.at + days * DAY):
                page = page_of(room, client)
                assert pushed(page) == []
                assert BEGIN in words(page)

    @pytest.mark.parametrize("more", [{}, {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban"})}])
    def test_one_that_closes_the_formulation_alone_asks_for_another_and_for_no_prescriber(
        self, site: Site, client: Client, physician: Actor, more: Any
    ) -> None:
        """An allergy to lidocaine closes B, which holds it, and leaves A open (CI-06): no clearance lifts that."""
        room = ready_room(site, checklist=False)
        (lidocaine,) = Ingredient.objects.for_site(site).filter(name__startswith="Lidocaine")
        answers: Any = {Rule.HYPERSENSITIVITY: ("yes", {"ingredients": [lidocaine.pk]})} | more
        signed_checklist(room.patient, room.approved.formulations[1], by=room.operator, answers=answers)
        for by in (room.operator, physician):
            page = page_of(room, client, by)
            assert "It closes this formulation for the patient: plan another" in words(page)
            assert "prescriber has decided" not in words(page)
            assert pushed(page) == []
            assert page.context["following"].stopped
        cleared(room.patient, by=physician)
        assert "plan another" in words(page_of(room, client))

    def test_nor_is_a_consent_taken_for_nothing_before_it(self, site: Site, client: Client) -> None:
        room = ready_room(site, checklist=False, consent=False)
        untreated: Any = {Rule.BLEEDING_DISORDER: ("yes", {"treated": "no"})}
        signed_checklist(room.patient, room.approved.formulations[0], by=room.operator, answers=untreated)
        page = page_of(room, client)
        assert pushed(page) == []
        assert page.context["following"].stopped
        states = {step.label: step.state for step in page.context["steps"]}
        assert (states["Consent"], states["Checklist"]) == ("todo", "stopped")
        assert "Take consent" in words(page)


class TestAPlanThatEnded:
    def test_only_a_new_plan_is_next(self, site: Site, client: Client) -> None:
        room = ready_room(site, checklist=False)
        end_plan(by=room.operator, plan=room.plan, reason="Moves abroad", at=clock.now())
        page = page_of(room, client)
        assert pushed(page) == [(reverse("plan_new", args=[room.patient.pk]), "Make the plan")]
        assert "by Olga Demo: Moves abroad. Make a new one where treatment goes on." in words(page)
        client.force_login(room.operator.user)
        consent = client.get(reverse("consent", args=[Consent.objects.get().pk]))
        assert BEGIN not in [label for _url, label in pushed(consent)]

    def test_after_a_stop_nothing_is(self, site: Site, client: Client) -> None:
        room = ready_room(site, checklist=False)
        end_plan(by=room.operator, plan=room.plan, reason="Month-6 audit: stop", at=clock.now(), for_good=True)
        page = page_of(room, client)
        assert pushed(page) == []
        assert words(page).count("A physician decides whether it begins again.") == 1

    def test_after_a_stop_no_checklist_is_offered(self, site: Site, client: Client) -> None:
        room = ready_room(site, checklist=False)
        assert f'href="{begin(room)[0]}"' in page_of(room, client).content.decode()
        end_plan(by=room.operator, plan=room.plan, reason="Month-6 audit: stop", at=clock.now(), for_good=True)
        history = client.get(reverse("patient_history", args=[room.patient.pk]))
        for page in (page_of(room, client), history):
            assert f'href="{begin(room)[0]}"' not in page.content.decode()

    @pytest.mark.parametrize("name", ["patient", "patient_history"])
    def test_after_a_stop_who_decides_it_has_a_plain_way_to_a_new_plan(
        self, site: Site, client: Client, physician: Actor, name: str
    ) -> None:
        room = ready_room(site, checklist=False)
        end_plan(by=room.operator, plan=room.plan, reason="Month-6 audit: stop", at=clock.now(), for_good=True)
        address = f'href="{reverse("plan_new", args=[room.patient.pk])}"'
        for by, offered in ((physician, True), (room.operator, False)):
            client.force_login(by.user)
            page = client.get(reverse(name, args=[room.patient.pk]))
            assert (address in page.content.decode()) is offered
            assert pushed(page) == []
        with_intake(room.patient, stage="VII", by=room.operator)
        client.force_login(physician.user)
        assert address not in client.get(reverse(name, args=[room.patient.pk])).content.decode()


class TestWithoutAnIntake:
    def test_the_intake_is_next_and_no_checklist_is_offered(self, site: Site, client: Client) -> None:
        room = ready_room(site)
        patient = registered_patient(site)
        client.force_login(room.operator.user)
        page = client.get(reverse("patient", args=[patient.pk]))
        intake = reverse("intake_new", args=[patient.pk])
        assert pushed(page) == [(intake, "Take the intake")]
        assert "the intake comes first" in words(page)
        for each in (page, client.get(reverse("patient_history", args=[patient.pk]))):
            assert BEGIN not in words(each)
            assert "Make the plan" not in words(each)
        assert words(page).count("the intake comes first") == 2  # the checklist and the plan

    def test_a_plan_is_offered_once_it_is_there(self, site: Site, client: Client) -> None:
        room = ready_room(site)
        patient = registered_patient(site)
        with_intake(patient, by=room.operator)
        client.force_login(room.operator.user)
        for name in ("patient", "patient_history"):
            page = client.get(reverse(name, args=[patient.pk])).content.decode()
            assert f'href="{reverse("plan_new", args=[patient.pk])}"' in page

    def test_the_page_that_begins_one_says_what_is_missing(self, site: Site, client: Client) -> None:
        room = ready_room(site)
        patient = registered_patient(site)
        client.force_login(room.operator.user)
        url = reverse("checklist_start", args=[patient.pk])
        page = client.get(url)
        assert "The intake is missing" in words(page)
        assert reverse("intake_new", args=[patient.pk]) in page.content.decode()
        sent = client.post(url, {"formulation": room.approved.formulations[0].pk})
        assert sent.status_code == 409
        assert not PatientChecklist.objects.filter(patient=patient).exists()
