"""A second person signs at the same screen: somebody else, with their own password, who has the right."""

import json
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Role
from clinic.amending.models import Amendment, CoSignature
from clinic.amending.services import amend, co_sign, confirm_other
from clinic.documents.models import SealedDocument
from clinic.documents.queries import latest_about_the_same
from clinic.errors import NotAllowed, Refused, WrongPassword
from clinic.signing.models import Meaning
from clinic.signing.services import verifies
from clinic.trail.models import TrailEvent
from tests.factories import PASSWORD, confirmed, make_actor, uncertify
from tests.pages import words
from tests.tampering import past_the_triggers

pytestmark = pytest.mark.django_db


def checked(
    by: Actor, document: SealedDocument, email: str, meaning: Meaning = Meaning.CHECKED, *, seen: int = 0
) -> CoSignature:
    other, proof = confirm_other(by=by, email=email, password=PASSWORD)
    return co_sign(by=by, other=other, confirmed=proof, document=document, seen=seen, meaning=meaning, at=proof.at)


def amended(by: Actor, document: SealedDocument, *, seen: int = 0, correct: str = "It was 2.5 mL.") -> Amendment:
    at = clock.now()
    return amend(
        by=by, document=document, seen=seen, entry="", correct=correct, reason="Misread", at=at,
        confirmed=confirmed(by, at),
    )  # fmt: skip


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
    amended(checker, document)
    with pytest.raises(Refused, match="Somebody else checks"):
        checked(preparer, document, checker.user.email, seen=1)
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
    uncertify(checker.user)
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
    shown = words(client.get(address))
    assert f"Signed already by {preparer.name}. Somebody else signs here." in shown
    assert "Physician, Operator, Preparer" in shown  # whose role has the permission to prepare
    sent: dict[str, Any] = {"meaning": "checked", "email": checker.user.email, "password": "wrong", "seen": 0}
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
    sent: dict[str, Any] = {"meaning": "checked", "email": checker.user.email, "password": PASSWORD, "seen": 0}
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


def signed_content(signed: CoSignature) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(signed.signature.content)
    return content


def test_it_covers_each_amendment_that_the_second_person_sees(
    preparer: Actor, checker: Actor, document: SealedDocument
) -> None:
    """After an amendment the record says something else, so its second signature is over something else."""
    before = checked(preparer, document, checker.user.email)
    first = amended(preparer, document)
    second = amended(preparer, first.document, seen=1, correct="And the lot was L-2.")
    after = checked(preparer, document, checker.user.email, seen=2)
    assert signed_content(before)["amendments"] == []
    assert signed_content(after)["amendments"] == [each.signature.content_sha256 for each in (first, second)]
    assert before.signature.content_sha256 != after.signature.content_sha256
    assert signed_content(after)["original_sha256"] == signed_content(before)["original_sha256"]
    assert (before.version, after.version) == (1, 3)
    assert after.signature.previous == second.signature
    assert verifies(before.signature)
    assert verifies(after.signature)
    assert json.loads(second.signature.content)["amendments"] == [first.signature.content_sha256]


def test_an_amendment_that_the_page_didnt_show_isnt_signed(
    client: Client, preparer: Actor, checker: Actor, document: SealedDocument
) -> None:
    client.force_login(preparer.user)
    address = reverse("co_sign_document", args=[document.code])
    assert "It was 2.5 mL." not in client.get(address).content.decode()
    amended(preparer, document)
    sent: dict[str, Any] = {"meaning": "checked", "email": checker.user.email, "password": PASSWORD, "seen": 0}
    stale = client.post(address, sent)
    assert stale.status_code == 409
    assert not CoSignature.objects.exists()
    page = stale.content.decode()
    assert "was amended meanwhile" in page
    # By the address of the older document too the page shows what is signed: the original and what came after.
    assert "It was 2.5 mL." in page
    assert 'name="seen" value="1"' in page
    assert client.post(address, sent | {"seen": 1}).status_code == 302
    assert CoSignature.objects.get().version == 2


def test_a_signature_of_before_the_versions_gets_that_of_its_document(
    preparer: Actor, checker: Actor, document: SealedDocument
) -> None:
    fill = import_module("clinic.migrations.0017_co_signature_version").FILL
    first = checked(preparer, document, checker.user.email)
    amended(preparer, document)
    later = checked(preparer, document, checker.user.email, Meaning.WITNESSED, seen=1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with past_the_triggers() as owner:
            owner.execute("UPDATE clinic_cosignature SET version = 1")
        cursor.execute(fill)
    versions = dict(CoSignature.objects.values_list("pk", "version"))
    assert versions == {first.pk: 1, later.pk: 2}
    with pytest.raises(DatabaseError, match="cannot be changed"), connection.cursor() as cursor:
        cursor.execute("UPDATE clinic_cosignature SET version = 3")
