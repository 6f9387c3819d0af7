"""Where it is noticed that an older backup was put back, and what stops nothing."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.checkpoints.noticing import look_at_start
from clinic.checkpoints.rollback import compare
from clinic.checkpoints.services import EmptyDatabaseError, look_for_rollback
from clinic.checkpoints.writing import write_checkpoint
from clinic.trail.models import Rollback
from tests.clinic.rollback.given import AT, LATER, begin, name_bucket, put_back, trail_of

pytestmark = pytest.mark.django_db


def test_a_place_that_cannot_be_read_is_said_and_stops_nothing(
    site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clinic.checkpoints.places import Folder

    trail_of(site)
    write_checkpoint(at=AT)
    original = Folder.texts

    def texts(self: Folder) -> Any:
        if self.name == settings.CHECKPOINT_FOLDERS[0]:
            raise PermissionError(13, "Permission denied")
        return original(self)

    monkeypatch.setattr(Folder, "texts", texts)
    (said,) = look_for_rollback(at=LATER)
    assert settings.CHECKPOINT_FOLDERS[0] in said
    assert "Permission denied" in said
    assert not Rollback.objects.exists()
    put_back(site, keep=2)
    assert len(look_for_rollback(at=LATER)) == 2  # the other place is enough
    assert Rollback.objects.exists()


def test_a_checkpoint_that_is_not_ours_stops_nothing(site: Site, settings: Any) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    put_back(site, keep=2)
    for path in (path for folder in settings.CHECKPOINT_FOLDERS for path in Path(folder).rglob("*.txt")):
        path.write_text(path.read_text().replace("seq: 4", "seq: 9"))
    assert look_for_rollback(at=LATER) == []


def test_a_bucket_is_compared_too(site: Site, settings: Any, tmp_path: Path) -> None:
    trail_of(site)
    name_bucket(settings, tmp_path)
    write_checkpoint(at=AT)
    settings.CHECKPOINT_FOLDERS = []
    put_back(site, keep=2)
    assert [each.seq for each in compare().lost] == [4]


def test_an_empty_database_beside_checkpoints_is_no_new_clinic(manager: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM clinic_trailevent")
        cursor.execute("DELETE FROM clinic_chainhead WHERE site_id IS NOT NULL")
        cursor.execute("DELETE FROM clinic_site")
        cursor.execute("SET LOCAL session_replication_role = origin")
        with pytest.raises(EmptyDatabaseError, match="Put a backup back"):
            look_for_rollback(at=LATER)
        with pytest.raises(CommandError, match="The database is empty"):
            call_command("prepare", without_redis=True)
        assert not Rollback.objects.exists()


def test_prepare_says_it_and_the_start_of_web_and_worker_finds_it(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "close", lambda: None)
    look_at_start()
    assert Rollback.objects.exists()
    out = io.StringIO()
    call_command("prepare", without_redis=True, stdout=out)
    assert "READ ONLY" in out.getvalue().splitlines()[-1]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM clinic_rollback",
        "UPDATE clinic_rollback SET found_at = now()",
        "TRUNCATE clinic_rollback",
        "INSERT INTO clinic_rollback (found_at, lost) VALUES (now(), '[]')",
    ],
)
def test_that_it_was_found_stays(manager: Actor, statement: str) -> None:
    look_for_rollback(at=LATER)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    begin(manager)
    with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic():
        Rollback.objects.update(acknowledged_at=AT)
