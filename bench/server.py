"""The clinic's own web server on the bench's database, and several people who use it at once."""

import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from launch.redis_server import free_port

HOST = "127.0.0.1"
#: How long the server may take to start and to stop, in s, and an answer to come.
STARTS_S, STOPS_S, ANSWERS_S = 30, 10, 10


@contextmanager
def served() -> Iterator[int]:
    """Serve the present database as `bin/run` does, on a free port of this machine; the port.

    Raises RuntimeError when the server ends or doesn't answer.
    """
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:clinic.gunicorn_conf", "-b", f"{HOST}:{port}"]
    server = subprocess.Popen([*command, "clinic.wsgi"], cwd=settings.BASE_DIR, env=_environment())
    try:
        _wait_for(server, port)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(STOPS_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def times_at_once(
    port: int, session: str, addresses: Sequence[Sequence[str]], *, key_every_s: float = 0
) -> list[float]:
    """Return how long each answer took in ms, while one person for each list asks for its addresses.

    They type a key about every `key_every_s`, each at a rhythm of their own, or ask without a pause. `session` is the
    key of a sign-in. Raises RuntimeError for a page that isn't shown.
    """
    with ThreadPoolExecutor(len(addresses)) as people:
        took = people.map(lambda wanted: _one_after_the_other(port, session, wanted, key_every_s), addresses)
        return [ms for times in took for ms in times]


def _one_after_the_other(port: int, session: str, addresses: Sequence[str], key_every_s: float) -> list[float]:
    # Bare sockets: the cores that are measured are spared a whole HTTP client.
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
    rhythm = random.Random(addresses[0])
    took = []
    with socket.create_connection((HOST, port), timeout=ANSWERS_S) as browser:
        for address in addresses:
            time.sleep(key_every_s * rhythm.uniform(0.5, 1.5))
            asked = f"GET {address} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\nHX-Request: true\r\n\r\n".encode()
            before = time.perf_counter()
            browser.sendall(asked)
            answer = _answer(browser)
            took.append(1000 * (time.perf_counter() - before))
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(f"{address} answered {answer[:40]!r}")
    return took


def _answer(browser: socket.socket) -> bytes:
    """Return a whole answer, whose head says how long its content is."""
    got = b""
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += _some(browser)
    length = int(re.search(rb"(?i)\r\ncontent-length: (\d+)", got[: end + 2])[1])  # type: ignore[index]
    while len(got) < end + 4 + length:
        got += _some(browser)
    return got


def _some(browser: socket.socket) -> bytes:
    some = browser.recv(65536)
    if not some:
        raise RuntimeError("the web server closed the connection")
    return some


def _environment() -> dict[str, str]:
    server = urlsplit(os.environ["DATABASE_URL"])
    database = server._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return {**os.environ, "DATABASE_URL": database}


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + STARTS_S
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"the web server ended with {server.returncode}")
        try:
            with socket.create_connection((HOST, port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the web server didn't answer within {STARTS_S} s")
