"""A vial's page: what it is good for, where its content went, and destroying what is left."""

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
from protocols.decisions.services import retire
from protocols.formulations.models import FormulationVersion
from sessions.preparation.queries import remaining_ul
from sessions.treatment.services import did_not_proceed, use_vial
from tests.factories import confirmed, make_actor
from tests.pages import words
from tests.protocols.builders import approved_formulation
from tests.sessions.builders import signed_preparation
from tests.sessions.rooms import ready_room

pytestmark = pytest.mark.django_db


def test_a_scanned_vial_shows_what_it_is_good_for(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = signed_preparation(site, version, preparer=preparer)
    vial = preparation.vials.get(ordinal=1)
    said = words(client.get(reverse("vial", args=[vial.code])))
    assert "In date 2.50 mL of 2.50 mL left" in said
    assert preparation.number in said
    assert preparer.name in said
    assert client.get(reverse("vial", args=[vial.shown_code.lower()])).url == reverse("vial", args=[vial.code])
    label = f"http://127.0.0.1:8000/vials/{vial.code}/"
    assert client.get(reverse("vial_find"), {"code": label}).url == reverse("vial", args=[vial.code])
    assert client.get(reverse("vial_find"), {"code": "nothing"}).url == reverse("preparation_list")


def test_a_vial_of_a_version_that_was_retired_says_that_no_session_takes_it(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = signed_preparation(site, version, preparer=preparer)
    address = reverse("vial", args=[preparation.vials.get(ordinal=1).code])
    assert "every session refuses it" not in words(client.get(address))
    physician = make_actor(site, Role.PHYSICIAN)
    proof = confirmed(physician, clock.now())
    retire(by=physician, version=version, confirmed=proof, reason="Recalled", at=proof.at)
    assert "Not for a session any more" in words(client.get(address))
    said = words(client.get(address))
    assert "every session refuses it" in said
    # Nothing else stands beside the stop.
    assert "In date" not in said
    assert "Time left" not in said
    # The list warns as long as somebody could take it.
    assert "Version retired" in words(client.get(reverse("preparation_list")))
    with clock.moved_to(clock.now() + timedelta(days=2)):
        said = words(client.get(address))
        assert "Beyond use: do not use" in said
        assert "In date" not in said
        assert "Not for a session" not in said
        assert "Version retired" not in words(client.get(reverse("preparation_list")))


def test_a_vial_that_a_session_was_given_from_is_for_nobody_else(client: Client, site: Site) -> None:
    room = ready_room(site)
    vial = room.vial()
    address = reverse("vial", args=[vial.code])
    client.force_login(room.operator.user)
    assert "In date" in words(client.get(address))
    row = room.injected(vial)
    in_hand = words(client.get(address))
    room.signed(room.complete(row))
    given = words(client.get(address))
    for said in (in_hand, given):
        assert "Drawn for a patient's session: for nobody else" in said
        assert "In date" not in said
    assert "Time left" in in_hand
    assert "Time left" not in given


def test_a_vial_of_a_session_that_did_not_proceed_is_free_again(client: Client, site: Site) -> None:
    room = ready_room(site)
    vial = room.vial()
    row = room.begin()
    use_vial(by=room.operator, treatment_session=row, code=vial.code, at=room.at)
    did_not_proceed(by=room.operator, treatment_session=row, reason="Cold sore", next_on=None, at=room.at)
    client.force_login(room.operator.user)
    assert "In date" in words(client.get(reverse("vial", args=[vial.code])))


def test_another_sites_vial_isnt_there(client: Client, other_site: Site, preparer: Actor) -> None:
    vial = signed_preparation(other_site, approved_formulation(other_site)).vials.first()
    assert vial is not None
    for name in ("vial", "vial_destroy"):
        assert client.get(reverse(name, args=[vial.code])).status_code == 404


def test_destroying_what_is_left_asks_for_a_reason_and_happens_once(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    vial = signed_preparation(site, version, preparer=preparer).vials.get(ordinal=1)
    address = reverse("vial_destroy", args=[vial.code])
    assert 'value="2.50"' in client.get(address).content.decode()
    data = {"volume_ul": "1.00", "reason": "", "submission_key": uuid.uuid4()}
    assert client.post(address, data).status_code == 422
    assert client.post(address, data | {"reason": "Beyond use", "volume_ul": "2.501"}).status_code == 422
    for _click in range(2):
        assert client.post(address, data | {"reason": "Beyond use"}).status_code == 302
    assert remaining_ul(vial) == 1_500
    said = words(client.get(reverse("vial", args=[vial.code])))
    assert "Destroyed Beyond use" in said


def test_a_vial_of_an_auditor_offers_nothing_to_change(
    client: Client, site: Site, version: FormulationVersion, sign_in: Any
) -> None:
    vial = signed_preparation(site, version).vials.first()
    assert vial is not None
    sign_in(site, Role.AUDITOR)
    assert "Destroy" not in words(client.get(reverse("vial", args=[vial.code])))
    assert client.get(reverse("vial_destroy", args=[vial.code])).status_code == 403
