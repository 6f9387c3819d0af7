"""The two commands for real: a clinic on a fresh data folder, from its first start to its last process."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from launch.places import ROOT
from launch.redis_server import free_port

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")]

START_SECONDS = 150
STOP_SECONDS = 10
OURS = ("CLINIC_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PGHOST")


def environment(data: Path) -> dict[str, str]:
    """What somebody has who opened a terminal: nothing of the test's own services."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**clean, "CLINIC_DATA": str(data)}


def processes_of(data: Path) -> list[str]:
    """The commands of all processes that belong to a data folder, by their environment or their arguments."""
    mark = os.fsencode(data)
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command, variables = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue
        if command and int(folder.name) != os.getpid() and (mark in command or mark in variables):
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


class Launcher:
    """A `bin/run` in the background, and what it printed."""

    def __init__(self, data: Path, port: int, number: int) -> None:
        self.data = data
        self.port = port
        self.output = data.parent / f"run-{number}.txt"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [ROOT / "bin" / "run", "--empty", "--port", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment(data),
                cwd="/",
            )

    def wait_for(self, text: str, seconds: float = START_SECONDS) -> str:
        deadline = time.monotonic() + seconds
        while text not in (shown := self.output.read_text()):
            assert self.process.poll() is None, shown
            assert time.monotonic() < deadline, shown
            time.sleep(0.1)
        return shown

    def health(self) -> dict[str, object]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as answer:
            found: dict[str, object] = json.load(answer)
        return found

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=STOP_SECONDS)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder that doesn't exist yet; whatever still runs on it after the test is ended."""
    folder = tmp_path / "clinic data"
    yield folder
    for path in Path("/proc").glob("[0-9]*"):
        try:
            left = os.fsencode(folder) in (path / "cmdline").read_bytes() + (path / "environ").read_bytes()
        except OSError:
            continue
        if left and int(path.name) != os.getpid():
            os.kill(int(path.name), signal.SIGKILL)


def test_a_clinic_starts_is_looked_after_and_leaves_nothing(data: Path) -> None:
    a_command_makes_the_database_and_stops_it(data)
    port = free_port()
    first = Launcher(data, port, 1)
    shown = first.wait_for("Stop: Ctrl-C")
    assert f"The clinic is open: http://localhost:{port}" in shown
    assert "bin/manage create_first_manager" in shown
    assert "Traceback" not in shown
    assert first.health()["database"] in (True, "ok")

    second = subprocess.run(
        [ROOT / "bin" / "run", "--port", str(free_port())],
        check=False,
        capture_output=True,
        text=True,
        env=environment(data),
    )
    assert second.returncode == 1
    assert "runs already at" in second.stderr
    assert second.stderr.count("\n") == 1

    asked = subprocess.run(
        [ROOT / "bin" / "manage", "shell", "-v", "0", "-c", "import os; print(os.environ['CLINIC_BASE_URL'])"],
        check=True,
        capture_output=True,
        text=True,
        env=environment(data),
    )
    assert asked.stdout.strip() == f"http://localhost:{port}"

    assert first.end(signal.SIGTERM) == 0
    assert processes_of(data) == []

    killed = Launcher(data, port, 2)
    killed.wait_for("Stop: Ctrl-C")
    killed.end(signal.SIGKILL)
    again = Launcher(data, port, 3)
    again.wait_for("Stop: Ctrl-C")
    assert again.health()["database"] in (True, "ok")
    assert again.end(signal.SIGINT) == 0
    assert processes_of(data) == []


def a_command_makes_the_database_and_stops_it(data: Path) -> None:
    command = [ROOT / "bin" / "manage", "dbshell", "--", "-XtAc", "SELECT count(*) FROM django_migrations"]
    mistyped = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment(data), stdin=subprocess.DEVNULL
    )
    assert (mistyped.returncode, data.exists()) == (1, False)
    assert f"There is no clinic in {data}" in mistyped.stderr
    data.mkdir()
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env=environment(data),
        stdin=subprocess.DEVNULL,
    )
    assert int(done.stdout.splitlines()[-1]) > 0
    assert processes_of(data) == []
