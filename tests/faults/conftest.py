"""A Redis, workers and beats of the test's own, which it may kill."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection, transaction

from clinic.outbox import wake as wake_module
from clinic.outbox.models import OutboxEntry
from clinic.outbox.services import defer


def wait_for(what: Callable[[], Any], *, within_s: float, why: str) -> None:
    """Wait until `what()` is true; fail with `why` after `within_s` seconds."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        if what():
            return
        time.sleep(0.1)
    pytest.fail(f"{why}: not within {within_s:.0f} s")


def free_port() -> int:
    """Return a port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RedisServer:
    """A Redis without persistence: whatever it held is lost with it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = ["redis-server", "--port", str(self.port), "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(lambda: self.ask(b"PING") == b"+PONG", within_s=20, why="Redis answers")

    def ask(self, command: bytes) -> bytes:
        """Send one command; return the first line of the answer, or nothing when it is away."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
                link.sendall(command + b"\r\n")
                return link.recv(1000).splitlines()[0]
        except (OSError, IndexError):
            return b""

    def kill(self) -> None:
        """Take it away without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Stack:
    """Celery processes on the test's database and Redis."""

    def __init__(self, folder: Path, redis: RedisServer) -> None:
        self.redis = redis
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def worker(self, *, processes: int = 2) -> subprocess.Popen[bytes]:
        """Start a worker."""
        return self._celery("worker", "--concurrency", str(processes), "--without-gossip", "--without-mingle")

    def beat(self) -> subprocess.Popen[bytes]:
        """Start a beat."""
        return self._celery("beat")

    def _celery(self, *arguments: str) -> subprocess.Popen[bytes]:
        name = f"{arguments[0]}-{len(self._running)}"
        log = (self._folder / f"{name}.log").open("wb")
        options = ["--pidfile", ""] if arguments[0] == "beat" else ["-n", f"{name}@%h"]
        command = [sys.executable, "-m", "celery", "-A", "tests.faults.worker_app", *arguments, *options, "-l", "INFO"]
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=self._environment(), stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        log.close()
        self._running.append(process)
        return process

    def _environment(self) -> dict[str, str]:
        given = connection.get_connection_params()
        query = urlencode({name: str(given[name]) for name in ("host", "port", "user", "password") if given.get(name)})
        return {
            **os.environ,
            "DATABASE_URL": f"postgresql:///{given['dbname']}?{query}",
            "REDIS_URL": self.redis.url,
            "CLINIC_DATA": str(settings.DATA_DIR),
            # Another test's checkpoints would say that this one's database was put back.
            "CLINIC_CHECKPOINT_FOLDERS": f"{self._folder / 'checkpoints'},{self._folder / 'elsewhere'}",
        }

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process and its children, as a power cut would."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def logs(self) -> str:
        """Return what all of them wrote, for a test that failed."""
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in sorted(self._folder.glob("*.log")))

    def end(self) -> None:
        """Kill whatever still runs."""
        for process in self._running:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            process.wait()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis that runs."""
    if shutil.which("redis-server") is None:
        pytest.fail("no redis-server on this machine; bin/test installs it")
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def stack(tmp_path: Path, redis: RedisServer, transactional_db: None, request: Any) -> Iterator[Stack]:
    """A stack without processes yet; the table that effects write into is there."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS fault_log")
        cursor.execute("CREATE TABLE fault_log (key text, pid int, at timestamptz DEFAULT clock_timestamp())")
    made = Stack(tmp_path, redis)
    failed_before = request.session.testsfailed
    yield made
    made.end()
    if request.session.testsfailed > failed_before:
        print(made.logs())
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE fault_log")


@pytest.fixture(autouse=True)
def _forget_broken_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a process that has not met a broken Redis yet."""
    monkeypatch.setattr(wake_module, "_quiet_until", 0.0)


@pytest.fixture(autouse=True)
def _wake_this_redis(monkeypatch: pytest.MonkeyPatch, request: Any) -> None:
    """Wake-ups of the test's own process go to the test's Redis."""
    if "redis" not in request.fixturenames:
        return
    server: RedisServer = request.getfixturevalue("redis")
    point_wake_at(monkeypatch, server.url)


def point_wake_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let this process look for Redis at `url`."""
    link = wake_module.impatient_connection(url)
    monkeypatch.setattr(wake_module, "_connection", lambda: link)


def owe(effect: str, *keys: str, **payload: str) -> None:
    """Defer `effect` once for each key, in one transaction."""
    from tests.faults import worker_app  # noqa: F401 - registers the effects

    with transaction.atomic():
        for key in keys:
            defer(effect, key=key, payload={"key": key, **payload})


def done_keys() -> list[str]:
    """Return the keys of the effects that were done, each as often as it was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM fault_log ORDER BY key")
        return [row[0] for row in cursor.fetchall()]


def open_entries() -> int:
    """Return how many entries are neither done nor parked."""
    return OutboxEntry.objects.filter(done_at=None, parked_at=None).count()


def let_leases_run_out() -> None:
    """Move leases and pauses into the past, as half a minute of the database's clock would.

    A lease that was taken just now is left alone: its worker may be between the claim and the lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clinic_outboxentry SET lease_until = lease_until - interval '1 hour', "
            "retry_after = retry_after - interval '1 hour' WHERE done_at IS NULL "
            "AND (lease_until IS NULL OR lease_until < clock_timestamp() + interval '27 seconds')"
        )
