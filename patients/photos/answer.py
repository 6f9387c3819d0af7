"""The answer of the decoding process to the process that asked.

A length, a JSON head, then the derived pictures. The sender has touched hostile data and may have been taken over by
them: the reader checks types, bounds and sizes, and that a derived picture is a bare JPEG, before it believes a word.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from patients.photos import jpeg_segments
from patients.photos.facts import CameraFacts, Derivative, Quality
from patients.photos.formats import Format
from patients.photos.reasons import Doubt, Reason

MAX_HEAD_BYTES = 16 * 1024
MAX_FIELD = 200
BARE = frozenset({jpeg_segments.DQT, jpeg_segments.DHT, jpeg_segments.SOS, 0xC0})
JFIF = b"JFIF\x00"
JFIF_BYTES = 14  # without thumbnail


class AnswerError(ValueError):
    """The message isn't what an intact decoding process sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """An accepted photo as the decoding process saw it; `width` and `height` are upright."""

    format: Format
    width: int
    height: int
    camera: CameraFacts
    quality: Quality
    derivatives: tuple[Derivative, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused file, as the decoding process saw it."""

    reason: Reason
    detail: str


def write(outcome: Decoded | Refused) -> bytes:
    """Return the message for an outcome."""
    if isinstance(outcome, Refused):
        head: dict[str, Any] = {"reason": outcome.reason.value, "detail": outcome.detail}
        return _framed(head, [])
    head = {
        "format": outcome.format.value,
        "width": outcome.width,
        "height": outcome.height,
        "camera": outcome.camera.as_json(),
        "quality": outcome.quality.as_json(),
        "derivatives": [[d.longest_side_px, d.width, d.height, len(d.data)] for d in outcome.derivatives],
        "doubts": [doubt.value for doubt in outcome.doubts],
    }
    return _framed(head, [derivative.data for derivative in outcome.derivatives])


def read(message: bytes) -> Decoded | Refused:
    """Return the outcome in a message; raise `AnswerError` for anything an intact sender doesn't write."""
    try:
        (length,) = struct.unpack_from(">I", message)
        if length > MAX_HEAD_BYTES:
            raise AnswerError("the head is too long")
        head = json.loads(message[4 : 4 + length])
        if "reason" in head:
            return Refused(Reason(head["reason"]), _string(head["detail"]))
        return _decoded(head, message[4 + length :])
    except (struct.error, ValueError, TypeError, KeyError, IndexError, InvalidOperation, OverflowError) as error:
        raise AnswerError(f"unreadable: {type(error).__name__}") from error


def _framed(head: dict[str, Any], parts: list[bytes]) -> bytes:
    written = json.dumps(head).encode("ascii")
    return b"".join([struct.pack(">I", len(written)), written, *parts])


def _decoded(head: Mapping[str, Any], parts: bytes) -> Decoded:
    derivatives, at = [], 0
    for longest_side, width, height, size in head["derivatives"]:
        data = parts[at : at + _integer(size, 1, len(parts))]
        at += size
        check_bare_jpeg(data)
        derivatives.append(
            Derivative(
                longest_side_px=_integer(longest_side, 1, 4096),
                width=_integer(width, 1, longest_side),
                height=_integer(height, 1, longest_side),
                data=data,
            )
        )
    if at != len(parts) or not derivatives:
        raise AnswerError("sizes don't add up")
    quality = head["quality"]
    return Decoded(
        format=Format(head["format"]),
        width=_integer(head["width"], 1, 65_535),
        height=_integer(head["height"], 1, 65_535),
        camera=_camera_in(head["camera"]),
        quality=Quality(
            version=_string(quality["version"]),
            sharpness=_real(quality["sharpness"], 1_000_000),
            brightness=_real(quality["brightness"], 255),
            clipped_highlights=_real(quality["clipped_highlights"], 1),
            clipped_shadows=_real(quality["clipped_shadows"], 1),
        ),
        derivatives=tuple(derivatives),
        doubts=tuple(Doubt(value) for value in head["doubts"]),
    )


def _camera_in(camera: Mapping[str, Any]) -> CameraFacts:
    local = camera["captured_local"]
    flash, iso = camera["flash_fired"], camera["iso"]
    moment = None if local is None else datetime.fromisoformat(_string(local))
    if moment is not None and moment.tzinfo is not None:
        raise AnswerError("the camera's wall clock has no zone")
    return CameraFacts(
        captured_local=moment,
        captured_offset=_offset(_string(camera["captured_offset"])),
        captured_subsecond=_string(camera["captured_subsecond"]),
        orientation=_integer(camera["orientation"], 1, 8),
        make=_string(camera["make"]),
        model=_string(camera["model"]),
        lens=_string(camera["lens"]),
        focal_length_mm=_decimal(camera["focal_length_mm"]),
        exposure_s=_decimal(camera["exposure_s"]),
        aperture_f=_decimal(camera["aperture_f"]),
        iso=None if iso is None else _integer(iso, 1, 10_000_000),
        white_balance=_string(camera["white_balance"]),
        flash_fired=None if flash is None else flash is True,
        has_gps=camera["has_gps"] is True,
    )


def _offset(written: str) -> timedelta | None:
    return datetime.strptime(written, "%z").utcoffset() if written else None


def check_bare_jpeg(data: bytes) -> None:
    """Raise `AnswerError` unless `data` is one baseline JPEG with no segment beyond those that draw it.

    No EXIF, XMP, IPTC, profile, comment or thumbnail, and not a byte before, between or behind.
    """
    try:
        layout = jpeg_segments.walk(data)
    except jpeg_segments.JpegStructureError as error:
        raise AnswerError("a derived picture isn't whole") from error
    for segment in layout.segments:
        jfif = segment.marker == jpeg_segments.APP0 and data.startswith(JFIF, segment.body)
        if not (segment.marker in BARE or (jfif and segment.end - segment.body == JFIF_BYTES)):
            raise AnswerError("a derived picture holds more than a picture")
    if layout.damaged or layout.stray_bytes or layout.end != len(data):
        raise AnswerError("a derived picture has bytes of no use")


def _string(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_FIELD or not (value.isprintable() or not value):
        raise AnswerError("not a line of text")
    return value


def _integer(value: object, at_least: int, at_most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not at_least <= value <= at_most:
        raise AnswerError("not a number in bounds")
    return value


def _real(value: object, at_most: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= at_most:
        raise AnswerError("not a number in bounds")
    return float(value)


def _decimal(value: object) -> Decimal | None:
    if value is None:
        return None
    number = Decimal(_string(value))
    if not number.is_finite() or not 0 <= number <= 100_000:
        raise AnswerError("not a number in bounds")
    return number
