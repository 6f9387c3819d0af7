"""No program outlives the launcher, not even when the launcher is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from launch.places import ROOT
from launch.processes import Known, Register, command_line, signal_group, spawn, started_at, wait_gone

SLEEP = ["sleep", "60"]


def known(process: subprocess.Popen[bytes]) -> Known:
    return Known("sleeper", process.pid, started_at(process.pid))


def end(process: subprocess.Popen[bytes]) -> None:
    signal_group(process.pid, signal.SIGKILL)
    process.wait(timeout=5)


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 10
    while not (path.exists() and path.read_text().endswith("\n")):
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.02)
    return path.read_text()


def test_a_running_process_is_known_and_an_ended_one_is_not(tmp_path: Path) -> None:
    process = spawn(SLEEP, output=tmp_path / "log", end_with_us=None)
    one = known(process)
    assert one.runs()
    # Between its start and its program a process has no command line.
    deadline = time.monotonic() + 10
    while not command_line(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert command_line(process.pid) == "sleep 60"
    end(process)
    assert not one.runs()
    assert started_at(process.pid) == ""


def test_another_process_with_the_same_number_is_not_the_same() -> None:
    assert Known("us", os.getpid(), started_at(os.getpid())).runs()
    assert not Known("us", os.getpid(), "another boot/12").runs()
    assert not Known("nobody", os.getpid(), "").runs()


def test_a_zombie_has_ended(tmp_path: Path) -> None:
    process = spawn(["true"], output=tmp_path / "log", end_with_us=None)
    deadline = time.monotonic() + 5
    while started_at(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert started_at(process.pid) == ""
    process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_programs_end_when_the_launcher_is_killed(tmp_path: Path, how: signal.Signals) -> None:
    pid_file = tmp_path / "pid"
    code = (
        "import sys, time; from pathlib import Path; from launch.processes import spawn\n"
        f"child = spawn(['sleep', '60'], output=Path({str(tmp_path / 'log')!r}))\n"
        f"Path({str(pid_file)!r}).write_text(f'{{child.pid}}\\n'); time.sleep(60)"
    )
    launcher = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    pid = int(wait_for(pid_file))
    child = Known("sleeper", pid, started_at(pid))
    assert child.runs()
    launcher.send_signal(how)
    launcher.wait(timeout=5)
    assert wait_gone([child], seconds=5) == []


def test_what_programs_write_is_private(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = spawn(["sh", "-c", f"umask; echo x > '{tmp_path}/made'"], output=log, end_with_us=None)
    process.wait(timeout=5)
    assert log.read_text() == "0077\n"
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o600


def test_the_next_start_ends_what_a_killed_launcher_left(tmp_path: Path) -> None:
    register = Register(tmp_path / "processes.json")
    gentle = spawn(SLEEP, output=tmp_path / "log", end_with_us=None)
    stranger = spawn(SLEEP, output=tmp_path / "log", end_with_us=None)
    register.write([known(gentle), Known("reused number", stranger.pid, "another boot/12")])
    try:
        register.end_leftovers()
        assert gentle.wait(timeout=5) == -signal.SIGTERM
        assert stranger.poll() is None
        assert register.read() == []
        assert not register.path.exists()
    finally:
        end(stranger)


def test_a_damaged_register_names_nobody(tmp_path: Path) -> None:
    register = Register(tmp_path / "processes.json")
    register.path.write_text('[{"name": "web"')
    assert register.read() == []
    register.end_leftovers()
