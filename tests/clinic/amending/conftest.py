"""A signed preparation, who made it, and who may sign under it."""

import pytest

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from tests.factories import make_actor
from tests.protocols.builders import approved_formulation
from tests.sessions.builders import signed_preparation


@pytest.fixture
def preparer(site: Site) -> Actor:
    """Who prepared, and amends."""
    return make_actor(site, Role.PREPARER, name="Clara Demo")


@pytest.fixture
def checker(site: Site) -> Actor:
    """Who signs as the second person."""
    return make_actor(site, Role.PREPARER, name="Dino Demo")


@pytest.fixture
def document(site: Site, preparer: Actor) -> SealedDocument:
    """The document of the signed preparation."""
    signed_preparation(site, approved_formulation(site), preparer=preparer)
    return SealedDocument.objects.get(kind="preparation")
