"""What isn't taken as a photo, each with its reason."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from patients.photos.ingest import Accepted, Doubt, Limits, Reason, Rejected, examine
from tests.patients.photos import files

Reject = Callable[..., Rejected]
Accept = Callable[[bytes], Accepted]

SOUND = {
    "JPEG": files.jpeg(files.picture(320, 240)),
    "progressive JPEG": files.jpeg(files.picture(320, 240), progressive=True),
    "PNG": files.saved(files.picture(320, 240), "PNG"),
    "WEBP": files.saved(files.picture(320, 240), "WEBP", lossless=True),
    "TIFF": files.saved(files.picture(320, 240), "TIFF", compression="tiff_lzw"),
    "HEIF": files.saved(files.picture(320, 240), "HEIF"),
    "AVIF": files.saved(files.picture(320, 240), "AVIF"),
}
TAILS = {
    "page": b"<html><script>alert(1)</script></html>",
    "script": b"<?php system($_GET['c']); ?>",
    "document": b"%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF",
    "program": b"MZ\x90\x00" + bytes(300) + b"\x01",
    "text": b"a letter that nobody photographed",
}


@pytest.mark.parametrize("kind", SOUND)
def test_the_sound_file_is_taken(accepted: Accept, kind: str) -> None:
    assert accepted(SOUND[kind]).width == 320


@pytest.mark.parametrize("kind", SOUND)
@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_file_cut_off_anywhere_is_refused(rejected: Reject, kind: str, tenths: int) -> None:
    data = SOUND[kind]
    refusal = rejected(data[: len(data) * tenths // 10])
    assert refusal.reason in {Reason.TRUNCATED, Reason.DAMAGED}


@pytest.mark.parametrize("kind", SOUND)
def test_a_file_short_of_its_last_bytes_is_refused(rejected: Reject, kind: str) -> None:
    assert rejected(SOUND[kind][:-2]).reason in {Reason.TRUNCATED, Reason.DAMAGED}


@pytest.mark.parametrize("percent", [30, 50, 70])
def test_a_cut_jpeg_that_got_an_end_again_is_refused(rejected: Reject, percent: int) -> None:
    data = files.jpeg(files.picture(1600, 1200))
    assert rejected(data[: len(data) * percent // 100] + b"\xff\xd9").reason == Reason.TRUNCATED


@pytest.mark.parametrize("tail", [*TAILS, "archive"])
@pytest.mark.parametrize("kind", [kind for kind in SOUND if kind != "TIFF"])
def test_what_no_camera_wrote_behind_a_picture_is_refused(rejected: Reject, kind: str, tail: str) -> None:
    content = TAILS.get(tail) or files.zip_archive()
    wanted = {Reason.TRAILING_DATA, Reason.HIDDEN_ARCHIVE, Reason.TRUNCATED}
    assert rejected(SOUND[kind] + content).reason in wanted
    assert rejected(SOUND[kind] + bytes(100) + content).reason in wanted


def test_an_archive_inside_a_comment_is_found(rejected: Reject) -> None:
    archive = files.zip_archive()
    for data in (
        SOUND["TIFF"] + archive,
        files.png_with(SOUND["PNG"], files.chunk(b"tEXt", b"a\x00b")) + archive,
    ):
        assert rejected(data).reason == Reason.HIDDEN_ARCHIVE


def test_a_page_in_unused_disk_is_refused_too(rejected: Reject) -> None:
    data = SOUND["JPEG"] + bytes(200) + TAILS["page"]
    assert rejected(data + bytes(-len(data) % 512)).reason == Reason.TRAILING_DATA


def test_known_content_behind_a_jpeg_is_taken_and_said(accepted: Accept) -> None:
    data = SOUND["JPEG"]
    for tail in (
        files.jpeg(files.picture(32, 32)),
        bytes(5000) + files.jpeg(files.picture(32, 32)) + bytes(40),
        files.media_boxes(b"ftyp", b"moov", b"mdat"),
        files.samsung_trailer(b"Image_UTC_Data1700000000000"),
    ):
        assert Doubt.EXTRA_CONTENT_IGNORED in accepted(data + tail).doubts


def test_zeros_behind_a_picture_are_padding(accepted: Accept) -> None:
    for kind in ("JPEG", "PNG", "WEBP", "HEIF"):
        assert Doubt.EXTRA_CONTENT_IGNORED not in accepted(SOUND[kind] + bytes(4096)).doubts


def test_unused_disk_behind_a_jpeg_is_taken_and_said(accepted: Accept) -> None:
    data = SOUND["JPEG"] + bytes(200) + b"what the disk held before" * 20
    assert Doubt.STRAY_BYTES in accepted(data + b"x" * (-len(data) % 512)).doubts


def test_a_samsung_trailer_must_account_for_all_its_bytes(rejected: Reject) -> None:
    trailer = files.samsung_trailer(b"Image_UTC_Data1700000000000")
    assert rejected(SOUND["JPEG"] + TAILS["script"] + trailer).reason == Reason.TRAILING_DATA


def test_several_pictures_in_one_jpeg_are_an_mpo(accepted: Accept) -> None:
    out = io.BytesIO()
    files.picture().save(out, "MPO", save_all=True, append_images=[files.picture(32, 32)])
    photo = accepted(out.getvalue())
    assert (photo.format, photo.mime, photo.width) == ("mpo", "image/jpeg", 64)
    assert Doubt.EXTRA_CONTENT_IGNORED in photo.doubts


@pytest.mark.parametrize(
    ("start", "detail"),
    [
        (b"GIF89a", "gif"), (b"BM", "bmp"), (b"%PDF-1.7", "pdf"), (b"8BPS", "psd"), (b"%!PS-Adobe", "eps"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jpeg2000"), (b"\xff\x0a", "jpegxl"), (b"\x00\x00\x01\x00", "ico"),
        (b"DDS ", "dds"), (b"SIMPLE  =", "fits"), (b"PK\x03\x04", "zip"), (b"<svg xmlns=", "markup"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>", "markup"), (b"\x00\x00\x00\x18ftypmp42", "video"),
        (b"no photo at all", ""), (b"\x00" * 64, ""), (b"\xff\xd8", ""),
    ],
)  # fmt: skip
def test_other_formats_are_refused_by_name(rejected: Reject, start: bytes, detail: str) -> None:
    refusal = rejected(start + b"\x01" * 200)
    assert (refusal.reason, refusal.detail) == (Reason.FORMAT_NOT_ALLOWED, detail)


@pytest.mark.parametrize(
    "data",
    [
        b"FUJIFILMCCD-RAW 0201", b"IIU\x00\x18\x00\x00\x00", b"IIRO\x08\x00", b"\x00\x00\x00\x18ftypcrx isom",
        b"II*\x00\x10\x00\x00\x00CR\x02\x00",
    ],
)  # fmt: skip
def test_raw_files_of_cameras_are_told_to_be_exported(rejected: Reject, data: bytes) -> None:
    refusal = rejected(data + bytes(200))
    assert refusal.reason == Reason.RAW_FORMAT
    assert "JPEG" in refusal.message


def test_a_digital_negative_is_a_raw_file(rejected: Reject) -> None:
    data = files.saved(files.picture(), "TIFF", tiffinfo={50706: b"\x01\x04\x00\x00"})
    assert rejected(data).reason == Reason.RAW_FORMAT


def test_an_empty_file_is_refused(rejected: Reject) -> None:
    assert rejected(b"").reason == Reason.EMPTY


def test_the_limit_of_bytes_is_exact(accepted: Accept, rejected: Reject, examined: Callable[..., object]) -> None:
    data = SOUND["JPEG"]
    assert isinstance(examined(data, limits=Limits(max_bytes=len(data))), Accepted)
    assert rejected(data, limits=Limits(max_bytes=len(data) - 1)).reason == Reason.TOO_MANY_BYTES


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_moving_pictures_are_refused(rejected: Reject, kind: str) -> None:
    data = files.saved(files.picture(), kind, save_all=True, append_images=[files.picture(64, 48, "L").convert("RGB")])
    assert rejected(data).reason == Reason.ANIMATED


def test_several_pages_are_refused(rejected: Reject) -> None:
    data = files.saved(files.picture(), "TIFF", save_all=True, append_images=[files.picture(32, 32)])
    assert rejected(data).reason == Reason.SEVERAL_PICTURES


@pytest.mark.parametrize("side", [9_400, 13_000, 19_000])
def test_a_bomb_of_pixels_is_refused_before_it_unpacks(rejected: Reject, side: int) -> None:
    bomb = files.bomb_png(side)
    assert len(bomb) < 60_000
    refusal = rejected(bomb)
    assert refusal.reason == Reason.TOO_MANY_PIXELS
    assert refusal.cost.peak_rss_bytes < 64 * 1024 * 1024


def test_a_thread_of_pixels_is_refused(rejected: Reject) -> None:
    assert rejected(files.saved(Image.new("RGB", (1, 60_000)))).reason == Reason.TOO_MANY_PIXELS


def test_a_bomb_of_text_is_refused(rejected: Reject) -> None:
    packed = files.zlib.compress(bytes(30_000_000), 9)
    bomb = files.png_with(SOUND["PNG"], files.chunk(b"zTXt", b"Comment\x00\x00" + packed))
    assert rejected(bomb).reason == Reason.DECOMPRESSION_BOMB


def test_a_jpeg_of_a_thousand_scans_is_refused(rejected: Reject) -> None:
    data = SOUND["progressive JPEG"]
    last = data.rindex(b"\xff\xda")
    scan = data[last:-2]
    refusal = rejected(data[:-2] + scan * 900 + b"\xff\xd9")
    assert refusal.reason in {Reason.DECOMPRESSION_BOMB, Reason.DAMAGED}


def test_a_wrong_checksum_is_refused(rejected: Reject) -> None:
    data = bytearray(SOUND["PNG"])
    data[-20] ^= 1
    assert rejected(bytes(data)).reason == Reason.DAMAGED


def test_a_box_that_overruns_the_file_is_refused(rejected: Reject) -> None:
    data = SOUND["HEIF"]
    at = data.rindex(b"mdat") - 4
    (size,) = struct.unpack_from(">I", data, at)
    assert rejected(data[:at] + struct.pack(">I", size + 1000) + data[at + 4 :]).reason == Reason.TRUNCATED


def test_floating_point_pixels_are_no_photo(rejected: Reject) -> None:
    assert rejected(files.saved(files.picture(64, 48, "F"), "TIFF")).reason == Reason.FORMAT_NOT_ALLOWED


def test_a_folder_or_a_missing_file_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="regular"):
        examine(tmp_path)
    with pytest.raises(FileNotFoundError):
        examine(tmp_path / "none")


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(SOUND)),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=6)), min_size=1, max_size=8),
)
def test_damaged_bytes_never_raise(tmp_path: Path, kind: str, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(SOUND[kind])
    for at, content in changes:
        at %= len(data)
        data[at : at + len(content)] = content
    path = tmp_path / "damaged"
    path.write_bytes(bytes(data))
    outcome = examine(path)
    assert outcome.cost.peak_rss_bytes <= 512 * 1024 * 1024
    assert not (isinstance(outcome, Rejected) and outcome.reason == Reason.DECODER_FAILED), outcome


@pytest.mark.parametrize("progressive", [False, True])
def test_decoding_small_reads_as_much_as_decoding_whole(progressive: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut file fails at half size exactly where it fails at full size: every block is read for either."""
    # WeasyPrint, once imported, makes Pillow forgive cut files in the whole process; the decoder's child never does.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)
    data = files.saved(files.picture(3264, 2448), quality=85, progressive=progressive)
    told = []
    for twelfths in range(1, 13):
        cut = data[: (len(data) - 2) * twelfths // 12]
        ends = []
        for size in (None, (1600, 1200)):
            image = Image.open(io.BytesIO(cut))
            if size:
                image.draft("RGB", size)
            try:
                image.load()
            except OSError as error:
                ends.append(str(error))
            else:
                ends.append("whole")
            assert image.width == (1632 if size else 3264)
        assert ends[0] == ends[1]
        told.append(ends[0])
    # The last cut takes the end marker only, which libraries may do without.
    assert all("truncated" in end for end in told[:11]), told
