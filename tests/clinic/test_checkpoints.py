"""Checkpoints: signed, in two places at least, and a cut-off tail is seen by them."""

import base64
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings as project_settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.celery import _checkpoint as checkpoint_of_worker
from clinic.checkpoints import places
from clinic.checkpoints.signing_key import public_key_files, signing_key
from clinic.checkpoints.standing import CHECKPOINT_S, all_on_one_disk, last_checkpoint, place_standings
from clinic.checkpoints.texts import checkpoint_text, short_form
from clinic.checkpoints.writing import TooFewPlacesError, write_checkpoint
from clinic.outbox.beat import ClinicScheduler
from clinic.outbox.health import health
from clinic.outbox.models import Heartbeat
from clinic.outbox.registry import ticks
from clinic.trail.models import Action, ChainHead, TrailEvent
from clinic.trail.unit import record, unit_of_work
from clinic.trail.verifier import Noted, note_checkpoints, read_keys
from tests.factories import make_actor, make_site

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 2, 9, 30, 5, tzinfo=UTC)
VERIFIER = Path(project_settings.BASE_DIR) / "clinic" / "trail" / "verifier.py"


@pytest.fixture(autouse=True)
def _keys_of_its_own(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"


@unit_of_work
def noted_down(by: Any) -> None:
    record(by=by, action=Action.READ, subject=by.site)


def trail_of(site: Site, entries: int = 4) -> Any:
    by = make_actor(site, Role.MANAGER)
    for _number in range(entries):
        noted_down(by)
    return by


def files_of(settings: Any) -> list[Path]:
    return [path for folder in settings.CHECKPOINT_FOLDERS for path in sorted(Path(folder).rglob("*.txt"))]


def cut_off_with_its_end(site: Site, *, keep: int) -> None:
    last = TrailEvent.objects.get(site=site, seq=keep)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM clinic_trailevent WHERE site_id = %s AND seq > %s", [site.pk, keep])
        cursor.execute(
            "UPDATE clinic_chainhead SET seq = %s, count = %s, hash = %s WHERE site_id = %s",
            [keep, keep, last.hash, site.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_checkpoint_names_every_chains_end_and_lies_in_both_folders(
    site: Site, other_site: Site, settings: Any
) -> None:
    trail_of(site)
    trail_of(other_site, 2)
    assert write_checkpoint(at=AT) == settings.CHECKPOINT_FOLDERS
    first, second = files_of(settings)
    assert first.name == "20261102T093005Z.txt"
    assert first.parent.name == "2026-11-02"
    assert first.read_text() == second.read_text()
    head = ChainHead.objects.get(site=site)
    text = first.read_text()
    assert f"site: {site.pk}\nepoch: 1\nseq: 4\nhash: {head.hash}\ncount: 4\ntime: 2026-11-02T09:30:05.000000Z" in text
    noted = Noted()
    assert note_checkpoints(noted, [first.parent], read_keys(public_key_files())) == 2
    assert noted.findings == []
    assert set(noted.hashes[other_site.pk]) == {(1, 2)}


def test_the_key_is_made_once_and_readable_by_its_owner_only(settings: Any) -> None:
    signing_key()
    path = settings.DATA_DIR / "keys" / "trail.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    signing_key()
    assert path.read_bytes() == before
    assert [each.name for each in public_key_files()] == ["trail.pub"]


@pytest.mark.parametrize("changed", ["seq: 4", "count: 4", "time: 2026", "origin: http"])
def test_a_checkpoint_that_was_changed_is_not_believed(site: Site, settings: Any, changed: str) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    path = files_of(settings)[0]
    path.write_text(path.read_text().replace(changed, changed[:-1] + "3"))
    with pytest.raises(CommandError, match="isn't signed with this clinic's key"):
        call_command("verify_trail")


def test_a_checkpoint_signed_with_another_key_is_not_believed(site: Site, settings: Any) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    for path in files_of(settings):
        text = path.read_text().rpartition("\nsignature: ")[0]
        signature = base64.b64encode(Ed25519PrivateKey.generate().sign(text.encode())).decode()
        path.write_text(f"{text}\nsignature: {signature}\n")
    with pytest.raises(CommandError, match="isn't signed with this clinic's key"):
        call_command("verify_trail")


@pytest.mark.parametrize("text", ["", "nonsense", "Baseline checkpoint 1\nsite: 1\nsignature: x", "\x00\xff\n\n\n\n"])
def test_a_file_that_is_no_checkpoint_is_a_finding(site: Site, settings: Any, text: str) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    files_of(settings)[0].write_text(text)
    with pytest.raises(CommandError, match="isn't a checkpoint"):
        call_command("verify_trail")


def test_a_tail_cut_off_with_its_end_is_found_by_the_command_and_by_the_file_alone(
    site: Site, settings: Any, tmp_path: Path
) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    call_command("verify_trail")
    call_command("export_trail", str(tmp_path / "whole.jsonl"))
    cut_off_with_its_end(site, keep=2)
    with pytest.raises(CommandError, match=rf"site {site.pk} \(N, Site North\), entry 2: truncated: 2 entries"):
        call_command("verify_trail")
    call_command("export_trail", str(tmp_path / "cut.jsonl"))

    def verified(export: str) -> tuple[int, str]:
        key = str(settings.DATA_DIR / "keys" / "trail.pub")
        command = [sys.executable, "-I", str(VERIFIER), str(tmp_path / export), "--public-key", key]
        command += ["--checkpoints", settings.CHECKPOINT_FOLDERS[1]]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
        return done.returncode, done.stdout

    assert verified("whole.jsonl") == (0, "The trail is whole: 4 entries read, 2 checkpoints.\n")
    code, said = verified("cut.jsonl")
    assert code == 1
    assert said.startswith(f"site {site.pk}, entry 2: truncated: 2 entries after it that were noted down are missing")
    assert verified("missing.jsonl")[0] == 2


def test_an_end_that_was_exported_is_noted(site: Site, tmp_path: Path) -> None:
    trail_of(site)
    call_command("export_trail", str(tmp_path / "all.jsonl"))
    cut_off_with_its_end(site, keep=2)
    with pytest.raises(CommandError, match="truncated: 2 entries"):
        call_command("verify_trail")


def test_an_export_says_when_its_end_isnt_noted(
    site: Site, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trail_of(site)
    settings.CHECKPOINT_FOLDERS = settings.CHECKPOINT_FOLDERS[:1]
    call_command("export_trail", str(tmp_path / "all.jsonl"))
    told = capsys.readouterr()
    assert "4 entries exported" in told.out
    assert "aren't noted outside the database" in told.err


def test_an_export_is_not_written_over(site: Site, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("something")
    with pytest.raises(CommandError, match="File exists"):
        call_command("export_trail", str(tmp_path / "there"))


def test_the_verifier_needs_nothing_of_the_clinic() -> None:
    lines = VERIFIER.read_text().splitlines()
    assert len(lines) <= 400
    assert not [line for line in lines if line.strip().startswith(("from django", "import django", "from clinic"))]


def dropped_by_postgres() -> None:
    """End this thread's connection from the other side, as a restart of Postgres does."""
    connection.ensure_connection()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
            assert cursor.fetchone() == (True,)
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_the_checkpoint_at_the_workers_end_is_written_though_postgres_dropped_its_connections(settings: Any) -> None:
    by = trail_of(make_site("N"))
    checkpoint_of_worker()  # as it begins
    assert connection.connection is None
    noted_down(by)
    dropped_by_postgres()
    checkpoint_of_worker()  # as it ends
    newest = files_of(settings)[-1].read_text()
    assert "\nseq: 5\n" in newest
    assert connection.connection is None


@pytest.mark.django_db(transaction=True)
def test_beat_gives_a_sign_of_life_though_postgres_dropped_its_connection() -> None:
    ClinicScheduler._give_sign_of_life(None)  # type: ignore[arg-type]
    Heartbeat.objects.all().delete()
    dropped_by_postgres()
    ClinicScheduler._give_sign_of_life(None)  # type: ignore[arg-type]
    assert Heartbeat.objects.filter(name=Heartbeat.Name.BEAT).exists()


def test_one_place_is_too_few_and_a_broken_one_keeps_nothing_from_the_others(
    site: Site, settings: Any, tmp_path: Path
) -> None:
    trail_of(site)
    (tmp_path / "file").write_text("in the way")
    settings.CHECKPOINT_FOLDERS = [str(tmp_path / "file" / "below"), str(tmp_path / "a")]
    with pytest.raises(TooFewPlacesError, match=r"1 took it, these failed: .*below"):
        write_checkpoint(at=AT)
    assert len(list((tmp_path / "a").rglob("*.txt"))) == 1
    assert not Heartbeat.objects.filter(name="checkpoint").exists()
    settings.CHECKPOINT_FOLDERS.append(str(tmp_path / "b"))
    assert write_checkpoint(at=AT) == [str(tmp_path / "a"), str(tmp_path / "b")]


def test_a_mailbox_is_a_place_too(site: Site, settings: Any, tmp_path: Path) -> None:
    trail_of(site)
    settings.CHECKPOINT_FOLDERS = [str(tmp_path / "a")]
    settings.CHECKPOINT_MAILBOX = "owner@clinic.example"
    assert write_checkpoint(at=AT) == [str(tmp_path / "a"), "owner@clinic.example"]
    (sent,) = mail.outbox
    assert sent.to == ["owner@clinic.example"]
    assert sent.body == next((tmp_path / "a").rglob("*.txt")).read_text()


def test_a_bucket_is_a_place_too(site: Site, settings: Any, tmp_path: Path) -> None:
    trail_of(site)
    settings.CHECKPOINT_FOLDERS = [str(tmp_path / "a")]
    settings.CHECKPOINT_BUCKET = "trail"
    bucket = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "bucket"}}
    settings.STORAGES = {**settings.STORAGES, "checkpoints": bucket}
    assert write_checkpoint(at=AT) == [str(tmp_path / "a"), "trail"]
    assert (tmp_path / "bucket" / "checkpoints" / "2026-11-02" / "20261102T093005Z.txt").exists()


def test_before_the_first_entry_there_is_nothing_to_write(settings: Any) -> None:
    assert write_checkpoint(at=AT) == []
    assert files_of(settings) == []


def test_it_is_due_every_five_minutes() -> None:
    (tick,) = [each for each in ticks() if each.name == "clinic.checkpoint"]
    assert (tick.every, tick.per_site, tick.latest_only) == ("five minutes", False, True)


def test_a_late_checkpoint_is_shown_and_makes_the_clinic_unwell(site: Site, sign_in: Any, client: Client) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    sign_in(site, Role.MANAGER)
    assert not last_checkpoint().late
    assert "last checkpoint is too old" not in client.get(reverse("alert_list")).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clinic_heartbeat SET at = at - %s * interval '1 second'", [CHECKPOINT_S + 60])
    assert last_checkpoint().late
    assert health()["checkpoint"] is False
    for page in ("alert_list", "today"):
        assert "last checkpoint is too old" in client.get(reverse(page)).content.decode()


def test_places_on_one_disk_are_warned_of(
    site: Site, sign_in: Any, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(site, Role.MANAGER)
    assert all_on_one_disk(place_standings())
    assert "All checkpoints lie on one disk" in client.get(reverse("alert_list")).content.decode()
    elsewhere = settings.CHECKPOINT_FOLDERS[1]
    monkeypatch.setattr(places, "_disk", lambda path: str(path) == elsewhere)
    assert not all_on_one_disk(place_standings())
    assert "All checkpoints lie on one disk" not in client.get(reverse("alert_list")).content.decode()


def test_a_folder_that_is_named_twice_is_one_place(settings: Any, tmp_path: Path) -> None:
    settings.CHECKPOINT_FOLDERS = [str(tmp_path / "kept"), str(tmp_path / "." / "kept"), str(tmp_path / "other")]
    assert [place.name for place in places.places()] == [str(tmp_path / "kept"), str(tmp_path / "other")]


def test_the_short_form_is_the_beginning_of_what_is_signed(site: Site) -> None:
    assert short_form(site.pk) is None
    trail_of(site)
    head = ChainHead.objects.get(site=site)
    short = short_form(site.pk)
    assert short is not None
    assert (short["epoch"], short["seq"], short["hash"]) == (head.epoch, 4, head.hash[:16])
    assert f"hash: {short['hash']}" in checkpoint_text(head, at=AT)
