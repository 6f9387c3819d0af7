"""Where a JPEG's segments are, and where the picture ends (ITU-T T.81, annex B).

Pure Python over bytes: the marker structure is walked from start to end, entropy-coded data included, so that
a file that stops early, and whatever is hidden behind the picture, are both seen before decoding.
"""

import re
from dataclasses import dataclass

SOI, EOI, SOS, DNL, DRI, DQT, DHT, COM, TEM = 0xD8, 0xD9, 0xDA, 0xDC, 0xDD, 0xDB, 0xC4, 0xFE, 0x01
APP0, APP1, APP2, APP15 = 0xE0, 0xE1, 0xE2, 0xEF
FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})

# The next marker: 0xFF followed by neither a stuffed zero, nor a restart, nor another 0xFF.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_AFTER_SCAN = FRAMES | {DHT, 0xCC, DQT, DRI, SOS, DNL, COM} | set(range(APP0, APP15 + 1))


class JpegStructureError(ValueError):
    """The bytes are not a whole JPEG; `truncated` says that they stop too early."""

    def __init__(self, what: str, *, truncated: bool) -> None:
        super().__init__(what)
        self.truncated = truncated


@dataclass(frozen=True, slots=True)
class Segment:
    """One marker and its place: `data[start:end]` is all of it, `data[body:end]` without marker and length."""

    marker: int
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The segments of one JPEG.

    `end` is the offset just behind its EOI marker. `damaged` says that something which is no marker stands in
    the picture data: decoders stop there and the rest of the picture is missing, although the file ends well.
    """

    segments: tuple[Segment, ...]
    stray_bytes: int
    end: int
    damaged: bool = False

    @property
    def scans(self) -> int:
        """Return how many scans it has (a progressive JPEG has several)."""
        return sum(segment.marker == SOS for segment in self.segments)

    def holding(self, data: bytes, marker: int, prefix: bytes) -> list[Segment]:
        """Return the segments with `marker` whose body starts with `prefix`."""
        return [s for s in self.segments if s.marker == marker and data.startswith(prefix, s.body, s.end)]


def walk(data: bytes, start: int = 0, *, max_scans: int = 100) -> Layout:
    """Return the layout of the JPEG that starts at `start`; raise `JpegStructureError` when it isn't whole."""
    if data[start : start + 2] != bytes((0xFF, SOI)):
        raise JpegStructureError("no start of image", truncated=False)
    segments: list[Segment] = []
    at, stray, scan_data = start + 2, 0, 0
    while True:
        try:
            marker_at = _next_marker(data, at, in_scan=at == scan_data)
            if data[marker_at + 1] == EOI:
                break
            segment = _segment(data, marker_at)
        except JpegStructureError:
            if not scan_data:
                raise
            return Layout(tuple(segments), stray, _first_end(data, scan_data), damaged=True)
        stray += 0 if at == scan_data else marker_at - at
        segments.append(segment)
        at = segment.end
        if segment.marker == SOS:
            scan_data = at
            if sum(s.marker == SOS for s in segments) > max_scans:
                raise JpegStructureError("too many scans", truncated=False)
    if not scan_data:
        raise JpegStructureError("no picture data", truncated=True)
    return Layout(tuple(segments), stray, marker_at + 2)


def _next_marker(data: bytes, at: int, *, in_scan: bool) -> int:
    """Return the offset of the next marker, over fill bytes, stray bytes or a scan's picture data."""
    found = _NEXT_MARKER.search(data, at)
    if found is None:
        raise JpegStructureError("the file ends before the picture does", truncated=True)
    marker = data[found.end() - 1]
    if in_scan and marker != EOI and marker not in _AFTER_SCAN:
        raise JpegStructureError("a wrong marker inside the picture data", truncated=False)
    return found.start()


def _segment(data: bytes, at: int) -> Segment:
    marker = data[at + 1]
    if marker == TEM:
        return Segment(marker, at, at + 2, at + 2)
    if marker == SOI:
        raise JpegStructureError("a second start of image", truncated=False)
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    if at + 4 > len(data) or at + 2 + length > len(data):
        raise JpegStructureError("the file ends inside a segment", truncated=True)
    if length < 2:
        raise JpegStructureError("a segment without length", truncated=False)
    return Segment(marker, at, at + 4, at + 2 + length)


def _first_end(data: bytes, at: int) -> int:
    """Return the offset behind the first EOI at or after `at`: where a decoder stops at the latest."""
    found = data.find(bytes((0xFF, EOI)), at)
    if found < 0:
        raise JpegStructureError("the file ends before the picture does", truncated=True)
    return found + 2
