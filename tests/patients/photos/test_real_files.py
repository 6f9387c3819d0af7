"""Real camera files and real hostile ones, against what is known about each.

What is known was read by other programs: format, size after turning, date, camera, position.
"""

import io
import json
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from patients.photos.ingest import Accepted, Rejected, examine
from patients.photos.limits import MIB

FORMATS = {
    "JPEG": "jpeg", "MPO": "mpo", "HEIC": "heic", "AVIF": "avif", "PNG": "png", "TIFF": "tiff", "Extended WEBP": "webp",
}  # fmt: skip
TRANSPOSED, EXIFTOOL = "pillow_13.0.0+pillow_heif_1.8.1", "exiftool_12.57"


def expected(shared_data: Path, folder: str) -> dict[str, dict[str, Any]]:
    """What is known about each file of a folder, by its path."""
    known: dict[str, dict[str, Any]] = json.loads((shared_data / folder / "EXPECTED.json").read_text())
    assert known
    return known


def camera_date(tags: dict[str, Any]) -> datetime | None:
    """The date that the camera wrote, where it is one."""
    try:
        return datetime.strptime(tags.get("EXIF:ExifIFD:DateTimeOriginal", ""), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return None


def wrong_facts(photo: Accepted, known: dict[str, Any]) -> list[str]:
    """Every fact of a photo that isn't as it is known."""
    tags = known[EXIFTOOL]
    camera = photo.camera
    subsecond = tags.get("EXIF:ExifIFD:SubSecTimeOriginal", "")
    place = any(tag.startswith("EXIF:GPS:") or ":GPSL" in tag for tag in tags)
    facts: dict[str, tuple[object, object]] = {
        "format": (photo.format.value, FORMATS[tags["File:FileType"]]),
        "size": (f"{photo.width}x{photo.height}", known[TRANSPOSED]["transposed"]),
        "date": (camera.captured_local and camera.captured_local.replace(microsecond=0), camera_date(tags)),
        "subsecond": (camera.captured_subsecond, str(subsecond)),
        "offset": (camera.offset_text, tags.get("EXIF:ExifIFD:OffsetTimeOriginal", "")),
        "make": (camera.make, str(tags.get("EXIF:IFD0:Make", "")).strip()),
        "model": (camera.model, str(tags.get("EXIF:IFD0:Model", "")).strip()),
        "place": (camera.has_gps, place),
    }
    if "EXIF:IFD0:Orientation" in tags and photo.format != "avif":  # AVIF turns by its container
        facts["orientation"] = (camera.orientation, tags["EXIF:IFD0:Orientation"])
    return [f"{name}: {ours!r}, known {theirs!r}" for name, (ours, theirs) in facts.items() if ours != theirs]


def test_every_real_photo_is_taken_with_its_facts(shared_data: Path) -> None:
    wrong = {}
    for name, known in expected(shared_data, "images").items():
        photo = examine(shared_data / name)
        found = wrong_facts(photo, known) if isinstance(photo, Accepted) else [f"{photo.reason} {photo.detail}"]
        if found:
            wrong[name] = found
    assert not wrong


def test_every_picture_of_known_quality_is_taken(shared_data: Path) -> None:
    sharpness = {}
    for name in expected(shared_data, "images_quality"):
        photo = examine(shared_data / name)
        assert isinstance(photo, Accepted), name
        sharpness[Path(name).stem] = photo.quality.sharpness
    assert sharpness["clock_motion"] < sharpness["camera"]


def test_every_hostile_file_comes_to_its_end(shared_data: Path) -> None:
    wrong = {}
    for name, known in expected(shared_data, "images_hostile").items():
        began = time.monotonic()
        outcome = examine(shared_data / name)
        took = time.monotonic() - began
        wanted = known["suggested_outcome"]
        if took > 5 or outcome.cost.peak_rss_bytes > 512 * MIB:
            wrong[name] = f"{took:.1f} s, {outcome.cost.peak_rss_bytes // MIB} MiB"
        elif wanted.startswith(("must be rejected", "reject preferred")):
            if not (isinstance(outcome, Rejected) and outcome.message):
                wrong[name] = "taken"
        elif isinstance(outcome, Rejected):
            if "may be accepted" in wanted:
                wrong[name] = f"refused: {outcome.reason}"
        elif (date := outcome.camera.captured_local) and f"{date:%Y:%m:%d %H:%M:%S}" not in _dates(known[EXIFTOOL]):
            wrong[name] = f"a date from nowhere: {date}"
    assert not wrong


def _dates(tags: dict[str, Any]) -> str:
    return " ".join(str(value) for tag, value in tags.items() if re.search(r"DateTimeOriginal$", tag))


@pytest.mark.parametrize("number", range(2, 9))
def test_the_eight_ways_to_hold_a_camera_give_one_picture(shared_data: Path, number: int) -> None:
    folder = shared_data / "images" / "ianare+exif-samples"
    first, turned = examine(folder / "landscape_1.jpg"), examine(folder / f"landscape_{number}.jpg")
    assert isinstance(first, Accepted)
    assert isinstance(turned, Accepted)
    assert (turned.width, turned.height, turned.camera.orientation) == (600, 450, number)
    assert _difference(first, turned) < 8


def _difference(one: Accepted, other: Accepted) -> float:
    """The mean difference of the small pictures' pixels, of 255."""
    small = [Image.open(io.BytesIO(photo.derivative(320).data)).convert("L") for photo in (one, other)]
    return ImageStat.Stat(ImageChops.difference(*small)).mean[0]
