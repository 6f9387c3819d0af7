"""An amendment is seen where the record is read: beside the original, and as a chip wherever the record is a row."""

import json
import re
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.amending.entries import entries_of
from clinic.amending.models import Amendment
from clinic.amending.services import amend
from clinic.documents.models import SealedDocument
from clinic.documents.queries import documents_about
from clinic.errors import NotAllowed, Refused
from patients.consents.models import Consent
from patients.consents.queries import consent_in_force
from patients.photos.models import PhotoSet
from patients.photos.services import seal_set
from patients.screening.models import PatientChecklist
from sessions.gate.gate import gate_for
from sessions.gate.stops import StopCode
from sessions.treatment.models import TreatmentSession
from tests.factories import confirmed, make_actor
from tests.pages import leads_back
from tests.patients.photos.sets import opened
from tests.sessions.rooms import Room, consented, ready_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(site: Site) -> Room:
    """A patient with everything signed; the operator takes photographs as well."""
    return ready_room(site, operator=make_actor(site, Role.OPERATOR, Role.PHOTO_TECHNICIAN, name="Olga Demo"))


def amended(by: Actor, row: Model, **changed: Any) -> Amendment:
    document = documents_about(row).exclude(kind="label").first()
    assert document is not None
    entry = entries_of(json.loads(document.content))[0]
    proof = confirmed(by)
    values = {"seen": 0, "entry": entry.label, "correct": "What is right.", "reason": "Misheard."} | changed
    return amend(by=by, document=document, confirmed=proof, at=proof.at, **values)


def page_of(client: Client, route: str, row: Model) -> str:
    return client.get(reverse(route, args=[row.pk])).content.decode()


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def read_beside(client: Client, by: Actor, route: str, row: Model, **changed: Any) -> Amendment:
    """Amend `row` and expect its page to offer that before, and to show it beside what was signed after."""
    first = documents_about(row).exclude(kind="label")[0]
    before = page_of(client, route, row)
    assert reverse("amend_document", args=[first.code]) in before
    assert "Amended" not in words(before)
    made = amended(by, row, **changed)
    page = page_of(client, route, row)
    assert made.document.code in page
    assert reverse("document", args=[first.code]) not in page  # one button for the document: the newest
    said = words(page)
    at = said.index("Amendments")
    for word in (made.as_signed, "What is right.", "Misheard.", "Olga Demo"):
        assert " ".join(word.split()) in said[at:]
    assert page.index("beside-was") < page.index("beside-is")
    return made


class TestTheRecordsPage:
    """Where each kind of record is read."""

    def test_a_checklist(self, client: Client, room: Room) -> None:
        client.force_login(room.operator.user)
        row = PatientChecklist.objects.get()
        read_beside(client, room.operator, "checklist", row)
        assert "As signed: Proceed" in words(page_of(client, "checklist", row))

    def test_a_session_and_its_preparation(self, client: Client, room: Room) -> None:
        client.force_login(room.operator.user)
        row: TreatmentSession = room.signed()
        read_beside(client, room.operator, "treatment_session", row)
        preparer = make_actor(room.site, Role.PREPARER, name="Olga Demo")
        client.force_login(preparer.user)
        assert row.vial is not None
        read_beside(client, preparer, "preparation", row.vial.preparation)

    def test_who_may_not_amend_reads_the_amendment_and_sees_no_button(self, client: Client, room: Room) -> None:
        row: TreatmentSession = room.signed()
        made = amended(room.operator, row)
        client.force_login(make_actor(room.site, Role.AUDITOR).user)
        page = page_of(client, "treatment_session", row)
        assert "What is right." in page
        assert reverse("amend_document", args=[made.document.code]) not in page


class TestConsent:
    """What a patient agreed to is theirs to say: an amended consent counts no longer."""

    def test_it_is_read_beside_and_asked_for_again(self, client: Client, room: Room) -> None:
        client.force_login(room.operator.user)
        row = Consent.objects.get()
        assert consent_in_force(room.patient) == row
        read_beside(client, room.operator, "consent", row)
        assert "It counts no longer" in page_of(client, "consent", row)
        assert consent_in_force(room.patient) is None
        stops = gate_for(by=room.operator, planned=room.planned, vial=None, at=clock.now())
        assert StopCode.NO_CONSENT in {stop.code for stop in stops}
        again = consented(room.patient, room.approved, by=room.operator, at=clock.now())
        assert consent_in_force(room.patient) == again

    def test_the_form_says_so_before(self, client: Client, room: Room) -> None:
        client.force_login(room.operator.user)
        for kind, sentence in (("consent", "An amended consent counts"), ("checklist", "An amended checklist counts")):
            document = SealedDocument.objects.get(kind=kind)
            page = client.get(reverse("amend_document", args=[document.code]))
            assert sentence in page.content.decode()
            assert leads_back(page) == reverse("document", args=[document.code])


class TestPhotoSet:
    """A complete set is sealed when it is first amended."""

    def test_it_is_sealed_once_and_read_beside(self, client: Client, room: Room) -> None:
        client.force_login(room.operator.user)
        row = PhotoSet.objects.get()
        address = reverse("photo_set_amend", args=[row.pk])
        assert address in page_of(client, "photo_set", row)
        first, second = client.post(address), client.post(address)
        document = documents_about(row).get()
        assert first.url == second.url == reverse("amend_document", args=[document.code])
        sealed = json.loads(document.content)
        assert [each["sha256"] for each in sealed["photos"]] == list(row.photos.values_list("sha256", flat=True))
        assert address not in page_of(client, "photo_set", row)
        read_beside(client, room.operator, "photo_set", row, entry="")

    def test_an_open_set_isnt_amended(self, room: Room) -> None:
        with pytest.raises(Refused, match="still open"):
            seal_set(by=room.operator, photo_set=opened(room.operator, room.patient), at=clock.now())

    def test_who_takes_no_photographs_seals_none(self, room: Room) -> None:
        with pytest.raises(NotAllowed):
            seal_set(by=make_actor(room.site, Role.PREPARER), photo_set=PhotoSet.objects.get(), at=clock.now())


class TestRows:
    """Rows of the patient's pages and of the lists say "Amended" instead of what the record came to."""

    def test_on_the_patients_pages(self, client: Client, room: Room) -> None:
        client.force_login(room.operator.user)
        session: TreatmentSession = room.signed()
        photos = PhotoSet.objects.get()
        seal_set(by=room.operator, photo_set=photos, at=clock.now())
        pages = [reverse(name, args=[room.patient.pk]) for name in ("patient", "patient_history")]
        for address in pages:
            assert ">Amended<" not in client.get(address).content.decode()
        for row in (PatientChecklist.objects.get(), Consent.objects.get(), photos, session):
            amended(room.operator, row, entry="")
        first, history = (words(client.get(address).content.decode()) for address in pages)
        assert first.count("Amended") == 3  # checklist, consent, photographs
        assert history.count("Amended") == 4
        assert "Proceed" not in history

    def test_the_patients_page_asks_for_another_checklist(self, client: Client, room: Room) -> None:
        client.force_login(room.operator.user)
        amended(room.operator, PatientChecklist.objects.get(), entry="")
        page = words(client.get(reverse("patient", args=[room.patient.pk])).content.decode())
        assert "The last checklist was amended after it was signed and counts no longer. Take a new one." in page

    def test_on_the_lists(self, client: Client, room: Room) -> None:
        session: TreatmentSession = room.signed()
        assert session.vial is not None
        preparer = make_actor(room.site, Role.PREPARER)
        amended(room.operator, session)
        amended(preparer, session.vial.preparation)
        client.force_login(room.operator.user)
        assert "Amended" in client.get(reverse("session_list")).content.decode()
        client.force_login(preparer.user)
        assert "Amended" in client.get(reverse("preparation_list")).content.decode()


class TestAnEntryThatWasEmpty:
    """What nothing was entered in when it was signed says so beside the amendment; it shows nothing else instead."""

    def test_it_says_that_nothing_was_entered(self, client: Client, room: Room) -> None:
        client.force_login(room.operator.user)
        row: TreatmentSession = room.signed()
        url = reverse("amend_document", args=[documents_about(row).exclude(kind="label")[0].code])
        assert "Session · Notes: nothing entered" in client.get(url).content.decode()
        made = amended(room.operator, row, entry="Session · Notes", correct="She felt dizzy.")
        assert made.as_signed == ""
        (was,) = re.findall(
            r'<div class="beside-was">(.*?)</div>', page_of(client, "treatment_session", row), re.DOTALL
        )
        assert words(was) == "As signed Nothing entered."
        assert "Nothing entered." in json.dumps(json.loads(made.document.content)["amended"])

    def test_the_record_as_a_whole_is_what_its_page_shows(self, client: Client, room: Room) -> None:
        client.force_login(room.operator.user)
        row: TreatmentSession = room.signed()
        made = amended(room.operator, row, entry="", correct="It was in room 2.")
        page = words(page_of(client, "treatment_session", row))
        assert "As signed The record as it stands on this page." in page
        assert "Nothing entered" not in json.dumps(json.loads(made.document.content)["amended"])
