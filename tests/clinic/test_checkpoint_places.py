"""Places for checkpoints that fail: nobody waits long for one, and everybody who should know of it does."""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.checkpoints import places, writing
from clinic.checkpoints.noticing import look_at_start
from clinic.checkpoints.places import Bucket, Folder
from clinic.checkpoints.standing import CHECKPOINT_S, all_on_one_disk, place_standings
from clinic.checkpoints.writing import Patience, TooFewPlacesError, note_the_end, write_checkpoint
from clinic.outbox.drain import drain
from clinic.outbox.health import begin_anew, health
from clinic.outbox.models import Alert, Heartbeat, OutboxEntry
from clinic.outbox.services import defer
from clinic.outbox.stopping import _asked
from clinic.worklist.registry import work_for
from tests.clinic.rollback.given import AT, LATER, name_bucket, put_back, trail_of

pytestmark = pytest.mark.django_db
STOP_S = 10.0


@pytest.fixture(autouse=True)
def _keys_of_its_own(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.setattr(connection, "close", lambda: None)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port of this machine where somebody takes calls and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


@pytest.fixture
def silent_bucket(settings: Any, silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket as the settings name one, at a server that never answers, beside two folders."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    settings.CHECKPOINT_BUCKET = "trail"
    options = {"bucket_name": "trail", "endpoint_url": f"http://127.0.0.1:{silent_port}", "region_name": "here"}
    bucket = {"BACKEND": "clinic.buckets.CheckpointStorage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "checkpoints": bucket}


def written(settings: Any) -> int:
    """How many checkpoints lie in the folders."""
    return sum(1 for folder in settings.CHECKPOINT_FOLDERS for _path in Path(folder).rglob("*.txt"))


def refuse(monkeypatch: pytest.MonkeyPatch, kind: type = Bucket, said: str = "Access Denied") -> None:
    """Let every place of this kind refuse what is put there."""

    def put(self: Any, file_name: str, text: str) -> None:
        raise PermissionError(said)

    monkeypatch.setattr(kind, "put", put)


def page(client: Client, name: str = "alert_list") -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(reverse(name)).content.decode()).split())


def grow_old(seconds: float) -> None:
    """Let everything that was noted of checkpoints be so much longer ago."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clinic_heartbeat SET at = at - %s * interval '1 second'", [seconds])
        cursor.execute(
            "UPDATE clinic_checkpointplace SET took_at = took_at - %s * interval '1 second', "
            "failing_since = failing_since - %s * interval '1 second'",
            [seconds, seconds],
        )


@pytest.mark.usefixtures("silent_bucket")
def test_a_bucket_that_never_answers_keeps_no_checkpoint_from_the_folders_at_the_end(site: Site, settings: Any) -> None:
    trail_of(site)
    since = time.monotonic()
    note_the_end()
    assert time.monotonic() - since < STOP_S
    assert written(settings) == 2


@pytest.mark.usefixtures("silent_bucket")
def test_the_folders_are_written_before_anybody_waits_for_a_bucket(
    site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail_of(site)
    lying: list[int] = []
    original = writing.look_for_rollback

    def look(**how: Any) -> list[str]:
        if any(isinstance(place, Bucket) for place in how["reading"]):
            lying.append(written(settings))
        return original(**how)

    monkeypatch.setattr(writing, "look_for_rollback", look)
    write_checkpoint(at=AT, patience=Patience(read_s=0.2, put_s=0.2))
    assert lying == [2]


@pytest.mark.usefixtures("silent_bucket")
def test_a_bucket_that_never_answers_holds_up_a_start_for_seconds_only(site: Site) -> None:
    trail_of(site)
    since = time.monotonic()
    look_at_start()
    assert time.monotonic() - since < STOP_S


@pytest.mark.usefixtures("silent_bucket")
def test_the_buckets_client_gives_up_by_itself(settings: Any) -> None:
    client = storages["checkpoints"].connection.meta.client  # type: ignore[attr-defined]
    config = client.meta.config
    assert (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"] <= 15


def test_a_mail_server_that_never_answers_keeps_nothing_up(site: Site, settings: Any, silent_port: int) -> None:
    trail_of(site)
    settings.CHECKPOINT_MAILBOX = "owner@clinic.example"
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    options = {"host": "127.0.0.1", "port": silent_port, "timeout": 60}
    settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": options}}
    since = time.monotonic()
    note_the_end()
    assert time.monotonic() - since < STOP_S
    assert written(settings) == 2
    settings.CHECKPOINT_FOLDERS = settings.CHECKPOINT_FOLDERS[:1]
    with pytest.raises(TooFewPlacesError, match=r"1 took it, these failed: owner@clinic\.example"):
        write_checkpoint(at=AT, patience=Patience(read_s=0.2, put_s=0.2))


@pytest.mark.usefixtures("silent_bucket")
def test_a_worker_that_is_to_stop_waits_no_longer_for_a_bucket(site: Site, settings: Any) -> None:
    trail_of(site)
    before = _asked[0]
    _asked[0] = 1
    try:
        since = time.monotonic()
        write_checkpoint(at=AT)
        assert time.monotonic() - since < STOP_S / 2
    finally:
        _asked[0] = before
    assert written(settings) == 2


def test_a_bucket_that_lets_us_write_and_not_read_takes_them(
    site: Site, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail_of(site)
    name_bucket(settings, tmp_path)

    def texts(self: Bucket) -> Any:
        raise PermissionError("Access Denied")

    monkeypatch.setattr(Bucket, "texts", texts)
    assert write_checkpoint(at=AT) == [str(tmp_path / "a"), "trail"]


def test_a_place_that_refuses_is_shown_with_what_it_says_and_what_to_do(
    site: Site, settings: Any, sign_in: Any, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail_of(site)
    sign_in(site, Role.MANAGER)
    name_bucket(settings, tmp_path)
    settings.CHECKPOINT_FOLDERS.append(str(tmp_path / "b"))
    with monkeypatch.context() as patch:
        refuse(patch)
        assert len(write_checkpoint(at=AT)) == 2
    told = page(client)
    assert "The bucket trail takes no checkpoints" in told
    assert "It has never taken one." in told
    assert "PermissionError: Access Denied" in told
    assert "CLINIC_CHECKPOINT_BUCKET" in told
    assert "bin/manage write_checkpoint" in told
    assert len(write_checkpoint(at=LATER)) == 3
    told = page(client)
    assert "takes no checkpoints" not in told
    assert "Access Denied" not in told
    assert told.count("Took the last one") == 3
    with monkeypatch.context() as patch:
        refuse(patch)
        write_checkpoint(at=LATER)
    told = page(client)
    assert "It took the last one on" in told
    assert told.count("Took the last one") == 2


def test_each_kind_of_place_has_its_words(
    site: Site, settings: Any, sign_in: Any, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail_of(site)
    sign_in(site, Role.MANAGER)
    settings.CHECKPOINT_MAILBOX = "owner@clinic.example"
    refuse(monkeypatch, Folder, "No space left on device")
    refuse(monkeypatch, places.Mailbox, "Relay access denied")
    with pytest.raises(TooFewPlacesError):
        write_checkpoint(at=AT)
    told = page(client)
    assert f"The folder {settings.CHECKPOINT_FOLDERS[0]} takes no checkpoints" in told
    assert "whether its disk is full" in told
    assert "No checkpoint can be sent to owner@clinic.example" in told
    assert "CLINIC_SMTP_HOST" in told


@pytest.mark.usefixtures("silent_bucket")
def test_a_place_that_gave_no_answer_is_named_too_but_not_by_who_was_in_a_hurry(
    site: Site, sign_in: Any, client: Client
) -> None:
    trail_of(site)
    sign_in(site, Role.MANAGER)
    note_the_end()
    assert "takes no checkpoints" not in page(client)
    write_checkpoint(at=AT, patience=Patience(read_s=0.2, put_s=0.2))
    told = page(client)
    assert "The bucket trail takes no checkpoints" in told
    assert "no answer within" in told


def test_a_bucket_that_is_only_named_silences_no_alert_that_all_lies_on_one_disk(
    site: Site, settings: Any, sign_in: Any, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(site, Role.MANAGER)
    name_bucket(settings, tmp_path)
    settings.CHECKPOINT_FOLDERS.append(str(tmp_path / "b"))
    assert all_on_one_disk(place_standings())
    trail_of(site)
    with monkeypatch.context() as patch:
        refuse(patch)
        write_checkpoint(at=AT)
    assert "All checkpoints lie on one disk" in page(client)
    write_checkpoint(at=LATER)
    assert "All checkpoints lie on one disk" not in page(client)
    with monkeypatch.context() as patch:
        refuse(patch)
        write_checkpoint(at=LATER)
    assert "All checkpoints lie on one disk" in page(client)


def test_a_bucket_that_took_one_long_before_the_last_doesnt_count(
    site: Site, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail_of(site)
    name_bucket(settings, tmp_path)
    settings.CHECKPOINT_FOLDERS.append(str(tmp_path / "b"))
    write_checkpoint(at=AT)
    grow_old(CHECKPOINT_S + 60)
    assert not all_on_one_disk(place_standings())  # it has the last one that there is
    monkeypatch.setattr(writing, "places", lambda: iter(places.folders()))
    write_checkpoint(at=LATER)
    assert [each.takes for each in place_standings()] == [True, True, False]
    assert all_on_one_disk(place_standings())


def test_what_the_places_said_is_kept_though_too_few_took_it_and_nobody_is_told_twice(
    site: Site, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail_of(site)
    name_bucket(settings, tmp_path)
    refuse(monkeypatch)
    defer("clinic.checkpoint", key="1", payload={})
    drain(effects=["clinic.checkpoint"])
    assert OutboxEntry.objects.get(effect="clinic.checkpoint").done_at is not None
    assert [(each.place.name, each.said) for each in place_standings()] == [
        (str(tmp_path / "a"), ""), ("trail", "PermissionError: Access Denied"),
    ]  # fmt: skip
    assert not Alert.objects.exists()


def test_who_never_gets_one_into_two_places_is_late_all_the_same(
    site: Site, settings: Any, sign_in: Any, client: Client
) -> None:
    trail_of(site)
    sign_in(site, Role.MANAGER)
    settings.CHECKPOINT_FOLDERS = settings.CHECKPOINT_FOLDERS[:1]
    begin_anew()
    assert health()["checkpoint"] is True  # nothing was tried yet
    with pytest.raises(TooFewPlacesError):
        write_checkpoint(at=AT)
    assert health()["checkpoint"] is True
    grow_old(CHECKPOINT_S + 60)
    assert health()["checkpoint"] is False
    assert "last checkpoint is too old" in page(client)


def test_a_place_that_goes_on_failing_is_work_for_the_manager(
    site: Site, settings: Any, sign_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail_of(site)
    name_bucket(settings, tmp_path)
    settings.CHECKPOINT_FOLDERS.append(str(tmp_path / "b"))
    manager = sign_in(site, Role.MANAGER)

    def told() -> list[str]:
        return [item.detail for item in work_for(manager, clock.now()) if "don’t get everywhere" in item.title]

    write_checkpoint(at=AT)
    assert told() == []
    refuse(monkeypatch)
    write_checkpoint(at=LATER)
    assert told() == []  # it may pass
    grow_old(CHECKPOINT_S + 60)
    assert told() == ["Not to: trail"]
    assert [item for item in work_for(sign_in(site, Role.OPERATOR), clock.now()) if "Not to" in item.detail] == []


def test_the_command_says_which_place_failed(
    site: Site, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trail_of(site)
    name_bucket(settings, tmp_path)
    settings.CHECKPOINT_FOLDERS.append(str(tmp_path / "b"))
    refuse(monkeypatch)
    call_command("write_checkpoint")
    told = capsys.readouterr()
    assert told.out.count("Checkpoint written to") == 2
    assert "The bucket trail takes no checkpoints: PermissionError: Access Denied." in told.err
    assert "All places lie on one disk" in told.err


@pytest.mark.parametrize("open_s", [60, CHECKPOINT_S + 120])
@pytest.mark.parametrize("read_only", [False, True])
def test_page_list_and_healthz_say_the_same_of_an_old_checkpoint(
    site: Site, sign_in: Any, client: Client, open_s: float, read_only: bool
) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    manager = sign_in(site, Role.MANAGER)
    begin_anew()
    grow_old(open_s)
    Heartbeat.objects.filter(name=Heartbeat.Name.CHECKPOINT).update(at="2026-01-01T00:00:00Z")
    if read_only:
        put_back(site, keep=2)
        assert write_checkpoint(at=LATER) == []
    late = open_s > CHECKPOINT_S and not read_only  # who may write none is late with none
    assert health()["checkpoint"] is not late
    assert ("last checkpoint is too old" in page(client)) is late
    assert any("checkpoint is too old" in item.title for item in work_for(manager, clock.now())) is late
    assert health()["read_only"] is read_only
