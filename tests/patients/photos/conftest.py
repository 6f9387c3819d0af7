"""Photos on their way in."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.photos import decoder_pool, ingest
from patients.photos.ingest import Accepted, Limits, Rejected, examine
from patients.photos.models import Photo, PhotoSet
from patients.photos.services import add_photo
from patients.registry.models import Patient
from protocols.photos.models import PhotoView
from tests.factories import make_actor
from tests.patients.builders import registered_patient
from tests.patients.photos.sets import Add, opened, view_of
from tests.protocols.builders import approved, draft_photo_protocol


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


@pytest.fixture
def technician(site: Site) -> Actor:
    """A photo technician."""
    return make_actor(site, Role.PHOTO_TECHNICIAN, name="Fred Demo")


@pytest.fixture
def patient(site: Site) -> Patient:
    """A patient of a site with a photo protocol: frontal and vertex required, a close-up optional."""
    approved(draft_photo_protocol(site))
    return registered_patient(site)


@pytest.fixture
def baseline(technician: Actor, patient: Patient) -> PhotoSet:
    """The patient's baseline set of today, open."""
    return opened(technician, patient)


@pytest.fixture
def add(technician: Actor, baseline: PhotoSet, tmp_path: Path) -> Add:
    """Return a function that uploads bytes for a view, by its code."""

    def add_it(view: str, data: bytes, *, view_row: PhotoView | None = None, **changed: Any) -> Photo:
        path = tmp_path / f"upload-{uuid.uuid4().hex}"
        path.write_bytes(data)
        values: dict[str, Any] = {
            "by": technician, "photo_set": baseline, "path": path, "original_name": "IMG_0001.jpg",
            "submission_key": uuid.uuid4(), "at": clock.now(),
        } | changed  # fmt: skip
        return add_photo(view=view_row or view_of(baseline, view), **values)

    return add_it
