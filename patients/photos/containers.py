"""Whether a PNG, WebP, HEIC or AVIF file is whole, holds one still picture, and ends where it says.

Decoders forgive: they take a picture whose file was cut off, and don't look behind its end. A photo is evidence,
so the container's own bookkeeping is checked first. Every function raises `Refusal`, or returns quietly.
"""

import struct
import zlib

from patients.photos.reasons import Reason, Refusal

PNG_SIGNATURE_BYTES = 8
MAX_PNG_CHUNKS = 20_000  # 64-KiB chunks of a 40 MiB file are 640
MAX_BOXES = 1_000
ZIP_END = b"PK\x05\x06"
ZIP_END_BYTES = 22
ZIP_ENTRY = b"PK\x01\x02"
MAX_ZIP_COMMENT = 65_535


def check_png(data: bytes) -> None:
    """Check the chunks of a PNG: lengths, checksums, one picture, nothing behind IEND."""
    at = PNG_SIGNATURE_BYTES
    if data[at + 4 : at + 8] != b"IHDR":
        raise Refusal(Reason.DAMAGED, "png header")
    for _ in range(MAX_PNG_CHUNKS):
        if at + 12 > len(data):
            raise Refusal(Reason.TRUNCATED, "png")
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data):
            raise Refusal(Reason.TRUNCATED, "png")
        if zlib.crc32(memoryview(data)[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            raise Refusal(Reason.DAMAGED, "png checksum")
        if kind == b"acTL":
            raise Refusal(Reason.ANIMATED, "png")
        at = end
        if kind == b"IEND":
            check_padding(data, at)
            return
    raise Refusal(Reason.DAMAGED, "png chunks")


def check_webp(data: bytes) -> None:
    """Check the chunks of a WebP: lengths, no animation, nothing behind the RIFF."""
    (riff_size,) = struct.unpack_from("<I", data, 4)
    riff_end = 8 + riff_size
    if riff_end > len(data):
        raise Refusal(Reason.TRUNCATED, "webp")
    at = 12
    while at + 8 <= riff_end:
        kind = data[at : at + 4]
        (length,) = struct.unpack_from("<I", data, at + 4)
        if at + 8 + length > riff_end:
            raise Refusal(Reason.TRUNCATED, "webp")
        if kind in {b"ANIM", b"ANMF"}:
            raise Refusal(Reason.ANIMATED, "webp")
        at += 8 + length + (length & 1)
    check_padding(data, riff_end)


def check_iso_media(data: bytes) -> None:
    """Check that the top-level boxes of a HEIC or AVIF file tile it to its last byte."""
    end = media_end(data, 0)
    if end is None:
        raise Refusal(Reason.TRUNCATED, "box")
    check_padding(data, end)


def media_end(data: bytes, at: int) -> int | None:
    """Return where the run of ISO media boxes from `at` ends; None when a box reaches beyond the file."""
    for _ in range(MAX_BOXES):
        if at == len(data) or not _is_box_name(data[at + 4 : at + 8]):
            return at
        (size,) = struct.unpack_from(">I", data, at)
        if size == 0:
            return len(data)
        header = 8
        if size == 1 and at + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, at + 8)
            header = 16
        if size < header or at + size > len(data):
            return None
        at += size
    return None


def _is_box_name(name: bytes) -> bool:
    return len(name) == 4 and all(0x20 <= byte < 0x7F for byte in name)


def check_padding(data: bytes, at: int) -> None:
    """Refuse whatever stands from `at` to the end, unless it is zeros."""
    if data.count(0, at) != len(data) - at:
        raise Refusal(Reason.TRAILING_DATA, f"{len(data) - at} bytes")


def check_no_archive(data: bytes) -> None:
    """Refuse a file that opens as a ZIP archive too: archives are read from their end (PKWARE APPNOTE 4.3.16)."""
    at = len(data)
    lowest = max(0, len(data) - ZIP_END_BYTES - MAX_ZIP_COMMENT)
    while (at := data.rfind(ZIP_END, lowest, at)) >= 0:
        if at + ZIP_END_BYTES > len(data):
            continue
        directory_bytes, _, comment_bytes = struct.unpack_from("<IIH", data, at + 12)
        if at + ZIP_END_BYTES + comment_bytes != len(data):
            continue
        if data.startswith(ZIP_ENTRY, max(0, at - directory_bytes)):
            raise Refusal(Reason.HIDDEN_ARCHIVE, "zip")
