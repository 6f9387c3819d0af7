"""Keys of its own, and a manager whose clinic's older backup was put back."""

from pathlib import Path
from typing import Any

import pytest

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.checkpoints.writing import write_checkpoint
from tests.clinic.rollback.given import AT, put_back, trail_of


@pytest.fixture(autouse=True)
def _keys_of_its_own(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def manager(site: Site) -> Actor:
    """A manager of a site with four entries, of which a backup was put back that holds two."""
    by = trail_of(site)
    write_checkpoint(at=AT)
    put_back(site, keep=2)
    return by
