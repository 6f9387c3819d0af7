"""The drawn signature: a picture with ink in it, redrawn so that it holds nothing else."""

import io
import zlib
from struct import pack

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from clinic.errors import Refused
from demo.pictures import signature_png
from patients.consents.drawing import MOST_BYTES, clean_ink, ink_from_data_url
from tests.patients.consents.builders import data_url, drawn


def test_a_signature_comes_out_as_grey_on_white() -> None:
    clean = Image.open(io.BytesIO(ink_from_data_url(data_url(signature_png(1)))))
    assert (clean.format, clean.mode, clean.size) == ("PNG", "L", (480, 160))
    assert clean.getpixel((0, 0)) == 255
    assert clean.getextrema()[0] < 80


def test_cleaning_twice_changes_nothing() -> None:
    once = clean_ink(signature_png(2))
    assert clean_ink(once) == once


def test_nothing_but_pixels_is_kept() -> None:
    notes = PngInfo()
    notes.add_text("Comment", "SECRET")
    out = io.BytesIO()
    Image.open(io.BytesIO(signature_png(3))).save(out, "PNG", pnginfo=notes)
    assert b"SECRET" in out.getvalue() + b""
    assert b"SECRET" not in clean_ink(out.getvalue() + b"SECRET behind the picture")


@pytest.mark.parametrize(
    "png",
    [
        drawn(),
        drawn((200, 80), (203, 80)),
        drawn((10, 10), (60, 10), size=(480, 160))[:40],
    ],
)
def test_a_blank_pad_or_a_dot_is_no_signature(png: bytes) -> None:
    with pytest.raises(Refused, match="patient sign"):
        clean_ink(png)


def test_a_white_line_on_white_is_blank() -> None:
    out = io.BytesIO()
    Image.new("RGB", (480, 160), "white").save(out, "PNG")
    with pytest.raises(Refused, match="blank"):
        clean_ink(out.getvalue())


@pytest.mark.parametrize(
    "text",
    [
        "data:image/jpeg;base64,AAAA",
        "data:image/svg+xml,<svg onload='alert(1)'/>",
        "javascript:alert(1)",
        "data:image/png;base64,***",
        "data:image/png;base64,AAA",
        data_url(b"GIF89a" + b"\0" * 400),
        data_url(b""),
        "data:image/png;base64," + "A" * (MOST_BYTES * 2),
    ],
)
def test_what_is_no_drawing_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(Refused, match="sign again"):
        ink_from_data_url(text)


def test_a_picture_of_too_many_pixels_is_not_unpacked() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")
    with pytest.raises(Refused, match="sign again"):
        clean_ink(bomb)
