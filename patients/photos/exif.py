"""What the camera says about a photo, read from EXIF and, for the date alone, from XMP.

Every value is the camera's word and may be wrong, missing or hostile: text is cleaned and cut, numbers are kept
only inside what a camera can mean. Nothing here raises for what a file says.
"""

import contextlib
import re
import struct
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from PIL import ExifTags, Image

from patients.photos.facts import CameraFacts
from patients.photos.reasons import Doubt

MAX_TEXT = 80
MAX_XMP_BYTES = 1024 * 1024
FURTHEST_ZONE = timedelta(hours=14)  # from UTC, in use on land

# What Pillow's readers raise on damaged metadata.
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    EOFError,
    RuntimeError,
    struct.error,
)

_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_XMP_DATE = re.compile(rb"exif:DateTimeOriginal\s*(?:=\s*[\"']|>)\s*([0-9T:.Z+-]{16,40})\s*[\"'<]")
_XMP_PLACE = re.compile(rb"exif:GPS(?:Latitude|Longitude)\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """The facts, and the doubts about them."""

    facts: CameraFacts
    doubts: tuple[Doubt, ...]


def read(exif: Image.Exif, *, xmp: bytes, orientation: int, trusted: bool) -> Reading:
    """Return what `exif` and the XMP packet say; without trust in the EXIF block its date counts as unknown."""
    doubts: list[Doubt] = []
    details, details_whole = _directory(exif, ExifTags.IFD.Exif)
    place, _ = _directory(exif, ExifTags.IFD.GPSInfo)
    xmp = xmp[:MAX_XMP_BYTES]
    if not trusted or not details_whole:
        doubts.append(Doubt.METADATA_DAMAGED)
    written = _text(details.get(ExifTags.Base.DateTimeOriginal))
    moment = _moment(written) if trusted else None
    offset = _offset(_text(details.get(ExifTags.Base.OffsetTimeOriginal))) if moment else None
    subsecond = _digits(details.get(ExifTags.Base.SubsecTimeOriginal)) if moment else ""
    if moment is None and (from_xmp := _xmp_moment(xmp)):
        moment, offset = from_xmp
        doubts.append(Doubt.CAMERA_DATE_FROM_XMP)
    elif moment is None:
        doubts.append(Doubt.CAMERA_DATE_UNREADABLE if written else Doubt.NO_CAMERA_DATE)
    if moment is not None and subsecond:
        moment = moment.replace(microsecond=int(subsecond[:6].ljust(6, "0")))
    facts = CameraFacts(
        captured_local=moment,
        captured_offset=offset,
        captured_subsecond=subsecond,
        orientation=orientation,
        make=_text(_get(exif, ExifTags.Base.Make)),
        model=_text(_get(exif, ExifTags.Base.Model)),
        lens=_text(details.get(ExifTags.Base.LensModel)),
        focal_length_mm=_number(details.get(ExifTags.Base.FocalLength), "0.1", 1, 5_000),
        exposure_s=_number(details.get(ExifTags.Base.ExposureTime), "0.000001", 0, 86_400),
        aperture_f=_number(details.get(ExifTags.Base.FNumber), "0.1", 0, 200),
        iso=_whole(details.get(ExifTags.Base.ISOSpeedRatings), 1, 10_000_000),
        white_balance={0: "auto", 1: "manual"}.get(_whole(details.get(ExifTags.Base.WhiteBalance), 0, 1), ""),  # type: ignore[arg-type]
        flash_fired=None if (flash := _whole(details.get(ExifTags.Base.Flash), 0, 65_535)) is None else bool(flash & 1),
        has_gps=any(tag != ExifTags.GPS.GPSVersionID for tag in place) or bool(_XMP_PLACE.search(xmp)),
    )
    return Reading(facts, tuple(doubts))


def orientation_of(exif: Image.Exif) -> int:
    """Return the orientation tag, 1 when there is none or it says nothing that exists."""
    return _whole(_get(exif, ExifTags.Base.Orientation), 1, 8) or 1


def _get(exif: Image.Exif, tag: int) -> Any:
    try:
        return exif.get(tag)
    except UNREADABLE:
        return None


def _directory(exif: Image.Exif, tag: int) -> tuple[dict[int, Any], bool]:
    """Return a sub-directory, and whether it is as it should be: absent, or readable and not empty."""
    try:
        directory = dict(exif.get_ifd(tag))
    except UNREADABLE:
        return {}, False
    return directory, bool(directory) or _get(exif, tag) is None


def _text(value: Any) -> str:
    """Return one cleaned line: up to the first NUL, no control or formatting characters, at most 80 long."""
    if isinstance(value, tuple) and value:
        value = value[0]
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return ""
    with contextlib.suppress(UnicodeError):  # Pillow reads Latin-1; what cameras write beyond ASCII is UTF-8
        value = value.encode("latin-1").decode("utf-8")
    value = value.split("\x00", 1)[0][: 4 * MAX_TEXT]
    printable = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in value)
    return " ".join(printable.split())[:MAX_TEXT]


def _digits(value: Any) -> str:
    written = _text(str(value) if isinstance(value, int) else value)
    return written if written.isascii() and written.isdigit() and len(written) <= 9 else ""


def _number(value: Any, step: str, above: float, at_most: float) -> Decimal | None:
    """Return a positive rational of the file, rounded to `step`."""
    if isinstance(value, tuple) and value:
        value = value[0]
    try:
        number = float(value)
        return Decimal(repr(number)).quantize(Decimal(step)) if above < number <= at_most else None
    except (TypeError, ValueError, ArithmeticError):
        return None


def _whole(value: Any, at_least: int, at_most: int) -> int | None:
    if isinstance(value, tuple) and value:
        value = value[0]
    return value if isinstance(value, int) and at_least <= value <= at_most else None


def _moment(written: str) -> datetime | None:
    match = _DATE.fullmatch(written)
    try:
        return datetime(*(int(part) for part in match.groups())) if match else None  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def _offset(written: str) -> timedelta | None:
    match = _OFFSET.fullmatch(written)
    if not match:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return (-offset if match[1] == "-" else offset) if offset <= FURTHEST_ZONE else None


def _xmp_moment(xmp: bytes) -> tuple[datetime, timedelta | None] | None:
    """Return `exif:DateTimeOriginal` of an XMP packet, an ISO 8601 date and time with or without offset."""
    match = _XMP_DATE.search(xmp)
    try:
        moment = datetime.fromisoformat(match[1].decode("ascii")) if match else None
    except ValueError:
        return None
    return (moment.replace(tzinfo=None), moment.utcoffset()) if moment else None
