"""What a sound photo gives: facts, upright derived pictures in sRGB, measures."""

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from patients.photos.ingest import Accepted, Doubt, examine
from tests.patients.photos import files

Accept = Callable[[bytes], Accepted]


def shown(photo: Accepted, side: int = 1600) -> Image.Image:
    """The derived picture as a viewer opens it."""
    return Image.open(io.BytesIO(photo.derivative(side).data))


def near(pixel: object, colour: tuple[int, int, int], by: int = 12) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= by for one, other in zip(pixel, colour, strict=True))


def test_the_original_is_hashed_and_left_alone(tmp_path: Path) -> None:
    path, data = tmp_path / "alone" / "a.jpg", files.jpeg()
    path.parent.mkdir()
    path.write_bytes(data)
    photo = examine(path)
    assert isinstance(photo, Accepted)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert photo.bytes == len(data)
    assert path.read_bytes() == data
    assert [file.name for file in path.parent.iterdir()] == ["a.jpg"]


def test_the_format_is_told_by_content_not_by_name(accepted: Accept) -> None:
    image = files.picture()
    for kind, name, mime in (
        ("JPEG", "jpeg", "image/jpeg"), ("PNG", "png", "image/png"), ("WEBP", "webp", "image/webp"),
        ("TIFF", "tiff", "image/tiff"), ("AVIF", "avif", "image/avif"), ("HEIF", "heic", "image/heic"),
    ):  # fmt: skip
        photo = accepted(files.saved(image, kind))
        assert (photo.format, photo.mime, photo.width, photo.height) == (name, mime, 64, 48)
        assert near(shown(photo).getpixel((8, 8)), (220, 30, 30), 25), kind


def test_the_cameras_facts_are_read(accepted: Accept) -> None:
    camera = accepted(files.jpeg()).camera
    assert camera.captured_local == datetime.fromisoformat("2026-05-04T09:30:15.250")
    assert (camera.captured_subsecond, camera.captured_offset) == ("250", timedelta(hours=2))
    assert camera.offset_text == "+02:00"
    assert (camera.make, camera.model, camera.lens) == ("Baseline", "Test Camera", "Macro 60")
    assert (camera.focal_length_mm, camera.aperture_f, camera.iso) == (Decimal("60.0"), Decimal("8.0"), 200)
    assert camera.exposure_s == Decimal("0.008000")
    assert (camera.white_balance, camera.flash_fired, camera.has_gps) == ("manual", True, True)


def test_what_the_camera_did_not_write_is_unknown_not_no(accepted: Accept) -> None:
    photo = accepted(files.saved(files.picture()))
    assert photo.camera.captured_local is None
    assert photo.camera.flash_fired is None
    assert not photo.camera.has_gps
    assert Doubt.NO_CAMERA_DATE in photo.doubts
    assert any("no date" in words for words in photo.warnings)


@pytest.mark.parametrize(
    "written", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2026:13:40 10:00:00", "2026:02:30 10:00:00", "yesterday"]
)
def test_a_date_that_is_none_is_unknown(accepted: Accept, written: str) -> None:
    photo = accepted(files.jpeg(exif=files.camera_exif(taken=written)))
    assert photo.camera.captured_local is None
    assert Doubt.CAMERA_DATE_UNREADABLE in photo.doubts or not written.strip(" :")


def test_two_exif_blocks_leave_the_date_unknown(accepted: Accept) -> None:
    second = files.segment(0xE1, files.camera_exif(taken="2001:01:01 01:01:01").tobytes())
    photo = accepted(files.with_segments(files.jpeg(), second))
    assert photo.camera.captured_local is None
    assert Doubt.METADATA_DAMAGED in photo.doubts


def test_the_date_of_an_xmp_packet_stands_in_and_says_so(accepted: Accept) -> None:
    packet = b'<x:xmpmeta exif:DateTimeOriginal="2026-05-04T09:30:15-05:00" exif:GPSLatitude="50,5N"/>'
    photo = accepted(files.saved(files.picture(), xmp=packet))
    assert photo.camera.captured_local == datetime.fromisoformat("2026-05-04T09:30:15")
    assert photo.camera.captured_offset == timedelta(hours=-5)
    assert Doubt.CAMERA_DATE_FROM_XMP in photo.doubts
    assert photo.camera.has_gps


def test_hostile_words_are_one_short_clean_line(accepted: Accept) -> None:
    exif = files.camera_exif()
    exif[0x0110] = "<script>\r\nalert(1)\x1b[31m\u202e" + "x" * 500
    exif[0x010F] = "Zürich\x00hidden"
    camera = accepted(files.jpeg(exif=exif)).camera
    assert len(camera.model) <= 80
    assert camera.model.isprintable()
    assert "hidden" not in camera.make


def test_numbers_no_camera_can_mean_are_unknown(accepted: Accept) -> None:
    exif = files.camera_exif()
    exif.get_ifd(0x8769).update(
        {0x829D: IFDRational(1, 0), 0x829A: IFDRational(0, 1), 0x920A: IFDRational(4_000_000_000, 1), 0x8827: 0}
    )
    camera = accepted(files.jpeg(exif=exif)).camera
    assert (camera.aperture_f, camera.exposure_s, camera.focal_length_mm, camera.iso) == (None, None, None, None)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_picture_is_turned_upright_once(accepted: Accept, kind: str, orientation: int) -> None:
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # how the camera held it: the inverse of what the tag asks
    image = files.picture()
    held = image.transpose(Image.Transpose(turns[orientation])) if orientation > 1 else image
    photo = accepted(files.saved(held, kind, exif=files.camera_exif(orientation=orientation)))
    assert (photo.width, photo.height, photo.camera.orientation) == (64, 48, orientation)
    view = shown(photo)
    assert view.size == (64, 48)
    assert near(view.getpixel((6, 6)), (220, 30, 30), 40)
    assert near(view.getpixel((58, 6)), (30, 200, 30), 40)
    assert near(view.getpixel((6, 42)), (40, 60, 200), 40)


def test_an_orientation_that_does_not_exist_is_none(accepted: Accept) -> None:
    assert accepted(files.jpeg(exif=files.camera_exif(orientation=42))).camera.orientation == 1


def test_a_large_photo_gets_1600_and_320_and_a_small_one_is_not_enlarged(accepted: Accept) -> None:
    large = accepted(files.jpeg(files.picture(4000, 3000)))
    assert [(d.longest_side_px, d.width, d.height) for d in large.derivatives] == [(1600, 1600, 1200), (320, 320, 240)]
    assert Doubt.TOO_SMALL_TO_COMPARE not in large.doubts
    small = accepted(files.jpeg(files.picture(500, 100)))
    assert [(d.width, d.height) for d in small.derivatives] == [(500, 100), (320, 64)]
    assert Doubt.TOO_SMALL_TO_COMPARE in small.doubts
    with pytest.raises(KeyError):
        small.derivative(640)


def test_a_picture_of_one_pixel_is_taken_with_a_warning(accepted: Accept) -> None:
    photo = accepted(files.saved(Image.new("RGB", (1, 1))))
    assert (photo.width, photo.height) == (1, 1)
    assert Doubt.TOO_SMALL_TO_COMPARE in photo.doubts


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "LA", "RGBA", "I;16", "YCbCr"])
def test_every_pixel_kind_becomes_colour_of_8_bits(accepted: Accept, mode: str) -> None:
    if mode == "I;16":
        deep = Image.linear_gradient("L").convert("I").point(lambda value: value * 257).convert("I;16")
        view = shown(accepted(files.saved(deep, "PNG")))
        assert near(view.getpixel((128, 128)), (128, 128, 128), 4)
        return
    kind = {"CMYK": "TIFF", "YCbCr": "JPEG"}.get(mode, "PNG")
    view = shown(accepted(files.saved(files.picture(200, 100, mode), kind)))
    assert view.mode == "RGB"
    if mode not in {"1", "L", "LA"}:
        assert near(view.getpixel((10, 10)), (220, 30, 30), 40)


def test_transparent_parts_become_white_and_it_is_said(accepted: Accept) -> None:
    image = files.picture().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 32, 24))
    for kind in ("PNG", "WEBP"):
        photo = accepted(files.saved(image, kind))
        assert near(shown(photo).getpixel((8, 8)), (255, 255, 255), 6)
        assert Doubt.TRANSPARENCY_ON_WHITE in photo.doubts


def test_colours_of_a_wider_profile_are_converted_to_srgb(accepted: Accept) -> None:
    """Display P3 (primaries adapted to D50) with a plain gamma of 2.2; the expected values are matrix arithmetic."""
    p3 = {"r": (0.5151, 0.2412, -0.0011), "g": (0.2920, 0.6922, 0.0419), "b": (0.1571, 0.0666, 0.7841)}
    to_srgb = ((3.1339, -1.6169, -0.4906), (-0.9785, 1.9160, 0.0333), (0.0720, -0.2290, 1.4057))  # from XYZ for D50
    profile = files.colour_profile(p3, 2.2, "Test P3")
    stored = (190, 120, 100)
    linear = [(part / 255) ** 2.2 for part in stored]
    xyz = [sum(p3[band][axis] * linear[number] for number, band in enumerate("rgb")) for axis in range(3)]
    light = [sum(row[axis] * xyz[axis] for axis in range(3)) for row in to_srgb]
    wanted = [12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055 for part in light]
    image = Image.new("RGB", (64, 64), stored)
    photo = accepted(files.saved(image, "PNG", icc_profile=profile))
    pixel = shown(photo).getpixel((32, 32))
    assert near(pixel, tuple(round(255 * part) for part in wanted), 4)  # type: ignore[arg-type]
    assert not near(pixel, stored, 4)


def test_a_broken_profile_is_reported_and_the_photo_taken(accepted: Accept) -> None:
    photo = accepted(files.saved(files.picture(), icc_profile=b"no profile" * 40))
    assert Doubt.COLOUR_PROFILE_UNUSABLE in photo.doubts


def test_the_measures_tell_a_blurred_and_a_blown_picture(accepted: Accept) -> None:
    sharp = accepted(files.jpeg(files.picture(800, 600))).quality
    blurred = accepted(files.jpeg(files.picture(800, 600).resize((80, 60)).resize((800, 600)))).quality
    assert sharp.version == blurred.version
    assert blurred.sharpness < sharp.sharpness / 4
    blown = accepted(files.jpeg(Image.new("RGB", (800, 600), "white"))).quality
    assert (blown.clipped_highlights, blown.clipped_shadows, blown.brightness, blown.sharpness) == (
        1.0,
        0.0,
        255.0,
        0.0,
    )
    assert accepted(files.jpeg(Image.new("RGB", (800, 600)))).quality.clipped_shadows == 1.0


def test_one_blown_channel_counts_as_clipped(accepted: Accept) -> None:
    quality = accepted(files.saved(Image.new("RGB", (800, 600), (255, 90, 80)), "PNG")).quality
    assert quality.clipped_highlights == 1.0
    assert quality.brightness < 140


def test_a_clock_that_runs_ahead_is_told(accepted: Accept) -> None:
    camera = accepted(files.jpeg()).camera  # 09:30 at +02:00
    assert camera.is_after(datetime(2026, 5, 4, 5, 0, tzinfo=UTC), ZoneInfo("Europe/Prague"))
    assert not camera.is_after(datetime(2026, 5, 4, 7, 0, tzinfo=UTC), ZoneInfo("Europe/Prague"))
    undated = accepted(files.saved(files.picture())).camera
    assert not undated.is_after(datetime(2000, 1, 1, tzinfo=UTC), UTC)


def test_the_facts_are_kept_as_plain_values(accepted: Accept) -> None:
    photo = accepted(files.jpeg())
    kept = photo.camera.as_json()
    assert kept["captured_local"] == "2026-05-04T09:30:15.250000"
    assert (kept["captured_offset"], kept["exposure_s"], kept["iso"]) == ("+02:00", "0.008000", 200)
    assert set(photo.quality.as_json()) == {
        "version", "sharpness", "brightness", "clipped_highlights", "clipped_shadows",
    }  # fmt: skip
