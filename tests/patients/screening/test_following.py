"""Of several checklists of one day the last signed counts, and the paper of an earlier one says so."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.documents.copies import Outcome, check_copy
from clinic.documents.making import make_rendering
from clinic.documents.models import SealedDocument
from patients.registry.models import Patient
from patients.screening.models import PatientChecklist
from patients.screening.services import withdraw_clearance
from protocols.checklists.models import Rule
from tests.patients.builders import cleared, signed_checklist
from tests.protocols.builders import Approved


def document_of(checklist: PatientChecklist) -> SealedDocument:
    return SealedDocument.objects.get(kind="checklist", subject_id=str(checklist.pk))


def said_of(checklist: PatientChecklist, client: Client) -> str:
    return client.get(reverse("check_document", args=[document_of(checklist).code])).content.decode()


def test_the_only_checklist_of_its_day_is_current(
    client: Client, patient: Patient, protocols: Approved, operator: Actor
) -> None:
    today = clock.now()
    earlier = signed_checklist(patient, protocols.formulations[0], by=operator, at=today - timedelta(days=2))
    later = signed_checklist(patient, protocols.formulations[0], by=operator, at=today)
    assert "Genuine and current" in said_of(earlier, client), "it was the one of its own day"
    assert "Genuine and current" in said_of(later, client)


def test_one_that_was_replaced_that_day_says_so_and_names_nobody(
    client: Client, patient: Patient, protocols: Approved, operator: Actor, operating: Client
) -> None:
    at = clock.now()
    first = signed_checklist(patient, protocols.formulations[0], by=operator, at=at - timedelta(seconds=5))
    second = signed_checklist(patient, protocols.formulations[0], by=operator, at=at)
    time = f"{clock.local(at, patient.site):%H:%M}"
    page = said_of(first, client)
    assert f"The checklist signed at {time} that day took its place." in page
    assert "Genuine and current" not in page
    assert patient.family_name not in page
    assert "Genuine and current" in said_of(second, client)
    shown = operating.get(reverse("document", args=[document_of(first).code])).content.decode()
    assert "Superseded" in shown
    assert reverse("document", args=[document_of(second).code]) in shown


def test_a_copy_of_a_replaced_one_is_superseded(patient: Patient, protocols: Approved, operator: Actor) -> None:
    at = clock.now()
    first = signed_checklist(patient, protocols.formulations[0], by=operator, at=at - timedelta(seconds=5))
    document = document_of(first)
    with make_rendering(document=document, at=document.sealed_at).file.open("rb") as file:
        pdf = file.read()
    assert check_copy(pdf).outcome is Outcome.GENUINE
    signed_checklist(patient, protocols.formulations[0], by=operator, at=at)
    copy = check_copy(pdf)
    assert copy.outcome is Outcome.SUPERSEDED
    assert "took its place" in copy.sentence


def test_one_whose_clearance_was_taken_back_that_day_lets_no_session_go_on(
    client: Client, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
) -> None:
    clearance = cleared(patient, by=physician)
    rests = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban", "cleared": f"{clearance.pk}:yes"})}
    signed = signed_checklist(patient, protocols.formulations[0], by=operator, answers=rests)
    assert "Genuine and current" in said_of(signed, client)
    withdraw_clearance(by=physician, clearance=clearance, reason="INR not known", at=clock.now())
    page = said_of(signed, client)
    assert "Genuine and current" not in page
    assert "was taken back or decided anew that day: no session goes on by it." in page
    assert patient.family_name not in page
    assert "INR" not in page


def test_one_whose_clearance_was_taken_back_on_a_later_day_counted_on_its_own(
    client: Client, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
) -> None:
    before = clock.now() - timedelta(days=2)
    clearance = cleared(patient, by=physician, at=before)
    rests = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban", "cleared": f"{clearance.pk}:yes"})}
    signed = signed_checklist(patient, protocols.formulations[0], by=operator, answers=rests, at=before)
    withdraw_clearance(by=physician, clearance=clearance, reason="INR not known", at=clock.now())
    assert "Genuine and current" in said_of(signed, client)


@pytest.mark.parametrize("number", ["0", "999999"])
def test_of_no_checklist_nothing_is_said(db: None, number: str) -> None:
    from patients.screening.following import what_followed, why_ended

    assert why_ended(number) == ""
    assert what_followed(number) is None
