"""A lock is free again as soon as its holder is gone, however it went."""

import subprocess
import sys
import time
from pathlib import Path

from launch.locks import FolderLock
from launch.places import ROOT


def test_a_second_taker_is_told_no_and_can_read_who_has_it(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path / "lock"), FolderLock(tmp_path / "lock")
    assert first.take(wait=False)
    first.write("held by the first")
    assert not second.take(wait=False)
    assert second.note() == "held by the first"
    first.release()
    assert second.take(wait=False)
    second.release()


def test_many_may_share_and_the_last_may_have_it_alone(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path / "lock"), FolderLock(tmp_path / "lock")
    assert first.take(shared=True, wait=False)
    assert second.take(shared=True, wait=False)
    assert not first.take(wait=False)
    first.release()
    assert second.take(wait=False)
    second.release()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import time; from pathlib import Path; from launch.locks import FolderLock\n"
        f"lock = FolderLock(Path({str(path)!r})); lock.take(); lock.write('taken'); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    lock = FolderLock(path)
    deadline = time.monotonic() + 10
    while lock.note() != "taken":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not lock.take(wait=False)
    holder.kill()
    holder.wait(timeout=5)
    assert lock.take(wait=False)
    lock.release()


def test_a_program_started_meanwhile_does_not_hold_it(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "lock")
    lock.take()
    child = subprocess.Popen(["sleep", "60"], close_fds=False)
    lock.release()
    again = FolderLock(tmp_path / "lock")
    try:
        assert again.take(wait=False)
    finally:
        again.release()
        child.kill()
        child.wait(timeout=5)
