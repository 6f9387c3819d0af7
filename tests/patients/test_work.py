"""What a new patient puts on the list of work, step by step, until the plan is made."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.worklist.registry import work_for
from patients.photos.models import Purpose
from patients.photos.services import open_set
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.patients.builders import registered_patient, with_intake
from tests.protocols.builders import approved_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(site: Site) -> Actor:
    """An operator of a site that is ready to treat."""
    approved_everything(site)
    return make_actor(site, Role.OPERATOR)


@pytest.fixture
def technician(site: Site) -> Actor:
    """A photo technician."""
    return make_actor(site, Role.PHOTO_TECHNICIAN)


def titles(actor: Actor, patient: Patient, **later: Any) -> set[str]:
    """Return what waits for `actor` about `patient`."""
    work = work_for(actor, clock.now() + timedelta(**later))
    return {item.title for item in work if patient.record_number in item.detail}


def test_after_the_intake_consent_and_baseline_photographs_are_asked_for(operator: Actor, technician: Actor) -> None:
    patient = registered_patient(operator.site)
    assert titles(operator, patient) == {"Intake not taken yet"}
    assert titles(technician, patient) == set()
    with_intake(patient, by=operator)
    assert titles(operator, patient) == {"Consent not taken yet", "Baseline photographs not taken yet"}
    assert titles(technician, patient) == {"Baseline photographs not taken yet"}


def test_nothing_is_asked_of_a_patient_for_surgical_assessment(operator: Actor, technician: Actor) -> None:
    patient = registered_patient(operator.site)
    with_intake(patient, stage="VII", by=operator)
    assert titles(operator, patient) == set()
    assert titles(technician, patient) == set()


@pytest.mark.parametrize(
    "born", [{"birth_date": date(2012, 5, 6)}, {"birth_date": None, "birth_date_text": "2012"}, {"birth_date": None}]
)
def test_nothing_is_asked_of_a_patient_below_the_minimum_age(
    operator: Actor, technician: Actor, born: dict[str, Any]
) -> None:
    patient = registered_patient(operator.site, **born)
    assert titles(operator, patient) == set()
    with_intake(patient, by=operator)
    assert titles(operator, patient) == set()
    assert titles(technician, patient) == set()
    Patient.objects.filter(pk=patient.pk).update(birth_date=date(1980, 5, 6))
    assert titles(operator, patient) == {"Consent not taken yet", "Baseline photographs not taken yet"}


def test_a_corrected_stage_decides(operator: Actor) -> None:
    patient = registered_patient(operator.site)
    with_intake(patient, stage="III", by=operator, at=clock.now() - timedelta(hours=1))
    with_intake(patient, stage="VII", by=operator)
    assert titles(operator, patient) == set()


def test_a_patient_who_never_came_back_leaves_the_list(operator: Actor) -> None:
    patient = registered_patient(operator.site)
    with_intake(patient, by=operator)
    assert titles(operator, patient, days=13)
    assert titles(operator, patient, days=15) == set()


def test_a_begun_set_is_to_be_gone_on_with(technician: Actor, operator: Actor) -> None:
    patient = registered_patient(technician.site)
    with_intake(patient, by=operator)
    open_set(
        by=technician, patient=patient, purpose=Purpose.BASELINE, taken_on=clock.today(technician.site),
        submission_key=uuid.uuid4(), at=clock.now(),
    )  # fmt: skip
    assert titles(technician, patient) == {"Photo set not complete: Baseline"}


def test_the_other_site_sees_nothing_of_it(operator: Actor, other_site: Site) -> None:
    patient = registered_patient(operator.site)
    with_intake(patient, by=operator)
    assert titles(make_actor(other_site, Role.OPERATOR), patient) == set()


def test_the_number_of_queries_doesnt_grow(operator: Actor, django_assert_num_queries: Any) -> None:
    from patients.consents.work import consents_missing
    from patients.photos.work import baselines_missing, sets_open
    from sessions.plans.work import plans_missing

    for _patient in range(3):
        with_intake(registered_patient(operator.site), by=operator)
    for provider in (consents_missing, baselines_missing, sets_open, plans_missing):
        with django_assert_num_queries(1):
            list(provider(operator, clock.now()))
