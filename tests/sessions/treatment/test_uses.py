"""A version says which signed sessions were given under it."""

import html
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.decisions import uses
from protocols.decisions.models import Decision
from protocols.decisions.uses import count_of
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


def versions(room: Room) -> list[Decision]:
    approved = room.approved
    return [approved.formulations[0], approved.treatment, approved.checklist, approved.consent, approved.photos]


def test_an_open_session_counts_for_none_and_a_signed_one_for_each_paper(room: Room) -> None:
    row = room.complete()
    assert [count_of(version) for version in versions(room)] == [0] * 5
    room.signed(row)
    assert [count_of(version) for version in versions(room)] == [1] * 5
    assert count_of(room.approved.formulations[1]) == 0


def test_the_page_leads_to_the_list_and_the_list_to_the_session(room: Room, client: Client, sign_in: Any) -> None:
    row = room.signed()
    sign_in(room.site, Role.MANAGER)
    for version in versions(room):
        page = html.unescape(client.get(version.get_absolute_url()).content.decode())
        address = reverse("version_uses", args=[version.kind, version.pk])
        assert "Used by 1 session" in page
        assert f'href="{address}"' in page
        listed = client.get(address).context["rows"]
        assert [use.url for use in listed] == [reverse("treatment_session", args=[row.pk])]


def test_counting_stops_somewhere(room: Room, client: Client, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    room.signed()
    monkeypatch.setattr(uses, "MOST_COUNTED", 0)
    monkeypatch.setattr("protocols.decisions.pages.MOST_COUNTED", 0)
    sign_in(room.site, Role.MANAGER)
    page = client.get(room.approved.treatment.get_absolute_url()).content.decode()
    assert "Used by more than 0 sessions" in page


def test_who_may_not_read_sessions_gets_neither(room: Room, client: Client, sign_in: Any) -> None:
    room.signed()
    sign_in(room.site, Role.PREPARER)
    version = room.approved.treatment
    assert "Used by" not in client.get(version.get_absolute_url()).content.decode()
    assert client.get(reverse("version_uses", args=[version.kind, version.pk])).status_code == 403
