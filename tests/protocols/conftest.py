"""What tests of the protocols' forms begin with."""

import pytest

from clinic.accounts.models import Site
from protocols.models import Ingredient
from tests.protocols.builders import an_ingredient


@pytest.fixture
def two(site: Site) -> tuple[Ingredient, Ingredient]:
    """Two ingredients of the site."""
    return an_ingredient(site, "Biotin"), an_ingredient(site, "Saline")
