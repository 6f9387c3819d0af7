"""The ceremony of signing: certified once, wrong passwords close it and the manager hears of it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.certifying.services import certify
from clinic.documents.models import SealedDocument
from clinic.errors import Refused, WrongPassword
from clinic.outbox.models import Alert
from clinic.outbox.work import open_alerts
from clinic.signing.models import Certification, Meaning, Signature
from clinic.signing.services import confirm_identity, prove_identity, verifies
from clinic.trail.models import Action, TrailEvent
from protocols.decisions.services import submit_for_review
from tests.factories import PASSWORD, confirmed, make_actor, uncertify
from tests.protocols.builders import draft_treatment

pytestmark = pytest.mark.django_db


def uncertified(site: Site, *roles: Role) -> Any:
    return make_actor(site, *roles, certified=False)


class TestCertifying:
    """The statement, once."""

    def test_nobody_signs_before_it(self, site: Site) -> None:
        actor = uncertified(site, Role.PHYSICIAN)
        with pytest.raises(Refused, match="Certify your signature first"):
            confirm_identity(by=actor, password=PASSWORD)

    def test_it_is_signed_sealed_and_kept_once(self, site: Site) -> None:
        actor = uncertified(site, Role.PHYSICIAN)
        for _click in range(2):
            proof = prove_identity(by=actor, password=PASSWORD)
            certify(by=actor, confirmed=proof, at=proof.at)
        certification = Certification.objects.get(user=actor.user)
        signature = Signature.objects.get(object_type="clinic.Certification")
        assert signature.object_id == str(certification.pk)
        assert (signature.meaning, signature.user) == (Meaning.CERTIFIED, actor.user)
        assert verifies(signature)
        assert actor.name in certification.statement
        assert SealedDocument.objects.filter(kind="signature_certification").count() == 1
        assert confirm_identity(by=actor, password=PASSWORD).user_id == actor.user.pk

    def test_sql_cant_change_or_take_it_back(self, site: Site) -> None:
        actor = uncertified(site, Role.PHYSICIAN)
        proof = prove_identity(by=actor, password=PASSWORD)
        certify(by=actor, confirmed=proof, at=proof.at)
        for statement in ("UPDATE clinic_certification SET statement = ''", "DELETE FROM clinic_certification"):
            with pytest.raises(Exception, match="cannot be changed"), connection.cursor() as cursor:
                cursor.execute(f"SAVEPOINT attempt; {statement}")
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK TO SAVEPOINT attempt")

    def test_a_page_with_something_to_sign_leads_there_and_back(self, client: Client, site: Site, sign_in: Any) -> None:
        author = make_actor(site, Role.PREPARER)
        version = submit_for_review(by=author, version=draft_treatment(site, by=author), at=clock.now())
        physician = sign_in(site, Role.PHYSICIAN)
        uncertify(physician.user)
        page = client.get(version.get_absolute_url()).content.decode()
        address = reverse("certify_signature", query={"next": version.get_absolute_url()})
        assert address.replace("&", "&amp;") in page
        assert 'name="password"' not in page
        refused = client.post(
            reverse("version_approve", args=[version.kind, version.pk]),
            {"password": PASSWORD, "row_version": version.row_version},
        )
        assert refused.status_code == 422
        assert client.post(address, {"password": "not this one"}).status_code == 422
        assert not Certification.objects.exists()
        assert client.post(address, {"password": PASSWORD}).url == version.get_absolute_url()
        assert 'name="password"' in client.get(version.get_absolute_url()).content.decode()
        assert "Your signature is certified" in client.get(reverse("certify_signature")).content.decode()

    @pytest.mark.parametrize("role", [Role.PREPARER, Role.FRONT_DESK, Role.PHOTO_TECHNICIAN])
    def test_everybody_opens_their_own_and_nobody_elses(
        self, client: Client, site: Site, sign_in: Any, role: Role
    ) -> None:
        for actor in (make_actor(site, role), sign_in(site, role)):
            uncertify(actor.user)
            certify(by=actor, confirmed=confirmed(actor), at=clock.now())
        others, own = SealedDocument.objects.filter(kind="signature_certification").order_by("pk")
        assert client.get(reverse("document", args=[own.code])).status_code == 200
        assert client.get(reverse("document", args=[others.code])).status_code == 403

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/no-such-page/", ""])
    def test_it_leads_nowhere_else(self, client: Client, site: Site, sign_in: Any, elsewhere: str) -> None:
        actor = sign_in(site, Role.PHYSICIAN)
        uncertify(actor.user)
        address = reverse("certify_signature", query={"next": elsewhere})
        assert client.post(address, {"password": PASSWORD}).url == "/"


def test_the_fifth_wrong_password_closes_signing_and_tells_the_manager(site: Site) -> None:
    actor = make_actor(site, Role.OPERATOR)
    for attempt in range(5):
        assert not Alert.objects.filter(kind="signing_closed").exists(), attempt
        with pytest.raises(WrongPassword, match="isn't your password"):
            confirm_identity(by=actor, password="wrong")
    alert = Alert.objects.get(kind="signing_closed")
    assert actor.name in alert.text
    (item,) = [item for item in open_alerts(make_actor(site, Role.MANAGER), clock.now()) if item.detail == alert.text]
    assert "could not finish" not in str(item.title)
    with pytest.raises(WrongPassword, match="closed for your account for 15 minutes"):
        confirm_identity(by=actor, password=PASSWORD)
    assert Alert.objects.filter(kind="signing_closed").count() == 1
    assert TrailEvent.objects.filter(action=Action.SIGN_REFUSED).count() == 5


def test_two_wrong_passwords_and_the_right_one_begin_anew(site: Site) -> None:
    actor = make_actor(site, Role.OPERATOR)
    for _round in range(3):
        for _attempt in range(2):
            with pytest.raises(WrongPassword):
                confirm_identity(by=actor, password="wrong")
        assert confirm_identity(by=actor, password=PASSWORD).user_id == actor.user.pk
    assert not Alert.objects.exists()
