"""Programs that are started while the database is prepared wait until it is, and don't outlive who started them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clinic.starting import wait_until_prepared
from launch.places import ROOT

WAITS = "from clinic.starting import wait_until_prepared as wait; wait(); print('on', flush=True)"


def waiting(file: Path) -> "subprocess.Popen[bytes]":
    env = {**os.environ, "CLINIC_STARTS_AFTER": str(file)}
    return subprocess.Popen([sys.executable, "-c", WAITS], env=env, cwd=ROOT, stdout=subprocess.PIPE)


def test_nothing_is_waited_for_where_no_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLINIC_STARTS_AFTER", raising=False)
    before = time.monotonic()
    wait_until_prepared()
    assert time.monotonic() - before < 1


def test_a_program_goes_on_once_the_file_is_there(tmp_path: Path) -> None:
    file = tmp_path / "may-start"
    process = waiting(file)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    file.touch()
    said, _errors = process.communicate(timeout=10)
    assert (said, process.returncode) == (b"on\n", 0)


def test_a_program_ends_when_its_launcher_has_gone(tmp_path: Path) -> None:
    # The launcher in between starts it and ends; nobody makes the file. The outputs end with the last who holds them.
    launcher = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {WAITS!r}]); time.sleep(1)"
    env = {**os.environ, "CLINIC_STARTS_AFTER": str(tmp_path / "never")}
    done = subprocess.run(
        [sys.executable, "-c", launcher], env=env, cwd=ROOT, capture_output=True, text=True, timeout=20, check=True
    )
    assert (done.stdout, done.stderr) == ("", "The clinic's launcher is gone.\n")
