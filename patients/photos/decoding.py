"""One photo, from its bytes to an outcome: the work of the limited process.

Content is told by its first bytes, the container's bookkeeping is checked, every part of the picture is decoded,
and only then is anything believed. Nothing here opens a file or a connection.
"""

import warnings

from PIL import Image, UnidentifiedImageError

from patients.photos import exif, pixels, quality
from patients.photos.answer import Decoded, Refused
from patients.photos.facts import Derivative
from patients.photos.formats import recognise
from patients.photos.limits import COMPARE_SHORT_SIDE_PX, Limits
from patients.photos.opening import Opened, opened
from patients.photos.reasons import Doubt, Reason, Refusal

DAMAGE_WORDS = ("corrupt", "truncated", "larger than file", "offset too large", "unpack")


def decode(data: bytes, limits: Limits) -> Decoded | Refused:
    """Return the outcome for a file's bytes; what they say never raises, what they cost may (MemoryError)."""
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            return _decoded(data, limits, said)
    except Refusal as refusal:
        return Refused(refusal.reason, refusal.detail)
    except Image.DecompressionBombError:
        return Refused(Reason.TOO_MANY_PIXELS, "")
    except UnidentifiedImageError:
        return Refused(Reason.DAMAGED, "header")
    except exif.UNREADABLE as error:
        return Refused(_reason_of(error), type(error).__name__)


def _reason_of(error: Exception) -> Reason:
    said = str(error).lower()
    if "decompressed data too large" in said:
        return Reason.DECOMPRESSION_BOMB
    return Reason.TRUNCATED if "truncated" in said or "end of file" in said else Reason.DAMAGED


def _decoded(data: bytes, limits: Limits, said: list[warnings.WarningMessage]) -> Decoded:
    if len(data) > limits.max_bytes:
        raise Refusal(Reason.TOO_MANY_BYTES)
    photo = opened(data, recognise(data), limits)
    _check_size(photo, limits)
    picture = photo.picture()
    small, how = pixels.shrunk(picture, pixels.fitted(photo.width, photo.height, pixels.LARGE_PX))
    del picture  # the full-size pixels
    header, readable = _header(photo)
    orientation = photo.turned_from or exif.orientation_of(header)
    turn = 1 if photo.turned_from else orientation
    large, colour_doubts = pixels.to_srgb(small, photo.info.get("icc_profile") or b"")
    large = pixels.upright(large, turn)
    reading = exif.read(
        header,
        xmp=_packet(photo),
        orientation=orientation,
        trusted=photo.exif_trusted and readable and not _damage_was_said(said),
    )
    doubts = [*photo.doubts, *colour_doubts, *reading.doubts]
    if min(photo.width, photo.height) < COMPARE_SHORT_SIDE_PX:
        doubts.append(Doubt.TOO_SMALL_TO_COMPARE)
    thumbnail_size = pixels.fitted(*large.size, pixels.SMALL_PX)
    thumbnail = large.resize(thumbnail_size, Image.Resampling.HAMMING, reducing_gap=2.0)
    return Decoded(
        format=photo.format,
        width=photo.height if turn >= 5 else photo.width,
        height=photo.width if turn >= 5 else photo.height,
        camera=reading.facts,
        quality=quality.measured(large, f"{photo.format}/{how}"),
        derivatives=(_derivative(large, pixels.LARGE_PX), _derivative(thumbnail, pixels.SMALL_PX)),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _check_size(photo: Opened, limits: Limits) -> None:
    camera = photo.format.is_camera_format
    most = limits.max_pixels_camera_format if camera else limits.max_pixels_other_format
    if photo.width * photo.height > most or max(photo.width, photo.height) > limits.max_side_px:
        raise Refusal(Reason.TOO_MANY_PIXELS, f"{photo.width} x {photo.height}")
    if min(photo.width, photo.height) < 1:
        raise Refusal(Reason.DAMAGED, "size")


def _header(photo: Opened) -> tuple[Image.Exif, bool]:
    """Return the EXIF block, and whether it could be read. A PNG's may stand behind the picture: decode it first."""
    try:
        return photo.header(), True
    except exif.UNREADABLE:
        return Image.Exif(), False


def _packet(photo: Opened) -> bytes:
    packet = photo.info.get("xmp") or photo.info.get("XML:com.adobe.xmp") or b""
    return packet.encode("utf-8", "replace") if isinstance(packet, str) else bytes(packet)


def _damage_was_said(said: list[warnings.WarningMessage]) -> bool:
    return any(word in str(one.message).lower() for one in said for word in DAMAGE_WORDS)


def _derivative(image: Image.Image, longest_side: int) -> Derivative:
    return Derivative(longest_side_px=longest_side, width=image.width, height=image.height, data=pixels.encoded(image))
