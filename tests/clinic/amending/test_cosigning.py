"""A second person signs at the same screen: somebody else, with their own password, who has the right."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Role
from clinic.amending.models import CoSignature
from clinic.amending.services import amend, co_sign, confirm_other
from clinic.documents.models import SealedDocument
from clinic.documents.queries import latest_about_the_same
from clinic.errors import NotAllowed, Refused, WrongPassword
from clinic.signing.models import Meaning
from clinic.signing.services import verifies
from clinic.trail.models import TrailEvent
from tests.factories import PASSWORD, confirmed, make_actor
from tests.protocols.builders import approved_formulation
from tests.sessions.builders import signed_preparation

pytestmark = pytest.mark.django_db


@pytest.fixture
def preparer(site: Site) -> Actor:
    """Who prepared and is signed in."""
    return make_actor(site, Role.PREPARER, name="Clara Demo")


@pytest.fixture
def checker(site: Site) -> Actor:
    """Somebody else who prepares."""
    return make_actor(site, Role.PREPARER, name="Dino Demo")


@pytest.fixture
def document(site: Site, preparer: Actor) -> SealedDocument:
    """The document of a signed preparation."""
    signed_preparation(site, approved_formulation(site), preparer=preparer)
    return SealedDocument.objects.get(kind="preparation")


def checked(by: Actor, document: SealedDocument, email: str, meaning: Meaning = Meaning.CHECKED) -> CoSignature:
    other, proof = confirm_other(by=by, email=email, password=PASSWORD)
    return co_sign(by=by, other=other, confirmed=proof, document=document, meaning=meaning, at=proof.at)


def test_the_checker_signs_and_the_newest_paper_carries_both_names(
    preparer: Actor, checker: Actor, document: SealedDocument
) -> None:
    before = document.content
    added = checked(preparer, document, checker.user.email.upper())
    document.refresh_from_db()
    assert document.content == before
    assert (added.signed_by, added.at_screen_of) == (checker.user, preparer.user)
    assert verifies(added.signature)
    content = json.loads(latest_about_the_same(document).content)
    assert [each["name"] for each in content["signatures"]] == ["Clara Demo", "Dino Demo"]
    event = TrailEvent.objects.filter(object_type="clinic.CoSignature", action="create").get()
    assert event.actor_name == "Dino Demo"
    assert "Clara Demo" in event.body


def test_a_second_click_is_one_signature(preparer: Actor, checker: Actor, document: SealedDocument) -> None:
    assert checked(preparer, document, checker.user.email) == checked(preparer, document, checker.user.email)
    assert CoSignature.objects.count() == 1


def test_oneself_isnt_a_second_person(preparer: Actor, document: SealedDocument) -> None:
    with pytest.raises(Refused, match="somebody else than you"):
        confirm_other(by=preparer, email=preparer.user.email, password=PASSWORD)


def test_who_signed_the_record_doesnt_check_it_at_another_screen(
    preparer: Actor, checker: Actor, document: SealedDocument
) -> None:
    with pytest.raises(Refused, match="Clara Demo signed this record"):
        checked(checker, document, preparer.user.email)


def test_who_amended_the_record_doesnt_check_it(preparer: Actor, checker: Actor, document: SealedDocument) -> None:
    at = clock.now()
    amend(
        by=checker, document=document, seen=0, entry="", correct="The second vial was 2.5 mL.", reason="Misread",
        confirmed=confirmed(checker, at), at=at,
    )  # fmt: skip
    with pytest.raises(Refused, match="Somebody else checks"):
        checked(preparer, document, checker.user.email)
    assert not CoSignature.objects.exists()


def test_a_wrong_password_signs_nothing(preparer: Actor, checker: Actor) -> None:
    with pytest.raises(WrongPassword, match="This isn't Dino Demo's password"):
        confirm_other(by=preparer, email=checker.user.email, password="wrong")
    assert not CoSignature.objects.exists()


def test_nobody_of_another_site_or_with_a_closed_account_signs(
    preparer: Actor, checker: Actor, other_site: Site
) -> None:
    elsewhere = make_actor(other_site, Role.PREPARER)
    checker.user.is_active = False
    checker.user.save()
    for email in (elsewhere.user.email, checker.user.email, "nobody@clinic.example"):
        with pytest.raises(WrongPassword, match="don't fit anybody"):
            confirm_other(by=preparer, email=email, password=PASSWORD)


def test_who_hasnt_certified_a_signature_yet_is_told_to(preparer: Actor, checker: Actor) -> None:
    checker.user.signature_certified_at = None
    checker.user.save()
    with pytest.raises(Refused, match="certifies the signature first"):
        confirm_other(by=preparer, email=checker.user.email, password=PASSWORD)


def test_who_may_not_prepare_may_not_check(site: Site, preparer: Actor, document: SealedDocument) -> None:
    auditor = make_actor(site, Role.AUDITOR)
    with pytest.raises(NotAllowed):
        checked(preparer, document, auditor.user.email)
    assert checked(preparer, document, auditor.user.email, Meaning.WITNESSED).signed_by == auditor.user


def test_a_meaning_that_the_record_doesnt_have_is_refused(
    preparer: Actor, checker: Actor, document: SealedDocument
) -> None:
    with pytest.raises(Refused, match="no such second signature"):
        checked(preparer, document, checker.user.email, Meaning.APPROVED)


def test_on_the_page(client: Client, preparer: Actor, checker: Actor, document: SealedDocument) -> None:
    client.force_login(preparer.user)
    address = reverse("co_sign_document", args=[document.code])
    assert address in client.get(reverse("document", args=[document.code])).content.decode()
    sent: dict[str, Any] = {"meaning": "checked", "email": checker.user.email, "password": "wrong"}
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert checker.user.email in refused.content.decode()
    done = client.post(address, sent | {"password": PASSWORD}, follow=True)
    assert "Dino Demo has signed as the second person" in done.content.decode()
    record = reverse("preparation", args=[document.subject_id])
    assert "Dino Demo" in client.get(record).content.decode()


def test_the_second_person_types_a_password_at_the_screen_of_one_with_a_passkey(
    client: Client, preparer: Actor, checker: Actor, document: SealedDocument
) -> None:
    User.objects.filter(pk=preparer.user.pk).update(signs_by_passkey=True)
    client.force_login(preparer.user)
    address = reverse("co_sign_document", args=[document.code])
    page = client.get(address).content.decode()
    assert 'name="password"' in page
    assert "data-passkey-url" not in page
    sent: dict[str, Any] = {"meaning": "checked", "email": checker.user.email, "password": PASSWORD}
    assert client.post(address, sent).status_code == 302


def test_a_second_signature_on_a_later_day_says_so(
    client: Client, preparer: Actor, checker: Actor, document: SealedDocument
) -> None:
    on_the_day = checked(preparer, document, checker.user.email)
    assert on_the_day.signature.reason == ""
    client.force_login(preparer.user)
    address = reverse("co_sign_document", args=[document.code])
    assert "signed late" not in client.get(address).content.decode()
    told = f"signed late, for a record of {clock.local(document.sealed_at, document.site):%-d %b %Y}"
    with clock.moved_to(document.sealed_at + timedelta(days=1)):
        client.force_login(preparer.user)
        assert told in client.get(address).content.decode()
        late = checked(preparer, document, checker.user.email, Meaning.WITNESSED)
    assert late.signature.reason == told
    assert json.loads(late.document.content)["signatures"][-1]["reason"] == told
