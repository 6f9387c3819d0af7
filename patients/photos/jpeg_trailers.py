"""What stands behind a JPEG's picture: what cameras put there is known, anything else is refused.

Known: zero padding, further whole JPEGs (MPO, gain map of Ultra HDR, depth map, preview), the MP4 of a motion
photo, Samsung's trailer with its directory at the end, and slack: old cards and recovery programs return a file
up to the end of its last disk cluster, zeros first and then whatever the disk held before. A web page, script,
archive or PDF behind a picture is how one file is made to pass for two; nobody photographed it.
"""

import re
import struct
from enum import StrEnum

from patients.photos.containers import media_end
from patients.photos.jpeg_segments import JpegStructureError, walk
from patients.photos.reasons import Reason, Refusal

MAX_TRAILERS = 32
SAMSUNG_DIRECTORY, SAMSUNG_END = b"SEFH", b"SEFT"
SAMSUNG_ENTRY_BYTES = 12
SECTOR_BYTES = 512
SLACK_ZEROS = bytes(64)
FOREIGN = re.compile(
    rb"<(?:html|script|svg|iframe|object|embed|body|\?php|\?xml|!doctype)|javascript:|%PDF-|PK\x03\x04", re.IGNORECASE
)


class Trailer(StrEnum):
    """A known kind of content behind the picture."""

    PADDING = "padding"
    JPEG = "jpeg"
    VIDEO = "video"
    SAMSUNG = "samsung"
    SLACK = "slack"


def trailers(data: bytes, end: int) -> list[Trailer]:
    """Return what stands behind the picture that ends at `end`; raise `Refusal` for anything unknown."""
    found: list[Trailer] = []
    at = end
    if _is_slack(data, at):
        return [Trailer.SLACK]
    while at < len(data):
        kind, at = _trailer(data, at)
        found.append(kind)
        if len(found) > MAX_TRAILERS:
            raise Refusal(Reason.TRAILING_DATA, "too many parts")
    return found


def _trailer(data: bytes, at: int) -> tuple[Trailer, int]:
    if data[at] == 0 and (padded := _zeros_end(data, at)) > at + 3:
        return Trailer.PADDING, padded
    if data.startswith(b"\xff\xd8\xff", at):
        try:
            return Trailer.JPEG, walk(data, at).end
        except JpegStructureError as error:
            raise Refusal(Reason.TRUNCATED, "picture behind the picture") from error
    if data[at + 4 : at + 8] == b"ftyp" and (video_end := media_end(data, at)):
        return Trailer.VIDEO, video_end
    if data.endswith(SAMSUNG_END) and _is_samsung(data, at):
        return Trailer.SAMSUNG, len(data)
    if _zeros_end(data, at) == len(data):
        return Trailer.PADDING, len(data)
    raise Refusal(Reason.TRAILING_DATA, f"{len(data) - at} bytes")


def _is_slack(data: bytes, at: int) -> bool:
    """Say whether the rest is unused disk: a file of whole sectors, zeros first, nothing that a program would open."""
    behind = at + len(SLACK_ZEROS)
    whole_sectors = len(data) % SECTOR_BYTES == 0
    if not whole_sectors or not data.startswith(SLACK_ZEROS, at) or data.count(0, at) == len(data) - at:
        return False
    holds_something = data[behind:].lstrip(b"\x00").startswith(b"\xff\xd8\xff") or data.endswith(SAMSUNG_END)
    return not holds_something and FOREIGN.search(data, at) is None


def _zeros_end(data: bytes, at: int) -> int:
    """Return where the run of zero bytes from `at` ends; a box's size may begin with up to three of them."""
    rest = data[at:].lstrip(b"\x00")
    end = len(data) - len(rest)
    return end if not rest or rest[:1] == b"\xff" else max(at, end - 3)


def _is_samsung(data: bytes, at: int) -> bool:
    """Check that the directory at the end accounts for the whole trailer from `at` on.

    Behind the blocks stands "SEFH", version, count, then per block type, distance back to it and size; behind
    the directory its length and "SEFT". All numbers are little-endian.
    """
    (directory_bytes,) = struct.unpack_from("<I", data, len(data) - 8)
    directory = len(data) - 8 - directory_bytes
    if directory < at or not data.startswith(SAMSUNG_DIRECTORY, directory) or directory_bytes < SAMSUNG_ENTRY_BYTES:
        return False
    (count,) = struct.unpack_from("<I", data, directory + 8)
    if directory_bytes != 12 + count * SAMSUNG_ENTRY_BYTES or not count:
        return False
    blocks = sorted(
        struct.unpack_from("<II", data, directory + 12 + number * SAMSUNG_ENTRY_BYTES + 4) for number in range(count)
    )
    covered: int = directory
    for back, size in blocks:
        if directory - back + size != covered:
            return False
        covered = directory - back
    return covered == at
