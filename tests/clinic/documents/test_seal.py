"""Sealing: the snapshot, its hash, its code, and the PDF that is owed."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.accounts.actors import Actor
from clinic.documents import services
from clinic.documents.models import CODE_ALPHABET, SealedDocument
from clinic.documents.registry import UnknownKindError, register
from clinic.documents.services import new_code, read_code, seal
from clinic.errors import Refused
from clinic.outbox.models import OutboxEntry
from clinic.trail.models import Action, TrailEvent
from patients.registry.models import Patient

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_the_snapshot_holds_all_that_the_page_shows_and_its_hash(
    sealed_document: Callable[..., SealedDocument], content: dict[str, Any]
) -> None:
    document = sealed_document(render=False)
    kept = json.loads(document.content)
    assert kept["sections"] == content["sections"]
    assert kept["patient"] == content["patient"]
    assert kept["document"]["site"] == "Site North"
    assert document.content_sha256 == hashlib.sha256(document.content.encode()).hexdigest()
    assert document.sealed_by_name == "Nora Demo"


def test_a_later_change_of_the_patients_name_leaves_the_snapshot_alone(
    sealed_document: Callable[..., SealedDocument], patient: Patient
) -> None:
    document = sealed_document(render=False)
    Patient.objects.filter(pk=patient.pk).update(family_name="Otherwise")
    document.refresh_from_db()
    assert "Demo-Łódźka" in document.content
    assert "Otherwise" not in document.content


def test_sealing_writes_the_trail_and_owes_one_pdf(sealed_document: Callable[..., SealedDocument]) -> None:
    document = sealed_document(render=False)
    event = TrailEvent.objects.get(action=Action.SEAL)
    assert json.loads(event.body)["after"]["sha256"] == document.content_sha256
    assert event.patient_id == document.patient_id
    entry = OutboxEntry.objects.get(effect="documents.render")
    assert entry.payload == {"document_id": document.pk}


def test_the_same_content_is_sealed_once(sealed_document: Callable[..., SealedDocument]) -> None:
    first = sealed_document(render=False)
    again = sealed_document(render=False, at=datetime(2026, 3, 3, tzinfo=UTC))
    other = sealed_document(render=False, sections=[])
    assert first == again
    assert other != first
    assert OutboxEntry.objects.filter(effect="documents.render").count() == 2


def test_when_the_business_fails_nothing_is_sealed_and_nothing_owed(
    sealed_document: Callable[..., SealedDocument], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> bool:
        raise RuntimeError("the outbox can't be written")

    monkeypatch.setattr(services, "defer", full)
    with pytest.raises(RuntimeError):
        sealed_document(render=False)
    assert not SealedDocument.objects.exists()
    assert not TrailEvent.objects.filter(action=Action.SEAL).exists()


def test_an_unknown_kind_is_refused(operator: Actor, patient: Patient) -> None:
    with pytest.raises(UnknownKindError):
        seal(by=operator, kind="no_such_form", subject=patient, content={}, at=AT)


def test_content_may_not_take_the_seals_own_place(operator: Actor, patient: Patient) -> None:
    with pytest.raises(ValueError, match="belongs to the seal"):
        seal(by=operator, kind="test_form", subject=patient, content={"document": {}}, at=AT)


def test_a_document_about_a_patient_names_the_patient(operator: Actor, patient: Patient) -> None:
    with pytest.raises(ValueError, match="two identifiers"):
        seal(by=operator, kind="test_form", subject=patient, patient=patient, content={"sections": []}, at=AT)


def test_inexact_content_is_refused(operator: Actor, patient: Patient) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        seal(by=operator, kind="test_form", subject=patient, content={"volume": 0.1}, at=AT)


def test_a_document_of_more_than_two_megabytes_is_refused_in_words(operator: Actor, patient: Patient) -> None:
    with pytest.raises(Refused, match="too long"):
        seal(by=operator, kind="test_form", subject=patient, content={"text": "x" * 2_000_001}, at=AT)


def test_two_kinds_of_one_name_stop_the_start() -> None:
    register("test_form", title="Test form")
    with pytest.raises(ValueError, match="two kinds"):
        register("test_form", title="Another form")


def test_a_code_has_eight_signs_that_cant_be_misread() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 8 and set(code) <= set(CODE_ALPHABET) for code in codes)
    assert not set("ILOU") & set(CODE_ALPHABET)


@pytest.mark.parametrize("typed", ["7k3m 9qz1", "7K3M-9QZI", "7K3M9QZl", " 7K3M9QZ1 "])
def test_a_code_typed_by_hand_is_read_as_meant(typed: str) -> None:
    assert read_code(typed) == "7K3M9QZ1"


@pytest.mark.parametrize("typed", ["", "7K3M9QZ", "7K3M9QZ12", "7K3M9QZ\x00", "7K3M9QZU", "ÄÖÜ", "7K3M9QZ1\n"])
def test_what_cant_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) == ""


def test_postgres_refuses_a_content_that_doesnt_fit_its_hash(sealed_document: Callable[..., SealedDocument]) -> None:
    document = sealed_document(render=False)
    forged = SealedDocument.objects.get(pk=document.pk)
    forged.pk, forged.code, forged._state.adding = None, new_code(), True
    forged.content = forged.content.replace("Anticoagulants", "Nothing")
    with pytest.raises(IntegrityError, match="hash_of_content"), transaction.atomic():
        forged.save()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clinic_sealeddocument SET title = 'x'",
        "DELETE FROM clinic_sealeddocument",
        "TRUNCATE clinic_sealeddocument CASCADE",
        "UPDATE clinic_rendering SET pages = 2",
        "DELETE FROM clinic_rendering",
        "TRUNCATE clinic_rendering",
    ],
)
def test_postgres_refuses_to_change_what_was_sealed(
    statement: str, sealed_document: Callable[..., SealedDocument]
) -> None:
    sealed_document()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="baseline:"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
