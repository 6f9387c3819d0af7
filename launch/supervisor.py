"""Keeps the clinic's programs running: what dies is started again, and all of it ends when it should.

One thread, no timers: `check` is called a few times a second.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launch.processes import Known, Register, group_exists, signal_group, started_at

LONGEST_PAUSE_SECONDS = 30
# After this long a program counts as healthy again, and its next death is answered at once.
STEADY_SECONDS = 60
LOG_BYTES = 5_000_000
LOGS_KEPT = 3


@dataclass(frozen=True)
class Service:
    """A program to keep running. `stop` is what it is sent, in turn, and the seconds to wait after each.

    What is still there after that, or was started by it, is killed. Lower `tier`s stop first.
    """

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    log: Path
    stop: tuple[tuple[signal.Signals, float], ...]
    tier: int = 0


@dataclass
class Running:
    """A service and the process that does it now; `process` is None for one that somebody else started."""

    service: Service
    process: subprocess.Popen[bytes] | None
    known: Known
    since: float = field(default_factory=time.monotonic)
    deaths: int = 0
    again_at: float | None = None

    def ended(self) -> str | None:
        """How it ended, in words; None while it runs."""
        if self.process is None:
            return None if self.known.runs() else "it went away"
        code = self.process.poll()
        if code is None:
            return None
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


class Supervisor:
    """The services of one data folder; `say` tells people, `register` remembers the processes for the next start."""

    def __init__(self, register: Register, say: Callable[[str], None]) -> None:
        self.register = register
        self.say = say
        self.running: list[Running] = []
        self._logs_seen_at = 0.0
        self._noted = True

    def start(self, service: Service) -> Running:
        """Start a service. Raises OSError when its program can't be run."""
        process = service.start()
        one = Running(service, process, Known(service.name, process.pid, started_at(process.pid)))
        self.running.append(one)
        self._note()
        return one

    def adopt(self, service: Service, known: Known) -> None:
        """Look after a process that runs already."""
        self.running.append(Running(service, None, known))

    def deaths(self, name: str) -> int:
        """How often a service has died lately."""
        return sum(one.deaths for one in self.running if one.service.name == name)

    def check(self) -> None:
        """Start again what has died, the later the oftener it did; keep the logs small."""
        now = time.monotonic()
        for one in self.running:
            if one.again_at is None:
                self._see_whether_dead(one, now)
            elif now >= one.again_at:
                self._start_again(one, now)
        if not self._noted:
            self._note()
        if now - self._logs_seen_at > 5:
            self._logs_seen_at = now
            for one in self.running:
                keep_small(one.service.log)

    def _see_whether_dead(self, one: Running, now: float) -> None:
        how = one.ended()
        if how is None:
            if one.deaths and now - one.since > STEADY_SECONDS:
                one.deaths = 0
            return
        signal_group(one.known.pid, signal.SIGKILL)
        pause = min(2.0**one.deaths - 1, LONGEST_PAUSE_SECONDS)
        one.deaths += 1
        one.again_at = now + pause
        when = "at once" if pause == 0 else f"in {pause:.0f} s"
        self.say(f"The {one.service.name} stopped ({how}); starting it again {when}. See {one.service.log}")

    def _start_again(self, one: Running, now: float) -> None:
        one.since = now
        try:
            one.process = one.service.start()
        except OSError as error:
            one.again_at = now + LONGEST_PAUSE_SECONDS
            self.say(f"The {one.service.name} can't be started: {error.strerror}. Trying again.")
            return
        one.again_at = None
        one.known = Known(one.service.name, one.process.pid, started_at(one.process.pid))
        self._note()

    def _note(self) -> None:
        """Write down what runs; on a disk that is full meanwhile, as soon as it can be written."""
        try:
            self.register.write([one.known for one in self.running if one.process is not None])
        except OSError as error:
            if self._noted:
                self.say(
                    f"{self.register.path} can't be written: {error.strerror}. The clinic goes on; free some space."
                )
            self._noted = False
        else:
            self._noted = True

    def stop(self) -> None:
        """End everything, tier by tier; returns within 10 s."""
        for tier in sorted({one.service.tier for one in self.running}):
            _stop_together([one for one in self.running if one.service.tier == tier and one.again_at is None])
        self.running.clear()
        self.register.path.unlink(missing_ok=True)


def _stop_together(group: Sequence[Running]) -> None:
    for turn in range(max((len(one.service.stop) for one in group), default=0)):
        waiting: list[Running] = []
        seconds = 0.0
        for one in group:
            if turn < len(one.service.stop) and one.ended() is None:
                signum, patience = one.service.stop[turn]
                one.known.send(signum)
                seconds = max(seconds, patience)
                waiting.append(one)
        _wait(waiting, seconds)
    for one in group:
        signal_group(one.known.pid, signal.SIGKILL)
    _wait(group, 1)
    deadline = time.monotonic() + 0.5
    while any(group_exists(one.known.pid) for one in group) and time.monotonic() < deadline:
        time.sleep(0.02)


def _wait(group: Sequence[Running], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(one.ended() is None for one in group) and time.monotonic() < deadline:
        time.sleep(0.02)


def keep_small(log: Path) -> None:
    """Move a log that has grown aside, keeping a few; the program goes on writing to the same, now empty, file."""
    try:
        if log.stat().st_size < LOG_BYTES:
            return
        for number in range(LOGS_KEPT, 1, -1):
            older = log.with_name(f"{log.name}.{number - 1}")
            if older.exists():
                older.replace(log.with_name(f"{log.name}.{number}"))
        log.with_name(f"{log.name}.1").write_bytes(log.read_bytes())
        with log.open("r+b") as file:
            file.truncate(0)
    except OSError:
        # A full disk must not end the clinic; the log is looked at again in a few seconds.
        return
