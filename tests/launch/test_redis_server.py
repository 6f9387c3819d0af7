"""The clinic's own Redis loses nothing that it accepted, evicts nothing, and lets no stranger in."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from launch.processes import signal_group
from launch.redis_server import OwnRedis, free_port, ping

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    """A running Redis, in a folder whose name needs care."""
    home = tmp_path_factory.mktemp("redis")
    one = OwnRedis(home / 'data "of" the\\clinic', home / "redis.log")
    one.configure()
    process = one.start()
    deadline = time.monotonic() + 10
    while not one.answers():
        assert process.poll() is None, one.log.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield one
    signal_group(process.pid, signal.SIGTERM)
    process.wait(timeout=10)


def test_it_writes_down_every_second_and_evicts_nothing(server: OwnRedis) -> None:
    with redis.Redis.from_url(server.url) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("dir") == {"dir": str(server.folder)}


def test_a_stranger_on_the_machine_is_not_let_in(server: OwnRedis) -> None:
    once = Retry(NoBackoff(), 0)
    with redis.Redis(port=server.port, retry=once) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    assert not ping(f"redis://127.0.0.1:{server.port}/0")
    assert not ping(f"redis://:wrong@127.0.0.1:{server.port}/0")


def test_its_password_is_in_a_private_file(server: OwnRedis) -> None:
    assert server.password in server.conf.read_text()
    assert server.conf.stat().st_mode & 0o077 == 0
    assert server.folder.stat().st_mode & 0o077 == 0


def test_nobody_listening_is_no_answer() -> None:
    assert not ping(f"redis://127.0.0.1:{free_port()}/0")


def test_each_start_has_another_password(tmp_path: Path) -> None:
    assert OwnRedis(tmp_path, tmp_path / "log").password != OwnRedis(tmp_path, tmp_path / "log").password
