"""The day of a session, and a patient for whom all is ready."""

from collections.abc import Iterator

import pytest
from django.test import Client

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from tests.factories import make_actor
from tests.patients.builders import cleared
from tests.sessions.rooms import Room, ready_room
from tests.sessions.treatment.late import screened
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


@pytest.fixture
def physician(site: Site) -> Actor:
    return make_actor(site, Role.PHYSICIAN, name="Dr Petra Demo")


@pytest.fixture
def cleared_room(site: Site, client: Client, on_the_day: None, physician: Actor) -> Room:
    """A room whose checklist rests on a clearance; the operator is signed in."""
    made = ready_room(site, checklist=False)
    screened(made, cleared(made.patient, by=physician, at=AT))
    client.force_login(made.operator.user)
    return made
