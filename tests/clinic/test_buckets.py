"""Files kept in a bucket: a server that accepts and never answers is given up soon."""

import socket
import time
from collections.abc import Iterator

import pytest
from botocore.exceptions import ReadTimeoutError

from clinic.buckets import CheckpointStorage, FileStorage


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("storage", [CheckpointStorage, FileStorage])
def test_a_server_that_never_answers_is_given_up(
    storage: type[FileStorage | CheckpointStorage], silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "read_s", 0.2)
    asked = storage(
        bucket_name="files", endpoint_url=silent, access_key="none", secret_key="none", region_name="nowhere"
    )  # fmt: skip
    began = time.monotonic()
    with pytest.raises(ReadTimeoutError):
        asked.exists("photos/one.jpg")
    assert time.monotonic() - began < 10


def test_a_photograph_is_waited_for_longer_than_a_checkpoint_and_no_request_of_the_web_is_cut_off() -> None:
    assert CheckpointStorage.read_s < FileStorage.read_s
    assert FileStorage.attempts * (FileStorage.connect_s + FileStorage.read_s) < 30
