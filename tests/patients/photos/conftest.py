"""Photos on their way in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from patients.photos import decoder_pool, ingest
from patients.photos.ingest import Accepted, Limits, Rejected, examine


@pytest.fixture
def examined(tmp_path: Path) -> Callable[..., Accepted | Rejected]:
    """Return a function that examines bytes as an uploaded file."""

    def examined_file(data: bytes, *, limits: Limits = ingest.DEFAULT) -> Accepted | Rejected:
        path = tmp_path / "upload"
        path.write_bytes(data)
        return examine(path, limits=limits)

    return examined_file


@pytest.fixture
def accepted(examined: Callable[..., Accepted | Rejected]) -> Callable[..., Accepted]:
    """Return a function that examines bytes and wants a photo."""

    def accepted_file(data: bytes) -> Accepted:
        photo = examined(data)
        assert isinstance(photo, Accepted), (photo.reason, photo.detail)
        return photo

    return accepted_file


@pytest.fixture
def rejected(examined: Callable[..., Accepted | Rejected]) -> Callable[..., Rejected]:
    """Return a function that examines bytes and wants a refusal with a sentence."""

    def rejected_file(data: bytes, *, limits: Limits = ingest.DEFAULT) -> Rejected:
        refusal = examined(data, limits=limits)
        assert isinstance(refusal, Rejected)
        assert len(refusal.message) > 20
        assert "%" not in refusal.message
        return refusal

    return rejected_file


@pytest.fixture
def taken_over(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Return a function that makes the decoding process run other code, as if a photo had taken it over.

    The code is the body of `decode(data, limits)`; `Refused` and `Reason` are at hand for an answer.
    """
    pool = decoder_pool.DecoderPool()
    monkeypatch.setattr(ingest, "POOL", pool)

    def take_over(body: str) -> None:
        lines = "\n    ".join(body.strip().splitlines())
        program = (
            "import os, signal, socket, sys, time; sys.path[:0] = sys.argv[2:]\n"
            "import resource\n"
            "from patients.photos import decoder_host\n"
            "from patients.photos.answer import Refused\n"
            "from patients.photos.reasons import Reason\n"
            f"def decode(data, limits):\n    {lines}\n"
            "decoder_host.decode = decode\n"
            "decoder_host.main()\n"
        )
        monkeypatch.setattr(decoder_pool, "PROGRAM", program)

    yield take_over
    pool.close()
