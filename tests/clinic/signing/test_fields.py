"""What a signature keeps beside name, meaning and time: version, number in the sign-in, device, the one before."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.signing.models import Meaning, Signature
from clinic.signing.services import binding, sign, verifies
from protocols.decisions.models import Decision
from protocols.decisions.services import submit_for_review
from tests.clinic.passkeys.authenticator import Authenticator
from tests.factories import PASSWORD, confirmed, make_actor
from tests.protocols.builders import draft_treatment, make_author

pytestmark = pytest.mark.django_db
BROWSER = "Tablet\x00 of the clinic " + "x" * 300
TABLET = {"HTTP_HOST": "localhost", "HTTP_USER_AGENT": BROWSER, "REMOTE_ADDR": "10.1.2.3"}


@pytest.fixture
def physician(client: Client, site: Site) -> Actor:
    """A physician, signed in."""
    actor = make_actor(site, Role.PHYSICIAN)
    client.force_login(actor.user)
    return actor


def in_review(site: Site) -> Decision:
    author = make_author(site)
    return submit_for_review(by=author, version=draft_treatment(site, by=author), at=clock.now())


def approve(client: Client, version: Decision, **shown: str) -> Signature:
    version.refresh_from_db()
    sent = {"row_version": version.row_version} | (shown or {"password": PASSWORD})
    assert client.post(reverse("version_approve", args=[version.kind, version.pk]), sent, **TABLET).status_code == 302
    version.refresh_from_db()
    return version.approval_signature


def test_version_device_and_number_in_the_sign_in_are_kept(client: Client, site: Site, physician: Actor) -> None:
    first, second = approve(client, in_review(site)), approve(client, in_review(site))
    assert (first.object_version, second.object_version) == (1, 2)
    assert (first.sequence, second.sequence) == (1, 2)
    assert first.address == "10.1.2.3"
    assert first.device == ("Tablet of the clinic " + "x" * 300)[:200]
    client.logout()
    client.force_login(physician.user)
    assert approve(client, in_review(site)).sequence == 1


def test_the_age_of_the_passkey_is_kept_while_the_password_is_enough(
    client: Client, site: Site, physician: Actor
) -> None:
    device, start = Authenticator(), clock.now()
    options = client.post(reverse("passkey_new_options"), {"password": PASSWORD}, **TABLET).json()
    made = {"name": "Tablet", "password": PASSWORD, "credential": device.make(options)}
    assert client.post(reverse("passkey_add"), made, **TABLET).status_code == 302
    with clock.moved_to(start):
        answer = device.sign(client.post(reverse("passkey_options"), **TABLET).json())
        assert approve(client, in_review(site), passkey=answer).step_up_age == 0
    for minutes in (8, 16):
        with clock.moved_to(start + timedelta(minutes=minutes)):
            assert approve(client, in_review(site)).step_up_age == minutes * 60


def test_a_signature_names_the_one_before_it_of_the_same_record(site: Site, physician: Actor) -> None:
    record, other = in_review(site), in_review(site)
    signed = [
        sign(
            by=physician, confirmed=confirmed(physician), meaning=Meaning.REVIEWED, subject=subject, content={"n": n},
            at=clock.now(),
        )
        for n, subject in enumerate([record, other, record])
    ]  # fmt: skip
    assert [each.previous_id for each in signed] == [None, None, signed[0].pk]


CHANGED: dict[str, Any] = {
    "object_version": 7, "registration_number": "RN 1", "request_id": "another", "sequence": 9, "step_up_age": 9,
    "address": "10.9.9.9", "device": "another", "previous_id": uuid.uuid4(), "site_id": 0, "binding_scheme": 1,
    "reason": "another", "printed_name": "Somebody", "role": "Manager", "meaning": "approved", "time_zone": "UTC",
}  # fmt: skip


@pytest.mark.parametrize("field", CHANGED)
def test_the_binding_covers_every_field(site: Site, physician: Actor, field: str) -> None:
    signature = sign(
        by=physician, confirmed=confirmed(physician), meaning=Meaning.REVIEWED, subject=in_review(site),
        content={"n": 1}, at=clock.now(),
    )  # fmt: skip
    assert verifies(signature)
    setattr(signature, field, CHANGED[field])
    assert not verifies(signature)


def test_a_signature_of_before_these_were_kept_goes_on_verifying(site: Site, physician: Actor) -> None:
    """Of the first scheme is whatever was signed by an earlier release."""
    signature = sign(
        by=physician, confirmed=confirmed(physician), meaning=Meaning.REVIEWED, subject=in_review(site),
        content={"n": 1}, at=clock.now(),
    )  # fmt: skip
    signature.binding_scheme, signature.object_version = 1, 1
    signature.binding_sha256 = binding(signature)
    signature.device = "what no hash of then knew"
    assert verifies(signature)
    signature.reason = "another"
    assert not verifies(signature)
