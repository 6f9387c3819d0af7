"""Photo sets for tests, and photographs to put into them."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from clinic import clock
from clinic.accounts.actors import Actor
from patients.photos.models import Photo, PhotoSet, Purpose
from patients.photos.services import open_set
from patients.registry.models import Patient
from protocols.photos.models import PhotoView
from tests.patients.photos import files

#: Real cameras' files: what each is known to be, read by other programs.
REAL = {
    "Canon 40D": "images/ianare+exif-samples/Canon_40D.jpg",
    "turned": "images/ianare+exif-samples/canon_hdr_NO.jpg",
    "HEIC with a place": "images/bigcat88+pillow_heif/empty_icc.heic",
    "JPEG with a place": "images/ianare+exif-samples/DSCN0010.jpg",
    "from 2099": "images/python-pillow+Pillow/exif_gps.jpg",
}

Add = Callable[..., Photo]


def opened(by: Actor, patient: Patient, purpose: Purpose = Purpose.BASELINE, **changed: Any) -> PhotoSet:
    """Return a set opened by `by`."""
    values: dict[str, Any] = {
        "taken_on": clock.today(by.site), "submission_key": uuid.uuid4(), "at": clock.now(),
    } | changed  # fmt: skip
    return open_set(by=by, patient=patient, purpose=purpose, **values)


def view_of(photo_set: PhotoSet, code: str) -> PhotoView:
    """Return the view of the set's protocol with this code."""
    view: PhotoView = photo_set.protocol_version.views.get(code=code)
    return view


def taken(shade: int = 0, size: tuple[int, int] = (960, 720), **changed: Any) -> bytes:
    """A camera's JPEG of just now, different for each `shade`; large enough to compare unless `size` says otherwise."""
    moment = f"{clock.now() - timedelta(hours=3):%Y:%m:%d %H:%M:%S}"
    exif = files.camera_exif(**({"taken": moment} | changed))
    exif.get_ifd(0x8769)[0x9011] = "+00:00"
    image = files.picture(*size)
    image.putpixel((0, 0), (shade, shade, shade))
    image.paste((shade, 200 - shade, 90), (700, 500, 760, 560))
    return files.saved(image, exif=exif)


def stored() -> set[str]:
    """The names of all files kept of photographs."""
    folder = Path(default_storage.path("photos"))
    return {path.name for path in folder.iterdir()} if folder.exists() else set()
