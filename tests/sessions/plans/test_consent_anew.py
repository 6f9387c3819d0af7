"""A consent that no longer counts for a session of the week to come stands on the list of work, with the reason."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.dates import day_text
from clinic.worklist.registry import WorkItem
from patients.consents.models import Consent
from patients.consents.services import withdraw_consent
from protocols.formulations.models import FormulationVersion
from sessions.plans.models import PlannedSession
from sessions.plans.work import consents_to_take_anew
from tests.pages import words
from tests.protocols.builders import approved, draft_treatment
from tests.protocols.test_risk import changed_formulation
from tests.sessions.rooms import Room, ready_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(site: Site) -> Room:
    return ready_room(site)


def items(room: Room, days: int = 0) -> list[WorkItem]:
    return list(consents_to_take_anew(room.operator, clock.now() + timedelta(days=days)))


def in_use(room: Room) -> FormulationVersion:
    found: FormulationVersion = room.plan.formulation.versions.get(status="approved")
    return found


def test_nothing_is_asked_while_the_consent_counts(room: Room) -> None:
    assert items(room) == []
    changed_formulation(in_use(room), reconsent=False)
    assert items(room) == []


def test_a_change_of_the_plans_formulation_asks_anew_on_the_list_and_the_patients_page(
    client: Client, room: Room
) -> None:
    changed_formulation(in_use(room), reconsent=True)
    (item,) = items(room)
    assert room.patient.full_name in item.detail
    assert "changed since" in item.detail
    assert item.url == reverse("consent_new", args=[room.patient.pk])
    client.force_login(room.operator.user)
    page = client.get(reverse("patient", args=[room.patient.pk])).content.decode()
    assert "In force, not for all" in page
    assert "to be taken again before" in page
    assert item.url in page
    asked = words(client.get(item.url))
    assert "A consent is in force, but not for all formulations" in asked
    assert f"taken again before {in_use(room)}" in asked


def test_a_change_of_another_formulation_doesnt(site: Site, room: Room) -> None:
    other = FormulationVersion.objects.exclude(formulation=room.plan.formulation).filter(status="approved").first()
    assert other is not None
    changed_formulation(other, reconsent=True)
    assert items(room) == []


def test_one_that_counts_for_nothing_says_why(site: Site, room: Room) -> None:
    approved(draft_treatment(site, risk_relevant=True, reconsent=True))
    (item,) = items(room)
    assert (item.title, item.action) == ("Consent to be taken again", "Take consent")
    assert "a protocol was changed since" in item.detail


def test_who_took_it_back_isnt_pressed_for_another(room: Room) -> None:
    consent = Consent.objects.get(patient=room.patient)
    withdraw_consent(by=room.operator, consent=consent, reason="Thought it over", at=clock.now())
    (item,) = items(room)
    assert (item.title, item.action) == ("Consent was withdrawn", "Open the patient")
    assert item.url == reverse("patient", args=[room.patient.pk])
    day = day_text(clock.today(room.site))
    told = f"The patient withdrew consent on {day}. A new one is taken only if the patient wants to go on."
    assert item.detail.endswith(f"· {told}")


def test_a_session_further_off_than_a_week_waits(room: Room) -> None:
    changed_formulation(in_use(room), reconsent=True)
    PlannedSession.objects.filter(plan=room.plan).update(due_on=clock.today(room.operator.site) + timedelta(days=8))
    assert items(room) == []
    assert len(items(room, days=1)) == 1


def test_the_number_of_queries_doesnt_grow(site: Site, room: Room) -> None:
    another = ready_room(site, approved=room.approved)
    changed_formulation(in_use(room), reconsent=True)
    theirs = PlannedSession.objects.filter(plan=another.plan)
    theirs.update(due_on=clock.today(site) + timedelta(days=30))

    def queries() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as sent:
            found = items(room)
        return len(found), len(sent)

    assert queries() == (1, 3)
    theirs.update(due_on=clock.today(site))
    assert queries() == (2, 3)
