"""The clinic is open when database, Redis, worker and beat are all well."""

import json
import socket
import threading
from argparse import Namespace
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from launch.failure import Failure
from launch.health import ask, not_green, unwell
from launch.redis_server import free_port, port_is_free
from launch.run import run


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    """A web server that answers /healthz with `server.answer`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()
            self.wfile.write(answer[0])

        def log_message(self, *arguments: object) -> None:
            pass

    answer = [b""]
    httpd = HTTPServer(("127.0.0.1", 0), Handler)
    httpd.answer = answer  # type: ignore[attr-defined]
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield httpd
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_a_web_server_that_is_not_up_yet_is_what_is_unwell() -> None:
    assert ask(f"127.0.0.1:{free_port()}") is None
    assert unwell(None) == ["web"]


def test_each_part_is_read_from_the_answer(server: HTTPServer) -> None:
    server.answer[0] = json.dumps({"database": "ok", "redis": True, "worker": "silent", "beat": None}).encode()  # type: ignore[attr-defined]
    assert unwell(ask(f"127.0.0.1:{server.server_port}")) == ["worker", "beat"]


@pytest.mark.parametrize("body", [b"", b"<h1>Not Found</h1>", b"[]"])
def test_an_answer_that_is_none_counts_as_no_answer(server: HTTPServer, body: bytes) -> None:
    server.answer[0] = body  # type: ignore[attr-defined]
    assert ask(f"127.0.0.1:{server.server_port}") is None


def test_all_well_is_nothing_unwell() -> None:
    assert unwell({"database": "ok", "redis": "ok", "worker": "ok", "beat": "ok", "parked": 0}) == []


def test_the_clinic_is_open_only_when_all_of_it_is_well() -> None:
    parts: dict[str, object] = {"database": True, "redis": True, "worker": True, "beat": True}
    assert not_green(parts | {"ok": True}) == []
    assert not_green(parts | {"ok": False}) == ["checkpoints or deferred work"]
    assert not_green(parts | {"ok": False, "worker": False}) == ["worker"]
    assert not_green(None) == ["web"]


def test_a_port_that_somebody_listens_on_is_taken(server: HTTPServer) -> None:
    assert not port_is_free(server.server_port)
    assert port_is_free(free_port())


def test_a_taken_port_leaves_no_folder_for_a_clinic_that_never_was(server: HTTPServer, tmp_path: Path) -> None:
    data = tmp_path / "clinic"
    with pytest.raises(Failure, match="is taken: choose another with --port"):
        run(Namespace(port=server.server_port, data=str(data), empty=True))
    assert not data.exists()


def test_a_port_for_administrators_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refused)
    with pytest.raises(Failure, match=r"Only an administrator may use port 80 .* choose one above 1023"):
        port_is_free(80)
