"""The clinic's own web server on the bench's database, and several people who use it at once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

HOST = "127.0.0.1"
#: How long the server may take to start and to stop, in s, and an answer to come.
STARTS_S, STOPS_S, ANSWERS_S = 30, 10, 10


@contextmanager
def served() -> Iterator[int]:
    """Serve the present database as `bin/run` does, on a free port of this machine; the port.

    Raises RuntimeError when the server ends or doesn't answer.
    """
    port = _free_port()
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


def times_at_once(port: int, session: str, addresses: Sequence[Sequence[str]]) -> list[float]:
    """Return how long each answer took in ms, while one person for each list asks for its addresses without a pause.

    `session` is the key of a sign-in. Raises RuntimeError for a page that isn't shown.
    """
    with ThreadPoolExecutor(len(addresses)) as people:
        took = people.map(lambda wanted: _one_after_the_other(port, session, wanted), addresses)
        return [ms for times in took for ms in times]


def _one_after_the_other(port: int, session: str, addresses: Sequence[str]) -> list[float]:
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}", "HX-Request": "true"}
    browser = HTTPConnection(HOST, port, timeout=ANSWERS_S)
    took = []
    for address in addresses:
        before = time.perf_counter()
        browser.request("GET", address, headers=headers)
        answer = browser.getresponse()
        answer.read()
        took.append(1000 * (time.perf_counter() - before))
        if answer.status != 200:
            raise RuntimeError(f"{address} answered {answer.status}")
    browser.close()
    return took


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
