"""The decoding process's answer is read as if an enemy had written it."""

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from patients.photos import answer
from patients.photos.answer import AnswerError, Decoded, Refused
from patients.photos.facts import CameraFacts, Derivative, Quality
from patients.photos.formats import Format
from patients.photos.reasons import Doubt, Reason
from tests.patients.photos import files

BARE = files.saved(files.picture(32, 24), quality=85)
DECODED = Decoded(
    format=Format.HEIC,
    width=4000,
    height=3000,
    camera=CameraFacts(
        captured_local=datetime.fromisoformat("2026-05-04T09:30:15.250"),
        captured_offset=timedelta(hours=-3, minutes=-30),
        captured_subsecond="250",
        orientation=6,
        make="Zürich",
        exposure_s=Decimal("0.008000"),
        iso=200,
        flash_fired=False,
        has_gps=True,
    ),
    quality=Quality(version="q1", sharpness=12.5, brightness=100, clipped_highlights=0.01, clipped_shadows=0),
    derivatives=(Derivative(longest_side_px=1600, width=32, height=24, data=BARE),),
    doubts=(Doubt.STRAY_BYTES,),
)


def altered(change: Callable[[dict[str, Any]], None]) -> bytes:
    """An answer whose head was changed."""
    message = answer.write(DECODED)
    (length,) = struct.unpack_from(">I", message)
    head = json.loads(message[4 : 4 + length])
    change(head)
    written = json.dumps(head).encode()
    return struct.pack(">I", len(written)) + written + message[4 + length :]


def test_what_is_written_is_read() -> None:
    assert answer.read(answer.write(DECODED)) == DECODED
    refused = Refused(Reason.ANIMATED, "png")
    assert answer.read(answer.write(refused)) == refused
    empty = replace(DECODED, camera=CameraFacts(), doubts=())
    assert answer.read(answer.write(empty)) == empty


@pytest.mark.parametrize(
    "message",
    [b"", b"\x00\x00", b"\x00\x00\x00\x02{}", b"\xff\xff\xff\xff{}", b"\x00\x00\x00\x04null", b"\x00\x00\x00\x02[]"],
)
def test_what_is_no_answer_is_refused(message: bytes) -> None:
    with pytest.raises(AnswerError):
        answer.read(message)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "gif"),
        ("width", 0),
        ("width", "4000"),
        ("height", True),
        ("height", 10**9),
        ("derivatives", []),
        ("derivatives", [[1600, 32, 24, 10]]),
        ("derivatives", [[1600, 9999, 24, len(BARE)]]),
        ("doubts", ["nonsense"]),
        ("quality", {}),
        ("camera", None),
    ],
)
def test_values_out_of_bounds_are_refused(field: str, value: object) -> None:
    with pytest.raises(AnswerError):
        answer.read(altered(lambda head: head.update({field: value})))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("captured_local", "2026-05-04T09:30:15+02:00"),
        ("captured_local", "yesterday"),
        ("captured_offset", "+99:99"),
        ("orientation", 9),
        ("make", "a\nb"),
        ("model", "x" * 500),
        ("exposure_s", "NaN"),
        ("exposure_s", "1e9"),
        ("iso", -1),
    ],
)
def test_camera_facts_out_of_bounds_are_refused(field: str, value: object) -> None:
    with pytest.raises(AnswerError):
        answer.read(altered(lambda head: head["camera"].update({field: value})))


@pytest.mark.parametrize(
    "data",
    [
        files.jpeg(),
        files.saved(files.picture(), comment=b"hello"),
        files.saved(files.picture(), progressive=True),
        BARE + b"<html>",
        BARE[:-2],
        files.with_segments(BARE, b"\x00" * 9),
        files.with_segments(BARE, files.segment(0xE0, b"JFXX\x00thumbnail")),
        files.saved(files.picture(), "PNG"),
    ],
)
def test_a_derived_picture_that_holds_more_than_a_picture_is_refused(data: bytes) -> None:
    answer.check_bare_jpeg(BARE)
    with pytest.raises(AnswerError):
        answer.check_bare_jpeg(data)
