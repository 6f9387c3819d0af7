"""A site with approved protocols, and people at work there."""

from typing import Any

import pytest
from django.test import Client

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.registry.models import Patient
from patients.screening.models import PatientChecklist
from tests.factories import make_actor
from tests.patients.builders import open_checklist, registered_patient, with_intake
from tests.protocols.builders import Approved, approved_everything


@pytest.fixture
def protocols(site: Site) -> Approved:
    """Formulations A and B (with lidocaine), the checklist and the rest, in force."""
    return approved_everything(site)


@pytest.fixture
def operator(site: Site) -> Actor:
    """An operator."""
    return make_actor(site, Role.OPERATOR, name="Clara Demo")


@pytest.fixture
def physician(site: Site) -> Actor:
    """A physician."""
    return make_actor(site, Role.PHYSICIAN, name="Paul Demo")


@pytest.fixture
def patient(site: Site, operator: Actor) -> Patient:
    """A patient with an intake, Norwood III."""
    patient = registered_patient(site, "Demo", "Bruno", sex="male")
    with_intake(patient, by=operator)
    return patient


@pytest.fixture
def as_actor(client: Any) -> Any:
    """Return a function that signs the test client in as an actor."""

    def sign_in_as(actor: Actor) -> Any:
        client.force_login(actor.user)
        return client

    return sign_in_as


@pytest.fixture
def checklist(patient: Patient, protocols: Approved, operator: Actor) -> PatientChecklist:
    """Today's checklist of the patient for formulation A, nothing answered."""
    return open_checklist(patient, protocols.formulations[0], by=operator)


@pytest.fixture
def operating(as_actor: Any, operator: Actor) -> Client:
    """The test client, signed in as the operator."""
    client: Client = as_actor(operator)
    return client
