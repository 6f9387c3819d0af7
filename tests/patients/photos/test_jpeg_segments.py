"""The walk over a JPEG's markers."""

import pytest

from patients.photos import jpeg_segments
from patients.photos.jpeg_segments import JpegStructureError, walk
from tests.patients.photos import files


def test_the_end_is_behind_the_pictures_own_end_mark() -> None:
    data = files.jpeg(comment=b"\xff\xd9 is no end here")
    layout = walk(data + b"\xff\xd9 nor is this")
    assert layout.end == len(data)
    assert (layout.scans, layout.stray_bytes, layout.damaged) == (1, 0, False)


def test_every_scan_of_a_progressive_picture_is_seen() -> None:
    assert walk(files.jpeg(progressive=True)).scans > 3


def test_segments_are_found_by_what_they_hold() -> None:
    data = files.jpeg()
    (exif,) = walk(data).holding(data, jpeg_segments.APP1, b"Exif\x00")
    assert data[exif.body : exif.body + 6] == b"Exif\x00\x00"
    assert data[exif.start : exif.start + 2] == b"\xff\xe1"
    assert not walk(data).holding(data, jpeg_segments.APP1, b"http")


def test_stray_bytes_between_segments_are_counted() -> None:
    assert walk(files.with_segments(files.jpeg(), b"\x00" * 14)).stray_bytes == 14


def test_fill_bytes_before_a_marker_are_no_marker() -> None:
    data = files.jpeg()
    assert walk(files.with_segments(data, b"\xff\xff\xff")).end == len(data) + 3


@pytest.mark.parametrize(
    ("data", "truncated"),
    [
        (b"\xff\xd8", True),
        (b"\xff\xd8\xff\xe1\x00\x10abc", True),
        (b"\xff\xd8\xff\xe1\x00\x00abc\xff\xd9", False),
        (b"\xff\xd8\xff\xd9", True),
        (b"\xff\xd8\xff\xd8\xff\xd9", False),
        (b"no picture", False),
    ],
)
def test_what_is_no_whole_jpeg_says_how(data: bytes, truncated: bool) -> None:
    with pytest.raises(JpegStructureError) as refused:
        walk(data)
    assert refused.value.truncated is truncated


def test_a_wrong_marker_in_the_picture_data_is_damage() -> None:
    data = bytearray(files.jpeg(files.picture(320, 240)))
    at = data.index(b"\xff\xda") + 400
    data[at : at + 2] = b"\xff\x3a"
    layout = walk(bytes(data))
    assert layout.damaged
    assert layout.end <= len(data)


def test_endless_scans_are_not_followed() -> None:
    data = files.jpeg()
    scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(JpegStructureError, match="too many"):
        walk(data[:-2] + scan * 30 + b"\xff\xd9", max_scans=20)
