"""A passkey signs in place of the password, once somebody has one; within ten minutes the password is enough."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Role
from clinic.outbox.models import Alert
from clinic.passkeys.models import Passkey
from clinic.signing.models import Method, Signature
from clinic.trail.models import Action, TrailEvent
from protocols.decisions.models import Decision
from protocols.decisions.services import submit_for_review
from tests.clinic.passkeys.authenticator import Authenticator
from tests.factories import PASSWORD, make_actor
from tests.protocols.builders import draft_treatment, make_author

pytestmark = pytest.mark.django_db
HOST = {"HTTP_HOST": "localhost"}


@pytest.fixture
def physician(client: Client, site: Site) -> Actor:
    """A physician, signed in."""
    actor = make_actor(site, Role.PHYSICIAN)
    client.force_login(actor.user)
    return actor


def add(client: Client, device: Authenticator, **changed: Any) -> Any:
    options = client.post(reverse("passkey_new_options"), {"password": PASSWORD}, **HOST).json()
    sent = {"name": "Tablet", "password": PASSWORD, "credential": device.make(options)} | changed
    return client.post(reverse("passkey_add"), sent, **HOST)


def in_review(site: Site) -> Decision:
    author = make_author(site)
    return submit_for_review(by=author, version=draft_treatment(site, by=author), at=clock.now())


def approve(client: Client, version: Decision, **sent: Any) -> Any:
    version.refresh_from_db()
    return client.post(
        reverse("version_approve", args=[version.kind, version.pk]), {"row_version": version.row_version} | sent, **HOST
    )


def answer(client: Client, device: Authenticator) -> str:
    return device.sign(client.post(reverse("passkey_options"), **HOST).json())


def method_of(version: Decision) -> str:
    return Signature.objects.get(object_type=version._meta.label, object_id=str(version.pk)).method


def test_it_is_added_with_the_password_and_then_asked_for(client: Client, site: Site, physician: Actor) -> None:
    device = Authenticator()
    assert add(client, device, password="wrong").status_code == 422
    assert not Passkey.objects.exists()
    assert add(client, device).status_code == 302
    assert User.objects.get(pk=physician.user.pk).signs_by_passkey
    version = in_review(site)
    page = client.get(version.get_absolute_url()).content.decode()
    assert "data-passkey-url" in page
    assert 'name="password"' not in page
    refused = approve(client, version, password=PASSWORD)
    assert refused.status_code == 422
    assert "Sign with your passkey" in refused.content.decode()
    assert approve(client, version, passkey=answer(client, device)).status_code == 302
    assert method_of(version) == Method.PASSKEY


def test_the_manager_is_told_of_one_that_a_password_adds_beside_another(
    client: Client, site: Site, physician: Actor
) -> None:
    assert add(client, Authenticator()).status_code == 302
    assert not Alert.objects.exists()
    assert add(client, Authenticator()).status_code == 302
    alert = Alert.objects.get()
    assert alert.text.startswith(f"{physician.name} added another passkey")


def test_within_ten_minutes_the_password_is_enough_and_after_them_it_isnt(
    client: Client, site: Site, physician: Actor
) -> None:
    device = Authenticator()
    add(client, device)
    approve(client, in_review(site), passkey=answer(client, device))
    second, third = in_review(site), None
    page = client.get(second.get_absolute_url()).content.decode()
    assert 'name="password"' in page
    assert approve(client, second, password=PASSWORD).status_code == 302
    assert method_of(second) == Method.PASSWORD
    with clock.moved_to(clock.now() + timedelta(minutes=11)):
        third = in_review(site)
        assert approve(client, third, password=PASSWORD).status_code == 422


def test_another_sign_in_begins_anew(client: Client, site: Site, physician: Actor) -> None:
    device = Authenticator()
    add(client, device)
    approve(client, in_review(site), passkey=answer(client, device))
    client.logout()
    client.force_login(physician.user)
    assert approve(client, in_review(site), password=PASSWORD).status_code == 422


@pytest.mark.parametrize(
    "device",
    [
        Authenticator(origin="http://evil.example"),
        Authenticator(rp_id="evil.example"),
        Authenticator(verifies=False),
    ],
    ids=["another page", "another clinic", "who holds it isn't verified"],
)
def test_an_answer_that_doesnt_fit_makes_no_passkey(client: Client, physician: Actor, device: Authenticator) -> None:
    assert add(client, device).status_code == 422
    assert not Passkey.objects.exists()


@pytest.mark.parametrize("credential", ["", "{", "[]", "{}", '{"id": 1}', "x" * 30_000])
def test_what_isnt_an_answer_makes_no_passkey(client: Client, physician: Actor, credential: str) -> None:
    assert add(client, Authenticator(), credential=credential).status_code == 422
    assert not Passkey.objects.exists()


class TestSigning:
    """What signs nothing."""

    @pytest.fixture
    def device(self, client: Client, physician: Actor) -> Authenticator:
        device = Authenticator()
        add(client, device)
        return device

    def refused(self, client: Client, site: Site, sent: str) -> None:
        version = in_review(site)
        assert approve(client, version, passkey=sent).status_code == 422
        assert not Signature.objects.filter(object_id=str(version.pk), object_type=version._meta.label).exists()

    def test_an_answer_is_good_for_one_signature(self, client: Client, site: Site, device: Authenticator) -> None:
        said = answer(client, device)
        assert approve(client, in_review(site), passkey=said).status_code == 302
        with clock.moved_to(clock.now() + timedelta(minutes=11)):
            self.refused(client, site, said)

    def test_an_answer_to_an_older_question_isnt_taken(self, client: Client, site: Site, device: Authenticator) -> None:
        said = answer(client, device)
        client.post(reverse("passkey_options"), **HOST)
        self.refused(client, site, said)

    def test_somebody_elses_passkey_signs_nothing(self, client: Client, site: Site, device: Authenticator) -> None:
        self.refused(client, site, answer(client, Authenticator()))

    def test_a_count_that_went_back_is_a_copy(self, client: Client, site: Site, device: Authenticator) -> None:
        for _time in range(2):
            with clock.moved_to(clock.now() + timedelta(minutes=11)):
                approve(client, in_review(site), passkey=answer(client, device))
        Passkey.objects.update(sign_count=50)
        with clock.moved_to(clock.now() + timedelta(minutes=22)):
            self.refused(client, site, answer(client, device))

    def test_five_that_dont_fit_close_signing(self, client: Client, site: Site, device: Authenticator) -> None:
        for _time in range(5):
            self.refused(client, site, answer(client, Authenticator()))
        assert Alert.objects.filter(kind="signing_closed").count() == 1
        assert TrailEvent.objects.filter(action=Action.SIGN_REFUSED).count() == 5
        version = in_review(site)
        page = approve(client, version, passkey=answer(client, device)).content.decode()
        assert "closed for your account" in page

    def test_sent_without_an_answer_it_says_what_to_do(self, client: Client, site: Site, device: Authenticator) -> None:
        page = approve(client, in_review(site)).content.decode()
        assert "press the button that asks for it" in page
        assert "field is required" not in page

    def test_removed_it_signs_nothing_and_the_manager_is_told(
        self, client: Client, site: Site, device: Authenticator
    ) -> None:
        passkey = Passkey.objects.get()
        address, which = reverse("passkey_remove"), {"which": passkey.pk}
        assert client.post(address, which | {"password": "wrong"}, **HOST).status_code == 422
        for _click in range(2):
            assert client.post(address, which | {"password": PASSWORD}, **HOST).status_code == 302
        assert Alert.objects.filter(kind="passkey_removed").count() == 1
        version = in_review(site)
        assert approve(client, version, password=PASSWORD).status_code == 302
        assert method_of(version) == Method.PASSWORD

    def test_nobody_elses_is_removed(self, client: Client, site: Site, device: Authenticator) -> None:
        other = Client()
        other.force_login(make_actor(site, Role.MANAGER).user)
        sent = {"which": Passkey.objects.get().pk, "password": PASSWORD}
        assert other.post(reverse("passkey_remove"), sent, **HOST).status_code == 404
        assert Passkey.objects.get().removed_at is None


def test_a_device_is_asked_for_nothing_before_the_password_is_right(client: Client, physician: Actor) -> None:
    answer = client.post(reverse("passkey_new_options"), {"password": "not it"}, **HOST)
    assert answer.status_code == 422
    assert "This isn't your password" in answer.json()["refused"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "[::1]", "[::1]:8000"])
def test_an_address_in_figures_is_told_before_anything_is_asked(client: Client, physician: Actor, host: str) -> None:
    answer = client.post(reverse("passkey_new_options"), {"password": PASSWORD}, HTTP_HOST=host)
    assert answer.status_code == 422
    assert "open it by that" in answer.json()["refused"]
