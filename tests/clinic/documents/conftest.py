"""A patient, somebody who seals, and a kind of document that only tests know."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents import registry
from clinic.documents.models import SealedDocument
from clinic.documents.registry import register
from clinic.documents.services import seal
from clinic.documents.snapshots import fields, patient_identity, table, verdict
from clinic.outbox.drain import drain
from patients.registry.models import Patient, Sex
from tests.factories import make_actor

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Kinds for tests; the key and the cut fonts are made once for all tests."""
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    register("test_form", title="Test form")


@pytest.fixture
def operator(site: Site) -> Actor:
    """An operator of the site."""
    return make_actor(site, Role.OPERATOR, name="Nora Demo")


@pytest.fixture
def patient(site: Site, operator: Actor) -> Patient:
    """A patient of the site."""
    return Patient.objects.create(
        site=site, record_number="N-000123", family_name="Demo-Łódźka", given_name="Alma", sort_name="demo alma",
        birth_date=date(1986, 5, 4), sex=Sex.FEMALE, registered_at=AT, registered_by=operator.user,
    )  # fmt: skip


@pytest.fixture
def content() -> dict[str, Any]:
    """What a form says."""
    return {
        "patient": patient_identity(name="Alma Demo-Łódźka", birth_date="4 May 1986", record_number="N-000123"),
        "sections": [
            verdict("Stop: do not treat today", mark="stop", reasons=["Anticoagulants without clearance"]),
            fields("Checklist", [("Asked for", "Session 3 of 4"), ("Note", "")]),
            table(
                "Answers",
                ["Question", "Answer"],
                [("Active infection", "No"), ("Anticoagulants", "Yes")],
                marks=["", "stop"],
            ),
        ],
        "signatures": [
            {
                "name": "Nora Demo",
                "role": "Operator",
                "registration_number": "RN 1",
                "meaning": "assessed the patient today",
                "reason": "",
                "signed_at": "02 Mar 2026 09:00:00 CET (UTC+0100)",
                "method": "password",
                "sha256": "ab" * 32,
                # No id: of a signature that it names, the pages ask whether it is still there.
            },
        ],
    }


@pytest.fixture
def sealed_document(operator: Actor, patient: Patient, content: dict[str, Any]) -> Callable[..., SealedDocument]:
    """Return a function that seals the form, with changes to its content, and makes the PDF unless told not to."""

    def make(*, render: bool = True, at: datetime = AT, **changes: Any) -> SealedDocument:
        document = seal(
            by=operator, kind="test_form", subject=patient, patient=patient, content={**content, **changes}, at=at
        )
        if render:
            with clock.moved_to(at):
                assert drain(effects=["documents.render"]).done == 1
        return document

    return make
