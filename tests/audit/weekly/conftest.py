"""Fixtures of the weekly audit's tests."""

from collections.abc import Iterator

import pytest

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.formulations.models import FormulationVersion
from tests.audit.weekly.given import AT, MONDAY
from tests.factories import make_actor
from tests.protocols.builders import approved_formulation


@pytest.fixture
def on_monday() -> Iterator[None]:
    """The Monday after the week."""
    with clock.moved_to(MONDAY):
        yield


@pytest.fixture
def version(site: Site) -> FormulationVersion:
    with clock.moved_to(AT):
        return approved_formulation(site)


@pytest.fixture
def manager(site: Site) -> Actor:
    return make_actor(site, Role.MANAGER, name="Mona Demo")
