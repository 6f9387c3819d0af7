"""Photo files of every kind, made by program: sound ones, odd ones and hostile ones."""

import io
import struct
import zlib
from datetime import datetime, timedelta, timezone
from typing import Any

import pillow_heif
from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational

TAKEN = datetime(2026, 5, 4, 9, 30, 15, tzinfo=timezone(timedelta(hours=2)))
SECRET = b"SECRET-PLACE"


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A picture that shows which way up it is: red top left, green top right, blue below, detail in the middle."""
    image = Image.new("RGB", (width, height), (40, 60, 200))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=(220, 30, 30))
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=(30, 200, 30))
    for x in range(width // 4, 3 * width // 4, 3):
        draw.line((x, height // 4, x, 3 * height // 4), fill=(x * 7 % 256, 90, 140))
    return image if mode == "RGB" else image.convert(mode)


def camera_exif(*, orientation: int = 1, place: bool = True, taken: str = "2026:05:04 09:30:15") -> Image.Exif:
    """The EXIF block of a camera, with a position."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Baseline", "Test Camera", orientation
    exif[0x013B] = SECRET.decode()
    details = exif.get_ifd(0x8769)
    details.update({0x9003: taken, 0x9011: "+02:00", 0x9291: "250", 0xA434: "Macro 60", 0x920A: IFDRational(60, 1)})
    details.update({0x829A: IFDRational(1, 125), 0x829D: IFDRational(8, 1), 0x8827: 200, 0xA403: 1, 0x9209: 1})
    if place:
        exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 5.0, 0.0), 3: "E", 4: (14.0, 25.0, 0.0)})
    return exif


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The file of a picture."""
    out = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.from_pillow(image).save(out, **options)
    else:
        image.save(out, kind, **options)
    return out.getvalue()


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    """A sound camera JPEG."""
    return saved(image or picture(), "JPEG", **{"quality": 90, "exif": camera_exif(), **options})


def segment(marker: int, body: bytes) -> bytes:
    """One JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """A JPEG with further segments behind its start."""
    return data[:2] + b"".join(segments) + data[2:]


def chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(data: bytes, *chunks: bytes) -> bytes:
    """A PNG with further chunks behind its header."""
    return data[:33] + b"".join(chunks) + data[33:]


def bomb_png(side: int) -> bytes:
    """A black 1-bit PNG of `side` x `side`: a few kilobytes that unpack to very many pixels."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def zip_archive() -> bytes:
    """A ZIP archive of one stored file."""
    name, body = b"a.txt", b"hello"
    check = struct.pack("<III", zlib.crc32(body), len(body), len(body))
    local = (
        b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 0, 0, 0) + check + struct.pack("<HH", len(name), 0) + name + body
    )
    entry = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 0, 0, 0) + check
    entry += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    return local + entry + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)


def samsung_trailer(block: bytes) -> bytes:
    """What Samsung's cameras write behind a picture: one block, the directory, its length and the end mark."""
    directory = b"SEFH" + struct.pack("<II", 106, 1) + struct.pack("<HHII", 0, 0x0A01, len(block), len(block))
    return block + directory + struct.pack("<I", len(directory)) + b"SEFT"


def media_boxes(*kinds: bytes) -> bytes:
    """A run of ISO media boxes, as of a motion photo's video."""
    return b"".join(struct.pack(">I", 16) + kind + b"isommp42" for kind in kinds)


def colour_profile(primaries: dict[str, tuple[float, float, float]], gamma: float, name: str) -> bytes:
    """An ICC profile (version 2, matrix and gamma) with the primaries' XYZ for D50."""

    def fixed(*numbers: float) -> bytes:
        return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)

    text = name.encode() + b"\x00"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\x00",
        b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1.0, 0.8249),
        **{band.encode() + b"XYZ": b"XYZ " + bytes(4) + fixed(*xyz) for band, xyz in primaries.items()},
        **{
            band.encode() + b"TRC": b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) for band in primaries
        },
    }
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for signature, content in tags.items():
        content += bytes(-len(content) % 4)
        table += signature + struct.pack(">II", at + len(body), len(content))
        body += content
    rest = struct.pack(">I", len(tags)) + table + body
    header = struct.pack(">I4sI4s4s4s", 128 + len(rest), b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + fixed(0.9642, 1.0, 0.8249)
    return header.ljust(128, b"\x00") + rest
