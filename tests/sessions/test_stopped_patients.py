"""Of a patient whose last signed checklist stops treatment nobody is asked to take anything, at no room's word."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.amending.entries import entries_of
from clinic.amending.services import amend
from clinic.documents.models import SealedDocument
from clinic.worklist.registry import work_for
from patients.consents.models import Consent
from patients.consents.services import withdraw_consent
from patients.consents.work import consents_missing
from patients.photos.work import baselines_missing
from patients.registry.models import Patient
from patients.screening.models import PatientChecklist
from protocols.checklists.models import Rule
from protocols.formulations.models import Ingredient
from sessions.plans.work import consents_to_take_anew, plans_missing
from tests.factories import confirmed, make_actor
from tests.patients.builders import registered_patient, signed_checklist, with_intake
from tests.protocols.builders import Approved, approved_everything
from tests.sessions.rooms import consented, photographed, ready_room

pytestmark = pytest.mark.django_db

#: Active malignancy stops this treatment (CI-04).
CANCER: Any = {Rule.MALIGNANCY: ("yes", {})}
ASKED = {"Consent not taken yet", "Baseline photographs not taken yet"}


@pytest.fixture
def decided(site: Site) -> Approved:
    return approved_everything(site)


@pytest.fixture
def operator(site: Site) -> Actor:
    return make_actor(site, Role.OPERATOR)


@pytest.fixture
def patient(decided: Approved, operator: Actor) -> Patient:
    """A patient found fit for a plan today, of whom nothing is taken yet."""
    patient = registered_patient(operator.site)
    with_intake(patient, by=operator)
    return patient


def titles(actor: Actor, patient: Patient) -> set[str]:
    """Return what waits for `actor` about `patient`."""
    return {item.title for item in work_for(actor, clock.now()) if patient.record_number in item.detail}


def answer(
    patient: Patient, decided: Approved, by: Actor, answers: Any = None, *, formulation: int = 0,
    at: datetime | None = None,
) -> PatientChecklist:  # fmt: skip
    return signed_checklist(patient, decided.formulations[formulation], by=by, answers=answers, at=at)


def test_consent_and_photographs_are_asked_of_nobody_who_is_stopped(
    decided: Approved, operator: Actor, patient: Patient
) -> None:
    technician = make_actor(operator.site, Role.PHOTO_TECHNICIAN)
    assert titles(operator, patient) == ASKED
    answer(patient, decided, operator, CANCER)
    assert titles(operator, patient) == set()
    assert titles(technician, patient) == set()


def test_nor_is_a_plan_made(decided: Approved, operator: Actor, patient: Patient) -> None:
    consented(patient, decided, by=operator, at=clock.now())
    photographed(patient, decided.photos, by=operator, at=clock.now())
    assert titles(operator, patient) == {"Treatment plan not made yet"}
    answer(patient, decided, operator, CANCER)
    assert titles(operator, patient) == set()


def test_nor_a_consent_taken_again_for_a_session_that_is_due(site: Site, decided: Approved) -> None:
    room = ready_room(site, approved=decided, checklist=False)
    consent = Consent.objects.get(patient=room.patient)
    withdraw_consent(by=room.operator, consent=consent, reason="Thought it over", at=clock.now())
    assert "Consent was withdrawn" in titles(room.operator, room.patient)
    answer(room.patient, decided, room.operator, CANCER)
    assert "Consent was withdrawn" not in titles(room.operator, room.patient)


def test_the_last_signed_checklist_decides(decided: Approved, operator: Actor, patient: Patient) -> None:
    answer(patient, decided, operator, CANCER, at=clock.now() - timedelta(minutes=10))
    answer(patient, decided, operator)
    assert titles(operator, patient) == ASKED


def test_one_that_was_amended_since_counts_no_longer(decided: Approved, operator: Actor, patient: Patient) -> None:
    answer(patient, decided, operator, CANCER)
    document = SealedDocument.objects.get(kind="checklist", patient=patient)
    proof = confirmed(operator)
    amend(
        by=operator, document=document, confirmed=proof, at=proof.at, seen=0,
        entry=entries_of(json.loads(document.content))[0].label, correct="No.", reason="Asked again.",
    )  # fmt: skip
    assert titles(operator, patient) == ASKED


def test_one_that_closes_a_formulation_alone_stops_nobody(decided: Approved, operator: Actor, patient: Patient) -> None:
    """An allergy to lidocaine closes B, which holds it, and leaves A open (CI-06): A can be planned."""
    (lidocaine,) = Ingredient.objects.for_site(operator.site).filter(name__startswith="Lidocaine")
    allergy = {Rule.HYPERSENSITIVITY: ("yes", {"ingredients": [lidocaine.pk]})}
    checklist = answer(patient, decided, operator, allergy, formulation=1)
    assert checklist.outcome == "stop"
    assert titles(operator, patient) == ASKED


def test_nor_does_one_that_waits_for_a_prescriber(decided: Approved, operator: Actor, patient: Patient) -> None:
    answer(patient, decided, operator, {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban"})})
    assert titles(operator, patient) == ASKED


def test_another_patient_isnt_stopped_by_it(decided: Approved, operator: Actor, patient: Patient) -> None:
    other = registered_patient(operator.site)
    with_intake(other, by=operator)
    answer(other, decided, operator, CANCER)
    assert titles(operator, patient) == ASKED


def test_the_number_of_queries_doesnt_grow(
    decided: Approved, operator: Actor, patient: Patient, django_assert_num_queries: Any
) -> None:
    for _patient in range(2):
        stopped = registered_patient(operator.site)
        with_intake(stopped, by=operator)
        answer(stopped, decided, operator, CANCER)
    for provider, most in (
        (consents_missing, 1), (baselines_missing, 1), (plans_missing, 1), (consents_to_take_anew, 1),
    ):  # fmt: skip
        with django_assert_num_queries(most):
            list(provider(operator, clock.now()))
