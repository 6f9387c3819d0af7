"""A formulation in force, and somebody signed in who prepares it."""

from typing import Any

import pytest

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.formulations.models import FormulationVersion
from tests.protocols.builders import approved_formulation


@pytest.fixture
def version(site: Site) -> FormulationVersion:
    return approved_formulation(site)


@pytest.fixture
def preparer(site: Site, sign_in: Any) -> Actor:
    actor: Actor = sign_in(site, Role.PREPARER)
    return actor
