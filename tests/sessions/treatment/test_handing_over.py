"""The page of a session that somebody else performs."""

import html
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from tests.factories import PASSWORD
from tests.sessions.rooms import Room, ready_room
from tests.sessions.treatment.test_signing import AT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.moved_to(AT):
        yield


@pytest.fixture
def room(site: Site) -> Room:
    return ready_room(site)


def _text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_another_operator_is_offered_to_take_over_and_not_to_sign(room: Room, client: Client, sign_in: Any) -> None:
    row = room.complete()
    sign_in(room.site, Role.OPERATOR)
    page = client.get(reverse("treatment_session", args=[row.pk]))
    assert f"{room.operator.name} performs this session" in _text(page)
    assert "Sign the session" not in _text(page)
    answer = client.post(reverse("session_sign", args=[row.pk]), {"password": PASSWORD, "row_version": row.row_version})
    assert "performs this session and signs it" in _text(answer)


def test_taking_over_asks_why_and_then_offers_the_signature(room: Room, client: Client, sign_in: Any) -> None:
    row = room.complete()
    other = sign_in(room.site, Role.OPERATOR)
    address = reverse("session_take_over", args=[row.pk])
    refused = client.post(address, {"reason": "", "row_version": row.row_version})
    assert refused.status_code == 422
    done = client.post(address, {"reason": "Called away", "row_version": row.row_version}, follow=True)
    page = _text(done)
    assert f"from {room.operator.name} to {other.name}: Called away" in page
    assert "Sign the session" in page


def test_the_operators_own_page_offers_nothing_of_it(room: Room, client: Client) -> None:
    row = room.complete()
    client.force_login(room.operator.user)
    page = _text(client.get(reverse("treatment_session", args=[row.pk])))
    assert "performs this session" not in page
    assert "Sign the session" in page
