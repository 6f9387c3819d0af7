"""Somebody at the front desk, and their browser."""

import pytest
from django.test import Client

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from tests.factories import make_actor


@pytest.fixture
def desk(site: Site) -> Actor:
    """Somebody at the front desk."""
    return make_actor(site, Role.FRONT_DESK)


@pytest.fixture
def at_the_desk(client: Client, desk: Actor) -> Client:
    """The front desk's browser."""
    client.force_login(desk.user)
    return client
