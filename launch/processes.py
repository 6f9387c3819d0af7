"""Starting programs that end when the launcher ends, however it ends, and finding those that a dead one left."""

import ctypes
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypedDict

type Command = Sequence[str | Path]

PR_SET_PDEATHSIG = 1
# Whatever the clinic's programs write is for the user that they run as.
PRIVATE = 0o077
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Known:
    """A process that we started. `started` tells it from a later process with the same number."""

    name: str
    pid: int
    started: str

    def runs(self) -> bool:
        return self.started != "" and started_at(self.pid) == self.started

    def send(self, signum: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.runs():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signum)


def started_at(pid: int) -> str:
    """When process `pid` began, in the system's own words, unlike those of any other process; empty if there is none.

    A zombie has ended: only its parent has yet to take note.
    """
    if sys.platform != "linux":
        done = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], check=False, capture_output=True, text=True, timeout=10
        )
        return done.stdout.strip()
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else f"{boot}/{fields[19]}"


def command_line(pid: int) -> str:
    """The command that process `pid` was started with; empty if there is none."""
    if sys.platform != "linux":
        done = subprocess.run(
            ["ps", "-ww", "-o", "args=", "-p", str(pid)], check=False, capture_output=True, text=True, timeout=10
        )
        return done.stdout.strip()
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def spawn(
    command: Command,
    *,
    output: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    end_with_us: signal.Signals | None = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, both outputs appended to the file `output`.

    It is sent `end_with_us` by the kernel when we die, even by kill -9 (Linux only; None lets it outlive us).
    `user` is who it runs as, when we are root. Raises OSError when it can't be started.
    """
    with output.open("ab") as log:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            umask=PRIVATE,
            start_new_session=True,
            preexec_fn=_ending_with_us(end_with_us),  # noqa: PLW1509  the launcher has one thread
            **_identity(user),
        )


def _ending_with_us(signum: signal.Signals | None) -> Callable[[], None] | None:
    """What a new process does first, to be sent `signum` by the kernel when this one is no more."""
    if _libc is None or signum is None:
        return None
    libc, launcher = _libc, os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
        if os.getppid() != launcher:
            os._exit(1)

    return ask_the_kernel


def run_as(command: Command, *, user: str | None, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a short program to its end as `user` (None: as ourselves), outputs captured."""
    return subprocess.run(
        [str(part) for part in command],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        **_identity(user),
    )


class _Identity(TypedDict, total=False):
    user: str
    group: int
    extra_groups: list[int]


def _identity(user: str | None) -> _Identity:
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def signal_group(pid: int, signum: signal.Signals) -> None:
    """Send a signal to a program that `spawn` started, and to all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signum)


def group_exists(pid: int) -> bool:
    """Whether anything is left of the group of a program that `spawn` started."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def wait_gone(known: Sequence[Known], *, seconds: float) -> list[Known]:
    """Wait until these have ended; returns those that still run after `seconds`."""
    deadline = time.monotonic() + seconds
    left = [each for each in known if each.runs()]
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [each for each in left if each.runs()]
    return left


class Register:
    """The file that names what runs for a data folder, so that the next launcher can end what a killed one left."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, known: Sequence[Known]) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps([asdict(each) for each in known]))
        fresh.replace(self.path)

    def read(self) -> list[Known]:
        """What was written last and still runs."""
        try:
            rows = json.loads(self.path.read_text())
            known = [Known(name=str(row["name"]), pid=int(row["pid"]), started=str(row["started"])) for row in rows]
        except (OSError, ValueError, TypeError, KeyError):
            return []
        return [each for each in known if each.runs()]

    def end_leftovers(self) -> None:
        """End what still runs of an earlier launcher: asked first, killed after 5 s."""
        left = self.read()
        for each in left:
            signal_group(each.pid, signal.SIGTERM)
        for each in wait_gone(left, seconds=5):
            signal_group(each.pid, signal.SIGKILL)
        wait_gone(left, seconds=2)
        self.path.unlink(missing_ok=True)
