"""The pages of a sealed document say of each signature how it stands, and which document took its place."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.amending.models import Amendment, CoSignature
from clinic.amending.services import amend, co_sign, confirm_other
from clinic.documents.models import SealedDocument
from clinic.signing.models import Meaning
from demo.pictures import signature_png
from patients.consents.ending import why_ended
from patients.consents.services import take_consent, withdraw_consent
from tests.factories import PASSWORD, confirmed, make_actor
from tests.pages import signature_states, source, words
from tests.patients.builders import registered_patient
from tests.protocols.builders import approved, approved_formulation, draft_consent, next_version
from tests.tampering import past_the_triggers

pytestmark = pytest.mark.django_db
PAGES = ("document", "check_document")


def amended(by: Actor, document: SealedDocument, *, seen: int = 0) -> Amendment:
    at = clock.now()
    return amend(
        by=by, document=document, seen=seen, entry="", correct="It was 2.5 mL.", reason="Misread", at=at,
        confirmed=confirmed(by, at),
    )  # fmt: skip


def checked(by: Actor, document: SealedDocument, other: Actor, *, seen: int = 0) -> CoSignature:
    second, proof = confirm_other(by=by, email=other.user.email, password=PASSWORD)
    return co_sign(
        by=by, other=second, confirmed=proof, document=document, seen=seen, meaning=Meaning.CHECKED, at=proof.at
    )


@pytest.mark.parametrize("route", PAGES)
def test_a_signature_of_the_newest_version_is_valid(
    client: Client, preparer: Actor, document: SealedDocument, route: str
) -> None:
    client.force_login(preparer.user)
    assert signature_states(client.get(reverse(route, args=[document.code]))) == ["Valid"]


def test_the_documents_page_shows_both_versions_and_what_came_since(
    client: Client, preparer: Actor, checker: Actor, document: SealedDocument
) -> None:
    client.force_login(preparer.user)
    checked(preparer, document, checker)
    page = client.get(reverse("document", args=[document.code]))
    assert signature_states(page) == ["Valid", "Valid"]
    since = words(page).partition("Signed since this document was sealed")[2]
    assert "Dino Demo" in since
    assert "checked independently" in since
    made = amended(preparer, document)
    page = client.get(reverse("document", args=[document.code]))
    assert signature_states(page) == ["Superseded", "Superseded", "Valid"]
    assert words(page).count("Version 2 (this signed Version 1)") == 2
    assert reverse("document", args=[made.document.code]) in source(page)
    said = words(page)
    assert f"The record was amended, and is at version 2. Preparation record {made.document.code} , version 2" in said
    # On the newest document all of them stand, the old ones as what they are.
    newest = client.get(reverse("document", args=[made.document.code]))
    assert sorted(signature_states(newest)) == ["Superseded", "Superseded", "Valid"]
    assert "Signed since" not in words(newest)
    assert "was amended, and is at" not in words(newest)


def test_the_public_check_says_the_same_and_names_nobody(
    client: Client, preparer: Actor, checker: Actor, document: SealedDocument
) -> None:
    checked(preparer, document, checker)
    made = amended(preparer, document)
    page = client.get(reverse("check_document", args=[document.code]))
    assert signature_states(page) == ["Superseded", "Superseded", "Valid"]
    said = words(page)
    for expected in (
        "prepared as recorded", "checked independently", "amended", "Version 1 · superseded by Version 2",
        f"Document {made.document.code} (version 2) took its place on",
    ):  # fmt: skip
        assert expected in said
    assert not [name for name in ("Clara", "Dino", "Demo", "Preparer", "Misread", "2.5 mL") if name in said]
    assert reverse("document", args=[made.document.code]) not in source(page)
    client.force_login(preparer.user)
    page = client.get(reverse("check_document", args=[document.code]))
    assert reverse("document", args=[made.document.code]) in source(page)


@pytest.mark.parametrize("route", PAGES)
@pytest.mark.parametrize(
    ("change", "states"),
    [
        ("UPDATE clinic_signature SET printed_name = 'Somebody Else' WHERE meaning = 'prepared'",
         ["Doesn't verify", "Valid"]),
        ("UPDATE treatment_sessions_preparation SET notes = 'Something else'", ["Doesn't verify", "Valid"]),
        ("UPDATE clinic_cosignature SET meaning = 'witnessed'", ["Valid", "Doesn't verify"]),
        ("DELETE FROM clinic_cosignature", ["Doesn't verify"]),
    ],
)  # fmt: skip
def test_what_was_changed_past_the_clinic_doesnt_verify(
    client: Client, preparer: Actor, checker: Actor, document: SealedDocument, route: str, change: str,
    states: list[str],
) -> None:  # fmt: skip
    checked(preparer, document, checker)
    client.force_login(preparer.user)
    with past_the_triggers() as cursor:
        cursor.execute(change)
    page = client.get(reverse(route, args=[document.code]))
    assert signature_states(page) == states
    if route == "check_document":
        assert "Don't rely on this document before the clinic has looked into it" in words(page)
        assert "Genuine" not in words(page)
    assert ("second signature under version 1" in words(page)) == change.startswith("DELETE")


def test_a_signature_that_is_gone_is_said_to_be(client: Client, preparer: Actor, document: SealedDocument) -> None:
    client.force_login(preparer.user)
    with past_the_triggers() as cursor:
        cursor.execute("UPDATE clinic_signature SET id = %s WHERE meaning = 'prepared'", [uuid.uuid4()])
        said = [words(client.get(reverse(route, args=[document.code]))) for route in PAGES]
        cursor.execute(
            "UPDATE clinic_signature s SET id = p.signature_id FROM treatment_sessions_preparation p "
            "WHERE s.object_type = 'treatment_sessions.Preparation'"
        )
    assert "Clara Demo Gone: tell the manager" in said[0]
    assert "Gone" in said[1]
    assert "Genuine" not in said[1]


def test_an_approval_is_superseded_by_the_next_version(client: Client, site: Site) -> None:
    first = approved_formulation(site)
    document = SealedDocument.objects.get(kind=first.kind, subject_id=str(first.pk))
    client.force_login(make_actor(site, Role.AUDITOR).user)
    assert signature_states(client.get(reverse("document", args=[document.code]))) == ["Valid"]
    second = approved(next_version(first))
    newer = SealedDocument.objects.get(kind=first.kind, subject_id=str(second.pk))
    for route in PAGES:
        page = client.get(reverse(route, args=[document.code]))
        assert signature_states(page) == ["Superseded"]
        assert reverse("document", args=[newer.code]) in source(page)
        assert "Version 1" in words(page)
        assert "Version 2" in words(page)
        assert signature_states(client.get(reverse(route, args=[newer.code]))) == ["Valid"]


def test_a_consent_that_was_taken_back_is_revoked(client: Client, site: Site) -> None:
    operator = make_actor(site, Role.OPERATOR, name="Olga Demo")
    script, patient = approved(draft_consent(site)), registered_patient(site, "Demo", "Bruno")

    def taken() -> SealedDocument:
        consent = take_consent(
            by=operator, patient=patient, script_version=script, drawing_png=signature_png(7),
            statements=[row.pk for row in script.statements.all()], signed_name="Bruno Demo", photos_for_record=True,
            photos_for_teaching=False, submission_key=uuid.uuid4(), at=clock.now(),
        )  # fmt: skip
        return SealedDocument.objects.get(kind="consent", subject_id=str(consent.pk))

    first = taken()
    client.force_login(operator.user)
    assert signature_states(client.get(reverse("document", args=[first.code]))) == ["Valid"]
    assert "Witness Olga Demo" in words(client.get(reverse("document", args=[first.code])))
    second = taken()
    for route in PAGES:
        page = client.get(reverse(route, args=[first.code]))
        assert signature_states(page) == ["Superseded"]
        assert reverse("document", args=[second.code]) in source(page)
    consent = patient.consents.order_by("-signed_at", "-id").first()
    withdraw_consent(by=operator, consent=consent, reason="Changed his mind.", at=clock.now())
    for route in PAGES:
        page = client.get(reverse(route, args=[second.code]))
        assert signature_states(page) == ["Revoked"]
        assert "The consent was taken back on" in words(page)
    client.logout()
    assert "Changed his mind" not in words(client.get(reverse("check_document", args=[second.code])))
    with past_the_triggers() as cursor:
        cursor.execute("DELETE FROM patients_consentwithdrawal")
    assert "Don't rely on this document" in words(client.get(reverse("check_document", args=[second.code])))
    assert "The consent was taken back on" in why_ended(second.subject_id)
