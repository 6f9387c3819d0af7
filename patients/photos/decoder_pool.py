"""Decoder hosts, as many as threads ask at once, kept ready between photos.

A host belongs to the process that started it. A fork (a prefork worker) lets go of the hosts that it inherits and
starts its own; when the process ends, by whatever means, the sockets close and the hosts end with it.
"""

import atexit
import importlib.util
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from patients.photos.limits import Limits
from patients.photos.wire import ENDED, READY, request

START_SECONDS = 30.0  # a cold disk, a busy machine
GRACE_SECONDS = 2.0  # beyond the wall time, for the host to end its child and say so
STOP_SECONDS = 2.0
READ_BYTES = 256 * 1024
PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
PROGRAM = "import sys; sys.path[:0] = sys.argv[2:]; from patients.photos.decoder_host import main; main()"


class DecoderUnavailable(RuntimeError):
    """No decoder could be started or it vanished: the fault is the machine's, not the photo's; try again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one decoding process answered, and how it ended.

    `flooded` says that it sent more than it may; then it was stopped and the rest of the fields mean nothing.
    """

    message: bytes = b""
    flooded: bool = False
    timed_out: bool = False
    exit_code: int = -1
    signal: int = 0
    cpu_s: float = 0.0
    peak_rss_bytes: int = 0


class DecoderHost:
    """One host process and the socket to it; used by one thread at a time."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as errors:
            self.process = subprocess.Popen(
                command(theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=[theirs.fileno()],
                env=environment(),
                cwd="/",
                start_new_session=True,
            )
            theirs.close()
            if self._receive(len(READY), time.monotonic() + START_SECONDS) != READY:
                self.close()
                errors.seek(0)
                said = errors.read(4096).decode(errors="replace").strip().splitlines()
                raise DecoderUnavailable(said[-1] if said else "the decoder did not start")

    def run(self, photo: int, limits: Limits, meanwhile: Callable[[], None]) -> Run:
        """Have the open file `photo` decoded; `meanwhile` is called once, while it is under way."""
        deadline = time.monotonic() + limits.wall_seconds + GRACE_SECONDS
        ours, theirs = os.pipe()
        try:
            try:
                socket.send_fds(self._socket, [request(limits)], [photo, theirs])
            except OSError as error:
                raise DecoderUnavailable("the decoder has gone") from error
            finally:
                os.close(theirs)
            meanwhile()
            message = _read(ours, limits.max_result_bytes, deadline)
        finally:
            os.close(ours)
        if message is None:
            return Run(flooded=True)
        ended = self._receive(ENDED.size, deadline)
        if len(ended) != ENDED.size:
            raise DecoderUnavailable("the decoder ended while it was reading a photo")
        exit_code, by_signal, rss, cpu_s, killed = ENDED.unpack(ended)
        return Run(
            message=message,
            timed_out=killed or by_signal in {signal.SIGALRM, signal.SIGXCPU},
            exit_code=exit_code,
            signal=by_signal,
            cpu_s=cpu_s,
            peak_rss_bytes=rss,
        )

    def close(self) -> None:
        """End the host, and with it the child that it may be waiting for."""
        self._socket.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def forget(self) -> None:
        """Let go of a host that belongs to the parent of this process."""
        self._socket.close()
        self.process.returncode = 0  # not ours to wait for

    def _receive(self, size: int, deadline: float) -> bytes:
        """Return `size` bytes of the host, fewer when it ends or the deadline passes first."""
        received = b""
        while len(received) < size and (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                part = self._socket.recv(size - len(received))
            except OSError:
                break
            if not part:
                break
            received += part
        self._socket.settimeout(None)
        return received


class DecoderPool:
    """The hosts of this process; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[DecoderHost] = []
        self._all: set[DecoderHost] = set()

    def run(self, photo: int, limits: Limits, meanwhile: Callable[[], None]) -> Run:
        """Have a photo decoded by a host that is free; raise `DecoderUnavailable` when none can be had."""
        host = self._take()
        try:
            run = host.run(photo, limits, meanwhile)
        except BaseException:
            self._drop(host)
            raise
        if run.flooded:
            self._drop(host)
        else:
            with self._lock:
                self._idle.append(host)
        return run

    def close(self) -> None:
        """End every host that is idle."""
        with self._lock:
            hosts, self._idle = self._idle, []
        for host in hosts:
            self._drop(host)

    def forget(self) -> None:
        """Start afresh after a fork, without the parent's hosts."""
        inherited = self._all
        self._lock, self._idle, self._all = threading.Lock(), [], set()
        for host in inherited:
            host.forget()

    def _take(self) -> DecoderHost:
        while True:
            with self._lock:
                host = self._idle.pop() if self._idle else None
            if host is None:
                break
            if host.process.poll() is None:
                return host
            self._drop(host)
        host = DecoderHost()
        with self._lock:
            self._all.add(host)
        return host

    def _drop(self, host: DecoderHost) -> None:
        with self._lock:
            self._all.discard(host)
        host.close()


def _read(source: int, at_most: int, deadline: float) -> bytes | None:
    """Return what comes until the other end closes or the deadline passes; None when it is too much."""
    parts, size = [], 0
    while (left := deadline - time.monotonic()) > 0 and select.select([source], [], [], left)[0]:
        part = os.read(source, READ_BYTES)
        if not part:
            break
        parts.append(part)
        size += len(part)
        if size > at_most:
            return None
    return b"".join(parts)


def command(control: int) -> list[str]:
    """Return the command of a host: this Python, isolated, with nothing on its path but us and the libraries."""
    library = importlib.util.find_spec("PIL")
    heif = importlib.util.find_spec("pillow_heif")
    if library is None or library.origin is None or heif is None or heif.origin is None:
        raise DecoderUnavailable("Pillow and pillow-heif are not installed")
    ours = Path(__file__).resolve().parents[2]
    paths = dict.fromkeys([ours, Path(library.origin).parents[1], Path(heif.origin).parents[1]])
    return [sys.executable, "-I", "-S", "-c", PROGRAM, str(control), *(str(path) for path in paths)]


def environment() -> dict[str, str]:
    """Return the host's environment: no password or address of ours, only how memory is to be had.

    A fresh child touches every page of its pictures for the first time: huge pages save a seventh of its CPU time.
    Few arenas keep its threads inside the limit of the address space. Other C libraries than glibc ignore both.
    """
    passed = {name: value for name in PASSED_ON if (value := os.environ.get(name))}
    memory = {"MALLOC_ARENA_MAX": "2", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
    return {"LC_ALL": "C.UTF-8", **memory, **passed}


POOL = DecoderPool()
os.register_at_fork(after_in_child=POOL.forget)
atexit.register(POOL.close)
