"""Amending what was signed: the original stays, the correction stands beside it, signed, and the newer paper wins."""

import json
import subprocess
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.amending.entries import Entry, entries_of
from clinic.amending.models import Amendment
from clinic.amending.services import amend
from clinic.documents import snapshots
from clinic.documents.making import make_rendering
from clinic.documents.models import SealedDocument
from clinic.documents.queries import latest_about_the_same
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.signing.models import Meaning
from clinic.signing.services import verifies
from clinic.trail.models import TrailEvent
from patients.screening.models import PatientChecklist
from tests.factories import PASSWORD, confirmed, make_actor
from tests.patients.builders import registered_patient, signed_checklist, with_intake
from tests.protocols.builders import approved_everything


def test_the_entries_are_all_that_a_document_says() -> None:
    content = {
        "sections": [
            snapshots.fields("Given", [("Points", "88"), ("Needle", "30G")]),
            snapshots.table("Zones", ("Zone", "Points", "mL"), [("Vertex", "40", "2.00")]),
            snapshots.paragraphs("Note", ["Went well."]),
        ],
        "items": [{"number": 1, "question": "Bleeding disorder?", "answer": "No", "detail": ""}],
    }
    assert entries_of(content) == [
        Entry("Given · Points", "88"), Entry("Given · Needle", "30G"), Entry("Zones · Vertex · Points", "40"),
        Entry("Zones · Vertex · mL", "2.00"), Entry("Note · 1", "Went well."),
        Entry("1 · Bleeding disorder?", "No"),
    ]  # fmt: skip


@pytest.fixture
def operator(site: Site) -> Actor:
    """Who screens."""
    return make_actor(site, Role.OPERATOR)


@pytest.fixture
def checklist(site: Site, operator: Actor) -> PatientChecklist:
    """A signed checklist."""
    version = approved_everything(site).formulations[0]
    patient = registered_patient(site)
    with_intake(patient, by=operator)
    return signed_checklist(patient, version, by=operator)


@pytest.fixture
def document(checklist: PatientChecklist) -> SealedDocument:
    """Its document."""
    return SealedDocument.objects.get(kind="checklist")


def amended(by: Actor, document: SealedDocument, **changed: Any) -> Amendment:
    entry = entries_of(json.loads(document.content))[0]
    values = {
        "seen": 0, "entry": entry.label, "correct": "It was answered the other way.",
        "reason": "Mixed up two patients.",
    } | changed  # fmt: skip
    proof = confirmed(by)
    return amend(by=by, document=document, confirmed=proof, at=proof.at, **values)


@pytest.mark.django_db
class TestAmending:
    """The service."""

    def test_the_original_stays_and_the_amended_document_says_both(
        self, operator: Actor, document: SealedDocument, checklist: PatientChecklist
    ) -> None:
        entry = entries_of(json.loads(document.content))[0]
        before = document.content
        amendment = amended(operator, document)
        document.refresh_from_db()
        assert document.content == before
        assert (amendment.number, amendment.as_signed) == (2, entry.value)
        newer = latest_about_the_same(document)
        assert newer == amendment.document
        content = json.loads(newer.content)
        assert content["items"] == json.loads(before)["items"]
        cells = [cell["text"] for cell in content["amended"][0]["rows"][0]["cells"]]
        assert cells[:5] == ["2", entry.label, entry.value, "It was answered the other way.", "Mixed up two patients."]
        meanings = [signature["meaning"] for signature in content["signatures"]]
        assert meanings[-1] == str(Meaning.AMENDED.label)
        assert len(meanings) == len(json.loads(before)["signatures"]) + 1
        assert verifies(amendment.signature)
        event = TrailEvent.objects.filter(reason="Mixed up two patients.").latest("id")
        assert (event.object_type, event.patient_id) == ("clinic.Amendment", checklist.patient_id)

    def test_a_second_one_is_the_third_version_and_keeps_the_first(
        self, operator: Actor, document: SealedDocument
    ) -> None:
        first = amended(operator, document)
        second = amended(operator, first.document, seen=1, entry="", correct="Noted late.")
        assert second.number == 3
        rows = json.loads(second.document.content)["amended"][0]["rows"]
        assert [row["cells"][0]["text"] for row in rows] == ["2", "3"]
        assert second.original == document

    def test_an_amendment_that_the_page_didnt_show_is_read_first(
        self, operator: Actor, document: SealedDocument
    ) -> None:
        amended(operator, document)
        with pytest.raises(StaleWrite):
            amended(operator, document)
        assert Amendment.objects.count() == 1

    def test_who_may_not_sign_such_a_record_may_not_amend_it(self, site: Site, document: SealedDocument) -> None:
        with pytest.raises(NotAllowed):
            amended(make_actor(site, Role.PREPARER), document)

    def test_another_sites_document_isnt_amended(self, other_site: Site, document: SealedDocument) -> None:
        with pytest.raises(NotAllowed):
            amended(make_actor(other_site, Role.OPERATOR), document)

    @pytest.mark.parametrize("wrong", [{"reason": " . "}, {"correct": ""}, {"entry": "No such entry"}])
    def test_it_says_what_and_why(self, operator: Actor, document: SealedDocument, wrong: dict[str, str]) -> None:
        with pytest.raises(Refused):
            amended(operator, document, **wrong)
        assert not Amendment.objects.exists()

    @pytest.mark.parametrize("statement", ["UPDATE clinic_amendment SET correct = 'x'", "DELETE FROM clinic_amendment"])
    def test_sql_changes_no_amendment(self, operator: Actor, document: SealedDocument, statement: str) -> None:
        amended(operator, document)
        with pytest.raises(Exception, match="cannot be changed"), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_its_pdf_prints_the_amendment(self, operator: Actor, document: SealedDocument) -> None:
        amendment = amended(operator, document)
        rendering = make_rendering(document=amendment.document, at=clock.now())
        assert rendering is not None
        with rendering.file.open("rb") as file:
            done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=file.read(), capture_output=True, check=True)
        words = " ".join(done.stdout.decode().split())
        assert "It was answered the other way." in words
        assert "Mixed up two patients." in words


@pytest.mark.django_db
class TestPages:
    """On the screen."""

    def test_it_is_signed_on_a_page_and_shown_beside_the_original(
        self, client: Client, operator: Actor, document: SealedDocument, checklist: PatientChecklist
    ) -> None:
        client.force_login(operator.user)
        address = reverse("amend_document", args=[document.code])
        record = reverse("checklist", args=[checklist.pk])
        assert "Valid" in client.get(record).content.decode()
        assert address in client.get(reverse("document", args=[document.code])).content.decode()
        entry = entries_of(json.loads(document.content))[0]
        sent = {"seen": 0, "entry": entry.label, "correct": "The other way.", "reason": "Misheard.", "password": "no"}
        refused = client.post(address, sent)
        assert refused.status_code == 422
        assert "The other way." in refused.content.decode()
        done = client.post(address, sent | {"password": PASSWORD})
        amendment = Amendment.objects.get()
        assert done.url == reverse("document", args=[amendment.document.code])
        page = client.get(record).content.decode()
        assert "Superseded" in page
        assert "The other way." in page
        old = client.get(reverse("document", args=[document.code])).content.decode()
        assert "A newer document replaces this one" in old

    def test_who_may_not_amend_is_refused_and_sees_no_button(
        self, client: Client, site: Site, document: SealedDocument
    ) -> None:
        auditor = make_actor(site, Role.AUDITOR)
        client.force_login(auditor.user)
        address = reverse("amend_document", args=[document.code])
        assert client.get(address).status_code == client.post(address).status_code == 403
        assert address not in client.get(reverse("document", args=[document.code])).content.decode()
