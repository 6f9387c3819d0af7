"""The gate and who owns the database: nothing goes on by a paper that isn't what was signed, or without the last."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.trail.lost import lost_papers
from clinic.trail.models import Action
from patients.consents.models import Consent
from patients.intake.models import Intake
from patients.screening.models import PatientChecklist
from sessions.gate.gate import gate_for
from sessions.gate.stops import Stop, StopCode, without_vial
from tests.pages import words
from tests.patients.builders import signed_checklist, with_intake
from tests.sessions.rooms import Room, consented, ready_room
from tests.tampering import change

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(site: Site) -> Iterator[Room]:
    """A room whose papers are in order; what is deleted leaves keys that lead nowhere, which nobody asks at the end."""
    yield ready_room(site)
    transaction.set_rollback(True)


def stops_of(room: Room, *, days_later: int = 0) -> list[Stop]:
    planned = room.plan.planned.order_by("due_on", "id")[0]
    at = clock.now() + timedelta(days=days_later)
    return without_vial(gate_for(by=room.operator, planned=planned, vial=None, at=at))


def papers(room: Room) -> dict[str, Any]:
    return {
        "checklist": PatientChecklist.objects.get(patient=room.patient),
        "consent": Consent.objects.get(patient=room.patient),
        "formulation": room.approved.formulations[0],
        "protocol": room.approved.treatment,
    }


def signature_of(paper: Any) -> Any:
    return getattr(paper, "approval_signature_id", None) or paper.signature_id


NAMES = {
    "checklist": "today's checklist",
    "consent": "the patient's consent",
    "formulation": "A Formulation A v1",
    "protocol": "Treatment protocol v1",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_paper_whose_signature_was_deleted_stops_the_session_and_is_named(room: Room, name: str) -> None:
    assert stops_of(room) == []
    change("DELETE FROM clinic_signature WHERE id = %s", signature_of(papers(room)[name]))
    (stop,) = stops_of(room)
    assert stop.code is StopCode.NOT_AS_SIGNED
    assert f"Changed in the database since it was signed: {NAMES[name]}" in stop.message
    assert "Call the manager" in stop.message
    assert stop.fact


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("checklist", "UPDATE patients_checklistanswer SET detail = 'another word' WHERE checklist_id = %s"),
        ("checklist", "DELETE FROM patients_checklistanswer WHERE checklist_id = %s"),
        ("consent", "UPDATE patients_consent SET signed_name = 'Somebody Else' WHERE id = %s"),
        ("formulation", "UPDATE protocols_formulationline SET volume_ul_per_ml = 601 WHERE version_id = %s"),
        ("protocol", "UPDATE protocols_treatmentprotocolversion SET loading_count = 5 WHERE id = %s"),
    ],
)  # fmt: skip
def test_a_paper_whose_rows_were_changed_stops_the_session(room: Room, name: str, statement: str) -> None:
    change(statement, papers(room)[name].pk)
    room.plan.refresh_from_db()
    assert StopCode.NOT_AS_SIGNED in {stop.code for stop in stops_of(room)}


def test_a_signature_that_was_made_for_another_record_is_none(room: Room) -> None:
    found = papers(room)
    other = signature_of(found["formulation"])
    change(f"UPDATE patients_consent SET signature_id = '{other}' WHERE id = %s", found["consent"].pk)
    assert [stop.code for stop in stops_of(room)] == [StopCode.NOT_AS_SIGNED]


@pytest.mark.parametrize(
    ("model", "code"),
    [(Intake, StopCode.NO_INTAKE), (PatientChecklist, StopCode.NO_CHECKLIST), (Consent, StopCode.NO_CONSENT)],
)
def test_an_earlier_paper_doesnt_count_once_the_latest_was_deleted(room: Room, model: Any, code: StopCode) -> None:
    def again() -> None:
        at = clock.now()
        if model is Intake:
            with_intake(room.patient, by=room.operator, at=at)
        elif model is Consent:
            consented(room.patient, room.approved, by=room.operator, at=at)
        else:
            signed_checklist(room.patient, room.approved.formulations[0], by=room.operator, at=at)

    again()
    assert stops_of(room) == []
    latest = model.objects.filter(patient=room.patient).latest("pk")
    change(f"DELETE FROM {model._meta.db_table} WHERE id = %s", latest.pk)
    (stop,) = stops_of(room)
    assert stop.code is code
    assert "was deleted in the database. Call the manager." in stop.message
    again()
    assert stops_of(room) == []


def test_an_intake_that_was_deleted_isnt_called_a_stage_for_surgery(room: Room) -> None:
    change("DELETE FROM patients_intake WHERE patient_id = %s", room.patient.pk)
    (stop, *_others) = stops_of(room)
    assert stop.code is StopCode.NO_INTAKE
    assert "The patient's latest intake was deleted in the database." in stop.message


def test_a_checklist_of_another_day_that_was_deleted_asks_for_todays_alone(room: Room) -> None:
    change("DELETE FROM patients_patientchecklist WHERE patient_id = %s", room.patient.pk)
    (stop,) = stops_of(room, days_later=1)
    assert "isn't signed. Answer and sign it first" in stop.message


def test_what_is_lost_is_asked_in_one_query(room: Room, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = lost_papers(room.patient.pk, {Intake: Action.CREATE, Consent: Action.CREATE})
    assert found == {}


@pytest.mark.parametrize("name", NAMES)
def test_the_pages_open_though_the_signature_is_gone_and_say_so(room: Room, client: Client, name: str) -> None:
    paper = papers(room)[name]
    change("DELETE FROM clinic_signature WHERE id = %s", signature_of(paper))
    client.force_login(room.approved.approver.user)
    route = {"checklist": "checklist", "consent": "consent"}.get(name)
    address = reverse(route, args=[paper.pk]) if route else paper.get_absolute_url()
    page = client.get(address)
    assert page.status_code == 200
    assert "isn't there any more" in words(page)
    assert client.get(reverse("patient", args=[room.patient.pk])).status_code == 200
