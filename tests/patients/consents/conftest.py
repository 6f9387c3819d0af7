"""A site that may treat, somebody who takes consents, and a patient."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from demo.pictures import signature_png
from patients.consents.models import Consent
from patients.consents.services import take_consent
from patients.registry.models import Patient
from protocols.consents.models import ConsentScriptVersion
from tests.factories import make_actor
from tests.patients.builders import registered_patient, with_intake
from tests.protocols.builders import approved, draft_consent


@pytest.fixture
def script(site: Site) -> ConsentScriptVersion:
    """The consent script in force."""
    return approved(draft_consent(site))


@pytest.fixture
def operator(site: Site) -> Actor:
    """An operator."""
    return make_actor(site, Role.OPERATOR, name="Clara Demo")


@pytest.fixture
def patient(site: Site, operator: Actor) -> Patient:
    """A patient with an intake, Norwood III."""
    patient = registered_patient(site, "Demo", "Bruno", sex="male")
    with_intake(patient, by=operator)
    return patient


@pytest.fixture
def take(operator: Actor, patient: Patient, script: ConsentScriptVersion) -> Callable[..., Consent]:
    """Return a function that takes the patient's consent; what is passed is different from a complete one."""

    def take_it(**changed: Any) -> Consent:
        values: dict[str, Any] = {
            "by": operator, "patient": patient, "script_version": script, "drawing_png": signature_png(7),
            "statements": [row.pk for row in script.statements.all()], "signed_name": "Bruno Demo",
            "photos_for_record": True, "photos_for_teaching": False, "submission_key": uuid.uuid4(), "at": clock.now(),
        } | changed  # fmt: skip
        return take_consent(**values)

    return take_it


@pytest.fixture
def operating(client: Client, operator: Actor) -> Client:
    """The operator's browser."""
    client.force_login(operator.user)
    return client


@pytest.fixture
def url(patient: Patient) -> str:
    """The address of the patient's consent form."""
    return reverse("consent_new", args=[patient.pk])
