"""A site where forms are printed for the pen, somebody who does, and a patient."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.paper.models import PaperForm, PaperKind
from patients.paper.services import print_form
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.patients.builders import registered_patient, with_intake
from tests.protocols.builders import Approved, approved_everything


@pytest.fixture
def decided(site: Site) -> Approved:
    """Everything that the site has decided."""
    return approved_everything(site)


@pytest.fixture
def operator(site: Site) -> Actor:
    """An operator."""
    return make_actor(site, Role.OPERATOR, name="Clara Demo")


@pytest.fixture
def desk(site: Site) -> Actor:
    """Somebody at the front desk."""
    return make_actor(site, Role.FRONT_DESK, name="Fritz Demo")


@pytest.fixture
def patient(site: Site, operator: Actor) -> Patient:
    """A patient with an intake, Norwood III."""
    patient = registered_patient(site, "Demo", "Bruno", sex="male")
    with_intake(patient, by=operator)
    return patient


@pytest.fixture
def blank(desk: Actor, patient: Patient, decided: Approved) -> Callable[..., PaperForm]:
    """Return a function that prints a blank; what is passed is different from a checklist for the patient, now."""

    def print_it(kind: PaperKind = PaperKind.CHECKLIST, **changed: Any) -> PaperForm:
        values: dict[str, Any] = {
            "by": desk, "patient": patient, "kind": kind, "submission_key": uuid.uuid4(), "at": clock.now(),
            "formulation_version": decided.formulations[0] if kind == PaperKind.CHECKLIST else None,
            "script_version": decided.consent if kind == PaperKind.CONSENT else None,
        } | changed  # fmt: skip
        return print_form(**values)

    return print_it
