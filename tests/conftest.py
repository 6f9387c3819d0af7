"""Fixtures that every room's tests share."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client, override_settings
from hypothesis import settings as settings_of_hypothesis

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail import seen
from tests import remembered
from tests.factories import make_actor, make_site

# A busy machine is no finding: how long an example takes depends on what else runs. Continuous integration tries the
# same examples for the same code; everybody else new ones each time.
settings_of_hypothesis.register_profile("baseline", deadline=None, derandomize=bool(os.environ.get("CI")))
settings_of_hypothesis.load_profile("baseline")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what drives a browser last: the browser's driver keeps an event loop in the test's thread, and signing a PDF
    begins one of its own there, which must be the only one. The longest goes first among them.
    """
    items.sort(
        key=lambda item: (
            "journeys" in item.path.parts or "playwright" in getattr(item, "fixturenames", ()),
            item.path.name != "test_a_clinics_day.py",
        )
    )


SHARED_DATA = Path(settings.BASE_DIR).parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real input files beside the project; the test is skipped where there is none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of real input files isn't beside the project")
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def _emptying_between_tests() -> Iterator[None]:
    """Let the test database be emptied after a test that commits.

    Records can't be truncated, here neither; only the test runner's own flush goes past the triggers, and it
    puts the chain's first row back.
    """
    original = DatabaseOperations.execute_sql_flush

    def flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        with connections[self.connection.alias].cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                original(self, sql_list)
            finally:
                cursor.execute("SET session_replication_role = origin")
            cursor.execute(
                "INSERT INTO clinic_chainhead (id, epoch, seq, hash, count) "
                "VALUES (1, 0, 0, repeat('0', 64), 0) ON CONFLICT DO NOTHING"
            )
            cursor.execute("SELECT setval(pg_get_serial_sequence('clinic_chainhead', 'id'), 1)")
        seen.forget()

    DatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]
    yield
    DatabaseOperations.execute_sql_flush = original  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def _no_built_static_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests don't see the static files that a running clinic has built."""
    with override_settings(STATIC_ROOT=tmp_path_factory.mktemp("static")):
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """A third of a second to look at a password keeps a thief away; in tests it is looked at a thousand times."""
    with override_settings(PASSWORD_HASHERS=["tests.factories.QuickArgon2", *settings.PASSWORD_HASHERS[1:]]):
        yield


@pytest.fixture(autouse=True)
def _files_stay_in_the_test(settings: Any, tmp_path: Path) -> None:
    """Uploads and PDFs of a test lie in its own folder, and pages need no built static files."""
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files", "base_url": None},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.CHECKPOINT_FOLDERS = [str(tmp_path / "checkpoints"), str(tmp_path / "elsewhere")]


@pytest.fixture
def site(db: None) -> Site:
    """A site; in every test it has the same number, so that what was built for it can be put back."""
    remembered.begin()
    return make_site("N", name="Site North", pk=1_001)


@pytest.fixture
def other_site(db: None) -> Site:
    """Another site."""
    return make_site("S", name="Site South", pk=1_002)


@pytest.fixture
def sign_in(client: Client) -> Any:
    """Return a function that makes an actor with roles at a site, signs the test client in and returns the actor."""

    def sign_in_as(site: Site, *roles: Role) -> Any:
        actor = make_actor(site, *roles)
        client.force_login(actor.user)
        return actor

    return sign_in_as
