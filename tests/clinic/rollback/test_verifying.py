"""`verify_trail` reads every place that the start-up look reads, and says which it couldn't."""

import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic.accounts.models import Site
from clinic.checkpoints.places import Bucket
from clinic.checkpoints.services import look_for_rollback
from clinic.checkpoints.texts import checkpoint_text
from clinic.checkpoints.writing import write_checkpoint
from clinic.trail.models import ChainHead, Rollback
from tests.clinic.rollback.given import AT, BEFORE, LATER, name_bucket, put_back, trail_of, written

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _bucket(settings: Any, tmp_path: Path) -> None:
    name_bucket(settings, tmp_path)


def verified(**options: Any) -> tuple[str, str, str]:
    """Return what `verify_trail` ends with when it fails, "" when it doesn't, and both its outputs."""
    out, errors = io.StringIO(), io.StringIO()
    try:
        call_command("verify_trail", stdout=out, stderr=errors, **options)
    except CommandError as error:
        return str(error), out.getvalue(), errors.getvalue()
    return "", out.getvalue(), errors.getvalue()


def test_what_only_the_bucket_tells_is_missing_too(site: Site, tmp_path: Path) -> None:
    by = trail_of(site)
    write_checkpoint(at=BEFORE)
    for number in range(5):
        written(by=by, reason=f"later {number}")
    write_checkpoint(at=AT)
    max((tmp_path / "a").rglob("*.txt")).unlink()
    assert verified()[0] == ""
    put_back(site, keep=4)
    (said,) = look_for_rollback(at=LATER)
    assert "verify_trail" in said
    failed, out, _errors = verified()
    assert f"site {site.pk} (N, Site North), entry 4: truncated: 5 entries after it that were noted down" in failed
    assert f"Checkpoints read: 1 in {tmp_path / 'a'}, 2 in bucket trail" in out


def test_an_older_checkpoint_of_the_bucket_tells_of_a_chain_written_anew(site: Site, tmp_path: Path) -> None:
    by = trail_of(site)
    write_checkpoint(at=BEFORE)
    put_back(site, keep=2)
    for reason in ("another", "story"):
        written(by=by, reason=reason)
    # Whoever has the signing key makes a new one, and takes away what they can; a locked bucket keeps the old one.
    Bucket("trail").put("2026-11-02/20261102T093005Z.txt", checkpoint_text(ChainHead.objects.get(site=site), at=AT))
    shutil.rmtree(tmp_path / "a")
    look_for_rollback(at=LATER)
    assert not Rollback.objects.exists()
    failed, out, _errors = verified()
    assert f"site {site.pk} (N, Site North), entry 4: checkpoint mismatch" in failed
    assert "Checkpoints read: 2 in bucket trail" in out


def test_what_is_no_checkpoint_is_named_with_the_bucket(site: Site, tmp_path: Path) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    next((tmp_path / "bucket").rglob("*.txt")).write_text("nonsense")
    failed, _out, _errors = verified()
    assert "checkpoints/2026-11-02/20261102T093005Z.txt in bucket trail isn't a checkpoint" in failed


def test_a_bucket_that_cannot_be_reached_is_said_and_is_no_success(site: Site, tmp_path: Path) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    shutil.rmtree(tmp_path / "bucket")
    failed, out, errors = verified()
    assert failed.startswith("what was read is whole, but the checkpoints in bucket trail can't be read: ")
    assert "The checkpoints in bucket trail can't be read (FileNotFoundError: " in errors
    assert f"Checkpoints read: 1 in {tmp_path / 'a'}\n" in out
    assert "The trail is whole" not in out
    assert verified(checkpoints=[tmp_path / "a"])[0] == ""  # copies of them, where the bucket is away
    put_back(site, keep=2)
    failed, _out, errors = verified()
    assert "truncated: 2 entries" in failed  # what is found in what could be read comes first
    assert "bucket trail can't be read" in errors


def test_a_folder_that_is_gone_is_no_empty_one(site: Site, tmp_path: Path) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    shutil.rmtree(tmp_path / "a")
    failed, out, errors = verified()
    assert failed.startswith(f"what was read is whole, but the checkpoints in {tmp_path / 'a'} can't be read: ")
    assert f"The checkpoints in {tmp_path / 'a'} can't be read (it took one at " in errors
    assert "and holds none now" in errors
    assert "Checkpoints read: 1 in bucket trail\n" in out


def test_a_folder_that_never_took_one_is_said(site: Site, settings: Any, tmp_path: Path) -> None:
    trail_of(site)
    (tmp_path / "file").write_text("")
    settings.CHECKPOINT_FOLDERS = [str(tmp_path / "a"), str(tmp_path / "file" / "below")]
    write_checkpoint(at=AT)
    failed, _out, errors = verified()
    assert f"the checkpoints in {tmp_path / 'file' / 'below'} can't be read" in failed
    assert "can't be read (it never took one: NotADirectoryError" in errors


def test_each_folder_given_is_said_by_itself(site: Site, tmp_path: Path) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    _failed, out, _errors = verified(checkpoints=[tmp_path / "a", tmp_path / "bucket"])
    assert f"Checkpoints read: 1 in {tmp_path / 'a'}, 1 in {tmp_path / 'bucket'}\n" in out
    assert ", 2 checkpoints, " in out
