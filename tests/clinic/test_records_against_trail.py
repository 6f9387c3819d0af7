"""What was signed and sealed is compared with the trail: whoever changes a row and its hash too is found."""

import uuid

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.certifying.services import certify
from clinic.documents.models import SealedDocument
from clinic.documents.verify import verify_content
from clinic.signing.against_trail import record_faults
from clinic.signing.models import Signature
from clinic.signing.services import binding
from clinic.trail.models import TrailEvent
from demo.pictures import signature_png
from patients.consents.models import Consent
from patients.consents.services import take_consent
from tests.factories import confirmed, make_actor, uncertify
from tests.patients.builders import registered_patient
from tests.protocols.builders import approved, draft_consent
from tests.tampering import past_the_triggers


@pytest.fixture
def operator(site: Site) -> Actor:
    """An operator."""
    return make_actor(site, Role.OPERATOR)


@pytest.fixture
def consent(site: Site, operator: Actor) -> Consent:
    """A consent, with its signature and its sealed document."""
    script, patient = approved(draft_consent(site)), registered_patient(site, "Demo", "Bruno")
    return take_consent(
        by=operator, patient=patient, script_version=script, drawing_png=signature_png(7),
        statements=[row.pk for row in script.statements.all()], signed_name="Bruno Demo", photos_for_record=True,
        photos_for_teaching=False, submission_key=uuid.uuid4(), at=clock.now(),
    )  # fmt: skip


def change(table: str, what: str, key: object) -> None:
    """Change a row past its triggers."""
    with past_the_triggers() as cursor:
        cursor.execute(f"UPDATE {table} SET {what} WHERE id = %s", [key])


def test_nothing_is_said_of_what_is_as_it_was(consent: Consent) -> None:
    assert list(record_faults()) == []


@pytest.mark.parametrize("what", ["printed_name = 'Somebody Else'", "object_id = '4711'", "meaning = 'approved'"])
def test_a_signature_that_was_changed_with_its_binding_is_named(consent: Consent, what: str) -> None:
    change("clinic_signature", what, consent.signature_id)
    changed = Signature.objects.get(pk=consent.signature_id)
    change("clinic_signature", f"binding_sha256 = '{binding(changed)}'", changed.pk)
    said, *_others = record_faults()
    assert str(consent.signature_id) in said
    assert f"Consent of {consent.patient.record_number}, " in said
    assert f"the signature “consents”, number {consent.signature_id}, was changed" in said
    assert "Bruno" not in said


def test_a_signature_that_is_gone_and_one_that_was_slipped_in_are_named(consent: Consent) -> None:
    other = uuid.uuid4()
    change("clinic_signature", f"id = '{other}'", consent.signature_id)
    said = sorted(record_faults())
    change("clinic_signature", f"id = '{consent.signature_id}'", other)  # the consent's own key points at it
    assert any(f"the signature “consents”, number {consent.signature_id}, is gone" in each for each in said)
    assert all(f"Consent of {consent.patient.record_number}, " in each for each in said)
    assert not any("Bruno" in each for each in said)
    assert any("the trail doesn't know" in each for each in said)


def test_a_signature_that_was_made_for_another_record_is_named(
    consent: Consent, site: Site, operator: Actor, client: Client
) -> None:
    """A row may be called signed by who may write rows; the signature that it names tells what it was made for."""
    someone = make_actor(site, Role.FRONT_DESK, certified=False)
    certify(by=someone, confirmed=confirmed(someone), at=clock.now())
    other = Signature.objects.get(object_type="clinic.Certification")
    assert list(record_faults()) == []
    change("patients_consent", f"signature_id = '{other.pk}'", consent.pk)
    said = [each for each in record_faults() if "made for another record" in each]
    assert len(said) == 1
    assert f"Consent of {consent.patient.record_number}, number {consent.pk} in the database: it bears" in said[0]
    client.force_login(operator.user)
    assert "verify: tell the manager" in client.get(reverse("consent", args=[consent.pk])).content.decode()


def test_a_document_that_was_deleted_is_named_by_its_code(consent: Consent) -> None:
    document = SealedDocument.objects.get(kind="consent")
    with past_the_triggers() as cursor:
        cursor.execute("DELETE FROM clinic_sealeddocument WHERE id = %s", [document.pk])
    (said,) = record_faults()
    assert f"Consent of {consent.patient.record_number}, " in said
    assert f", document {document.code}: it is gone (entry " in said


def test_a_document_whose_entry_names_no_code_has_no_empty_one(consent: Consent) -> None:
    document = SealedDocument.objects.get(kind="consent")
    with past_the_triggers() as cursor:
        cursor.execute("UPDATE clinic_trailevent SET body = '{}' WHERE object_type = 'clinic.SealedDocument'")
        cursor.execute("DELETE FROM clinic_sealeddocument WHERE id = %s", [document.pk])
    (said,) = (each for each in record_faults() if ": it is gone (entry " in each)
    assert f"Sealed document of {consent.patient.record_number}, " in said
    assert "document :" not in said
    assert "  " not in said


def test_a_certification_is_named_as_one(site: Site, operator: Actor) -> None:
    uncertify(operator.user)
    certify(by=operator, confirmed=confirmed(operator), at=clock.now())
    with past_the_triggers() as cursor:
        cursor.execute("UPDATE clinic_certification SET statement = 'Nothing'")
    (said,) = record_faults()
    assert f"Certification of a signature “{operator.name}”, " in said
    assert ": it was changed in the database (entry " in said


@pytest.mark.parametrize(
    "what",
    ["patient_id = NULL", "code = '00000000'", "kind = 'checklist'", "subject_id = '4711'", "sealed_by_name = 'X'",
     "sealed_at = sealed_at - interval '1 day'", "content = '{}', content_sha256 = encode(sha256('{}'), 'hex')"],
)  # fmt: skip
def test_a_document_that_says_something_else_beside_its_content_is_named(consent: Consent, what: str) -> None:
    document = SealedDocument.objects.get(kind="consent")
    code = document.code
    change("clinic_sealeddocument", what, document.pk)
    (said,) = record_faults()
    assert code in said
    document.refresh_from_db()
    assert verify_content(document)


@pytest.mark.parametrize("what", ["title = 'Checklist'", "subject_version = '9'"])
def test_a_document_is_called_what_its_content_calls_it(consent: Consent, what: str) -> None:
    document = SealedDocument.objects.get(kind="consent")
    assert verify_content(document) == []
    change("clinic_sealeddocument", what, document.pk)
    document.refresh_from_db()
    assert verify_content(document) == ["What, about whom, by whom or when it was sealed isn't what was recorded."]


def test_the_command_fails_over_it(consent: Consent) -> None:
    change("clinic_signature", "printed_name = 'Somebody Else'", consent.signature_id)
    with pytest.raises(CommandError, match="signed and sealed"):
        call_command("verify_trail")


def test_each_signature_document_and_row_is_named_with_its_site(
    consent: Consent, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Entries are counted by site, and documents and records of all sites stand in one list."""
    where = f"site {site.pk} (N, Site North)"
    change("clinic_signature", "printed_name = 'Somebody Else'", consent.signature_id)
    document = SealedDocument.objects.get(kind="consent")
    change("clinic_sealeddocument", "kind = 'checklist'", document.pk)
    change("patients_consent", "signed_name = 'Somebody Else'", consent.pk)
    said = list(record_faults())
    assert len(said) == 3
    assert all(each.startswith(f"{where}: ") for each in said)
    with pytest.raises(CommandError, match=rf"isn't what the trail says: site {site.pk} \(N, Site North\): "):
        call_command("verify_trail")
    assert f"{where}, document {document.code}: " in capsys.readouterr().err
    other = uuid.uuid4()
    change("clinic_signature", f"id = '{other}'", consent.signature_id)
    said = list(record_faults())
    change("clinic_signature", f"id = '{consent.signature_id}'", other)  # the consent's own key points at it
    assert len(said) == 4
    assert all(each.startswith(f"{where}: ") for each in said)


@pytest.mark.parametrize("altered", ["reason = 'Something else'", "body = '{}'", "patient_id = NULL"])
def test_an_altered_entry_is_told_with_its_record_and_without_a_name(
    consent: Consent, capsys: pytest.CaptureFixture[str], altered: str
) -> None:
    event = TrailEvent.objects.filter(object_type="patients.Patient").latest("pk")
    change("clinic_trailevent", altered, event.pk)
    with pytest.raises(CommandError, match="first broken entry"):
        call_command("verify_trail")
    said = capsys.readouterr().err
    about = "number" if "NULL" in altered else f"Patient of {consent.patient.record_number}"
    assert f"entry {event.seq}: " in said
    assert "; it says it is about: Patient" in said
    assert about in said
    assert "Bruno" not in said
