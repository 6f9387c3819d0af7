"""Which records take a second signature, of whom: on its page, on the document sealed anew, and in the trail."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from audit.month6.models import PhotoAudit
from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.amending.models import CoSignature
from clinic.amending.services import co_sign, confirm_other
from clinic.documents.models import SealedDocument
from clinic.documents.queries import documents_about, latest_about_the_same
from clinic.documents.templates import html_of
from clinic.errors import NotAllowed, Refused
from clinic.signing.against_trail import record_faults
from clinic.signing.models import Meaning
from clinic.trail.models import TrailEvent
from clinic.trail.unit import unit_of_work
from patients.consents.models import Consent
from patients.screening.models import PatientChecklist
from tests.audit.month6.test_audits import DUE, graded, opened, photos, signed
from tests.audit.weekly.given import MONDAY, WEEK, sign
from tests.factories import PASSWORD, make_actor
from tests.pages import signature_states, words
from tests.protocols.builders import approved_formulation
from tests.sessions.builders import signed_preparation
from tests.sessions.rooms import Room, ready_room
from tests.tampering import change

pytestmark = pytest.mark.django_db


def a_consent(site: Site) -> tuple[Model, str]:
    room = ready_room(site, operator=make_actor(site, Role.OPERATOR, name="Olga Demo"))
    row = Consent.objects.get(patient=room.patient)
    return row, reverse("consent", args=[row.pk])


def a_checklist(site: Site) -> tuple[Model, str]:
    ready_room(site, operator=make_actor(site, Role.OPERATOR, name="Olga Demo"))
    row = PatientChecklist.objects.get()
    return row, reverse("checklist", args=[row.pk])


@unit_of_work
def photographed(room: Room) -> PhotoAudit:
    """Take the photographs and open the audit, whose entry tells of both."""
    photos(room)
    return opened(room)


def an_audit(site: Site) -> tuple[Model, str]:
    with clock.moved_to(DUE - timedelta(days=181)):
        room = ready_room(site)
    with clock.moved_to(DUE):
        physician = make_actor(site, Role.PHYSICIAN, name="Olga Demo")
        row: PhotoAudit = signed(graded(photographed(room), physician), physician)
    return row, reverse("photo_audit", args=[row.pk])


def a_week(site: Site) -> tuple[Model, str]:
    with clock.moved_to(MONDAY - timedelta(days=5)):
        signed_preparation(site, approved_formulation(site))
    with clock.moved_to(MONDAY):
        row = sign(make_actor(site, Role.MANAGER, name="Olga Demo"))
    return row, reverse("week", args=[WEEK.year, WEEK.number])


type Made = Callable[[Site], tuple[Model, str]]
#: What is made, and each second signature with a role that may give it and one that may not.
RECORDS: list[tuple[Made, Meaning, Role, Role]] = [
    (a_consent, Meaning.WITNESSED, Role.FRONT_DESK, Role.PREPARER),
    (a_checklist, Meaning.REVIEWED, Role.PHYSICIAN, Role.FRONT_DESK),
    (a_checklist, Meaning.SUPERVISED, Role.PHYSICIAN, Role.AUDITOR),
    (an_audit, Meaning.CHECKED, Role.PHYSICIAN, Role.AUDITOR),
    (an_audit, Meaning.REVIEWED, Role.AUDITOR, Role.OPERATOR),
    (a_week, Meaning.CHECKED, Role.MANAGER, Role.PHYSICIAN),
    (a_week, Meaning.REVIEWED, Role.AUDITOR, Role.OPERATOR),
]
NAMES = [f"{made.__name__}-{meaning}" for made, meaning, _may, _may_not in RECORDS]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    """All is signed by then."""
    with clock.moved_to(DUE + timedelta(minutes=1)):
        yield


@pytest.fixture
def other(site: Site) -> Actor:
    """Who is signed in at the screen: somebody who reads everything."""
    return make_actor(site, Role.PHYSICIAN, Role.MANAGER, name="Nora Demo")


def second(by: Actor, document: SealedDocument, person: Actor, meaning: Meaning) -> CoSignature:
    signer, proof = confirm_other(by=by, email=person.user.email, password=PASSWORD)
    return co_sign(by=by, other=signer, confirmed=proof, document=document, seen=0, meaning=meaning, at=proof.at)


@pytest.mark.parametrize(("made", "meaning", "may", "may_not"), RECORDS, ids=NAMES)
def test_a_second_person_signs_on_the_page_and_stands_on_everything(
    client: Client, site: Site, other: Actor, made: Made, meaning: Meaning, may: Role, may_not: Role
) -> None:
    row, page = made(site)
    first = documents_about(row)[0]
    client.force_login(other.user)
    address = reverse("co_sign_document", args=[first.code])
    assert address in client.get(page).content.decode()
    states = len(signature_states(client.get(page)))
    person = make_actor(site, may, name="Dino Demo")
    sent: dict[str, Any] = {"meaning": meaning, "email": person.user.email, "password": "wrong", "seen": 0}
    assert client.post(address, sent).status_code == 422
    assert client.post(address, sent | {"password": PASSWORD}).status_code == 302
    added = CoSignature.objects.get()
    # on the record's page
    shown = client.get(page)
    assert signature_states(shown) == ["Valid"] * (states + 1)
    assert f"Meaning {meaning.label}" in words(shown)
    # on the document: a second one, and the first says so
    newest = latest_about_the_same(first)
    assert newest == added.document != first
    assert [each["name"] for each in json.loads(newest.content)["signatures"]][1:] == ["Dino Demo"]
    assert "Dino Demo" in html_of(newest)
    assert newest.code in words(client.get(reverse("document", args=[first.code])))
    # in the trail, which misses it when it is gone
    event = TrailEvent.objects.get(object_type="clinic.CoSignature", action="sign")
    assert event.actor_id == person.user.pk
    assert list(record_faults()) == []
    change("DELETE FROM clinic_cosignature WHERE id = %s", added.pk)
    assert [each for each in record_faults() if "Second signature " in each and ": it is gone (entry " in each]
    assert signature_states(client.get(page))[0] == "Doesn't verify"


@pytest.mark.parametrize(("made", "meaning", "may", "may_not"), RECORDS, ids=NAMES)
def test_neither_who_signed_nor_who_may_not_signs_second(
    site: Site, other: Actor, made: Made, meaning: Meaning, may: Role, may_not: Role
) -> None:
    row, _page = made(site)
    document = documents_about(row)[0]
    with pytest.raises(NotAllowed):
        second(other, document, make_actor(site, may_not), meaning)
    signer: Any = row
    own = Actor.at_site(user=signer.signature.user, site=site, roles=[*Role])
    with pytest.raises(Refused, match="signed this record"):
        second(other, document, own, meaning)
    with pytest.raises(Refused, match="somebody else than you"):
        confirm_other(by=own, email=own.user.email, password=PASSWORD)
    with pytest.raises(Refused, match="no such second signature"):
        second(other, document, make_actor(site, *Role), Meaning.APPROVED)
    assert not CoSignature.objects.exists()


def test_a_witness_changes_nothing_of_what_a_consent_is_worth(site: Site, other: Actor) -> None:
    row, _page = a_consent(site)
    before = Consent.objects.get(pk=row.pk)
    second(other, documents_about(row)[0], make_actor(site, Role.FRONT_DESK), Meaning.WITNESSED)
    after = Consent.objects.get(pk=row.pk)
    assert (after.signature_id, after.signed_at) == (before.signature_id, before.signed_at)
