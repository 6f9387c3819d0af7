"""The data folder is checked before anything is put into it."""

import os
from pathlib import Path

import pytest

from launch import places
from launch.failure import Failure
from launch.places import ROOT, Data, data_folder, require_shared_memory


def test_the_command_line_goes_before_the_environment_before_var(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLINIC_DATA", raising=False)
    assert data_folder(None).home == (ROOT / "var").resolve()
    monkeypatch.setenv("CLINIC_DATA", str(tmp_path / "a"))
    assert data_folder(None).home == (tmp_path / "a").resolve()
    assert data_folder(str(tmp_path / "b")).home == (tmp_path / "b").resolve()


def test_a_new_data_folder_is_closed_to_others(tmp_path: Path) -> None:
    data = Data(tmp_path / "new" / "clinic")
    data.open()
    assert data.home.stat().st_mode & 0o066 == 0
    assert data.logs.stat().st_mode & 0o077 == 0
    data.open()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(Failure, match="a file is in the way"):
        Data(file / "clinic").open()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named_with_the_reason(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Failure, match="can't be written to: Permission denied"):
        Data(tmp_path / "clinic").open()


def test_a_full_disk_is_told_with_both_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Disk:
        f_bavail = 20_000
        f_frsize = 1_000

    monkeypatch.setattr(places.os, "statvfs", lambda path: Disk)
    with pytest.raises(Failure, match=r"is full: 20 MB are free, 250 MB are needed"):
        Data(tmp_path).require_space()


def test_enough_room_is_enough(tmp_path: Path) -> None:
    if os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize < places.FREE_BYTES_NEEDED:
        pytest.skip("the test machine's disk is full")
    Data(tmp_path).require_space()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_closed_folder_for_shared_memory_is_said_with_what_to_do(tmp_path: Path) -> None:
    closed = tmp_path / "shm"
    closed.mkdir(mode=0o555)
    with pytest.raises(Failure, match=f"chmod 1777 {closed}"):
        require_shared_memory(closed)


def test_shared_memory_that_may_be_written_or_isnt_there_is_no_matter(tmp_path: Path) -> None:
    require_shared_memory(tmp_path)
    require_shared_memory(tmp_path / "none")
