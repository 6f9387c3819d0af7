"""Open a photo of each format: container checked, header read, picture decoded when asked for."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pillow_heif
from PIL import ExifTags, Image, TiffImagePlugin

from patients.photos import containers, jpeg_segments, jpeg_trailers
from patients.photos.exif import UNREADABLE, orientation_of
from patients.photos.formats import Format
from patients.photos.jpeg_trailers import Trailer
from patients.photos.limits import Limits
from patients.photos.pixels import LARGE_PX, Picture, ends_in_grey, fitted, has_transparency
from patients.photos.reasons import Doubt, Reason, Refusal

SRGB_LIKE_PRIMARIES = frozenset({1, 2, 5, 6})  # ITU-T H.273: BT.709 and sRGB, unspecified, BT.601
RAW_PHOTOMETRICS = frozenset({32_803, 34_892})  # colour filter array, linear raw
NEW_SUBFILE_TYPE, PHOTOMETRIC, DNG_VERSION = 254, 262, 50_706
REDUCED = 1
CANON_RAW = b"CR"
MAX_TIFF_PAGES = 16


@dataclass(slots=True)
class Opened:
    """A photo whose header has been read.

    `picture` decodes every part of it and may be called once. `turned_from` is the orientation tag where the decoder
    itself turns the picture (TIFF, HEIC): it is recorded and must not be applied again.
    """

    format: Format
    width: int
    height: int
    info: Mapping[Any, Any]
    header: Callable[[], Image.Exif]
    picture: Callable[[], Picture]
    doubts: list[Doubt] = field(default_factory=list)
    exif_trusted: bool = True
    turned_from: int | None = None


def opened(data: bytes, kind: Format, limits: Limits) -> Opened:
    """Return the opened photo; raise `Refusal`, or what the decoders raise, when it isn't one."""
    containers.check_no_archive(data)
    if kind is Format.JPEG:
        return _jpeg(data, limits)
    if kind is Format.HEIC:
        return _heic(data)
    return _whole(data, kind)


def _jpeg(data: bytes, limits: Limits) -> Opened:
    try:
        layout = jpeg_segments.walk(data)
    except jpeg_segments.JpegStructureError as error:
        raise Refusal(Reason.TRUNCATED if error.truncated else Reason.DAMAGED, "segments") from error
    if layout.scans > limits.max_scans:
        raise Refusal(Reason.DECOMPRESSION_BOMB, f"{layout.scans} scans")
    behind = set(jpeg_trailers.trailers(data, layout.end))
    doubts = [Doubt.STRAY_BYTES] if layout.stray_bytes or Trailer.SLACK in behind else []
    if layout.damaged:
        doubts.append(Doubt.PICTURE_DAMAGED)
    if behind - {Trailer.PADDING, Trailer.SLACK}:
        doubts.append(Doubt.EXTRA_CONTENT_IGNORED)
    image = Image.open(io.BytesIO(data), formats=("JPEG",))
    width, height = image.size

    def picture() -> Picture:
        # The decoder reads every bit of every block also when it draws at a half, quarter or eighth of the size.
        image.draft(image.mode, fitted(width, height, LARGE_PX))
        scale = -(-width // image.width)
        image.load()
        _check_tail(image, max(1, (height % 8 or 8) // scale), doubts)
        return Picture(image.width, image.height, image.mode, _rows_of(image), f"idct{scale}")

    return Opened(
        Format.MPO if image.format == "MPO" else Format.JPEG,
        width,
        height,
        image.info,
        image.getexif,
        picture,
        doubts,
        exif_trusted=len(layout.holding(data, jpeg_segments.APP1, b"Exif\x00")) <= 1,
    )


def _check_tail(image: Image.Image, rows: int, doubts: list[Doubt]) -> None:
    """Refuse a picture whose last rows were never in the file, though it ends properly."""
    if image.mode in {"L", "RGB"} and ends_in_grey(image, rows):
        if not ends_in_grey(image, image.height):
            raise Refusal(Reason.TRUNCATED, "last rows missing")
        doubts.append(Doubt.PICTURE_DAMAGED)


def _heic(data: bytes) -> Opened:
    containers.check_iso_media(data)
    heif = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True, bgr_mode=False, remove_stride=False)
    doubts = [Doubt.EXTRA_CONTENT_IGNORED] if len(heif) > 1 else []
    info = dict(heif.info)
    primaries = info.get("nclx_profile", {}).get("color_primaries", 1)
    if not info.get("icc_profile") and int(primaries) not in SRGB_LIKE_PRIMARIES:
        doubts.append(Doubt.COLOUR_SPACE_NOT_CONVERTED)
    width, height = heif.size

    header = Image.Exif()
    readable = True
    try:
        header.load(info.get("exif") or b"")
    except UNREADABLE:
        header, readable = Image.Exif(), False

    def picture() -> Picture:
        pixels, mode, stride = heif.data, heif.mode, heif.stride
        if heif.size != (width, height):
            raise Refusal(Reason.DAMAGED, "size")
        if heif.has_alpha:
            doubts.append(Doubt.TRANSPARENCY_ON_WHITE)

        def rows(top: int, bottom: int) -> Image.Image:
            part = pixels[top * stride : bottom * stride]
            return Image.frombytes(mode, (width, bottom - top), part, "raw", mode, stride)

        return Picture(width, height, mode, rows)

    return Opened(
        Format.HEIC,
        width,
        height,
        info,
        lambda: header,
        picture,
        doubts,
        exif_trusted=readable,
        turned_from=orientation_of(header),
    )


def _whole(data: bytes, kind: Format) -> Opened:
    """Open a format that is decoded at full size."""
    if kind is Format.PNG:
        containers.check_png(data)
    elif kind is Format.WEBP:
        containers.check_webp(data)
    elif kind is Format.AVIF:
        containers.check_iso_media(data)
    elif data[8:10] == CANON_RAW:
        raise Refusal(Reason.RAW_FORMAT, "cr2")
    image = Image.open(io.BytesIO(data), formats=(kind.value.upper(),))
    turned_from = None
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        _check_tiff(image)
        turned_from = orientation_of(image.getexif())
        for directory in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):  # decoding closes the file
            image.getexif().get_ifd(directory)
    elif getattr(image, "n_frames", 1) > 1:
        raise Refusal(Reason.ANIMATED, kind.value)
    doubts = [Doubt.TRANSPARENCY_ON_WHITE] if has_transparency(image) else []

    def picture() -> Picture:
        image.load()
        return Picture(image.width, image.height, image.mode, _rows_of(image))

    return Opened(kind, image.width, image.height, image.info, image.getexif, picture, doubts, turned_from=turned_from)


def _rows_of(image: Image.Image) -> Callable[[int, int], Image.Image]:
    def rows(top: int, bottom: int) -> Image.Image:
        return image if bottom - top == image.height else image.crop((0, top, image.width, min(bottom, image.height)))

    return rows


def _check_tiff(image: TiffImagePlugin.TiffImageFile) -> None:
    """Refuse raw files, which are TIFFs too, and files with several pages; small copies of the page are all right."""
    first = image.tag_v2
    reduced = int(first.get(NEW_SUBFILE_TYPE, 0)) & REDUCED
    if reduced or DNG_VERSION in first or first.get(PHOTOMETRIC) in RAW_PHOTOMETRICS:
        raise Refusal(Reason.RAW_FORMAT, "tiff")
    for page in range(1, min(image.n_frames, MAX_TIFF_PAGES + 1)):
        image.seek(page)
        if page == MAX_TIFF_PAGES or not int(image.tag_v2.get(NEW_SUBFILE_TYPE, 0)) & REDUCED:
            raise Refusal(Reason.SEVERAL_PICTURES, "tiff")
    image.seek(0)
