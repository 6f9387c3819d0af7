"""The day of a session, and a patient for whom all is ready."""

from collections.abc import Iterator

import pytest
from django.test import Client

from clinic import clock
from clinic.accounts.models import Site
from tests.sessions.rooms import Room, ready_room
from tests.sessions.treatment.pages import AT


@pytest.fixture
def on_the_day() -> Iterator[None]:
    with clock.moved_to(AT):
        yield


@pytest.fixture
def room(site: Site, client: Client, on_the_day: None) -> Room:
    """The room, whose operator is signed in."""
    made = ready_room(site)
    client.force_login(made.operator.user)
    return made
