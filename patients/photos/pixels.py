"""From decoded pixels to a small, upright, sRGB picture, in little memory.

A large picture is shrunk band by band, so that nothing but the decoder's own buffer ever has its full size.
Colour is converted and the picture turned after shrinking, where both cost a sixth.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageCms

from patients.photos.reasons import Doubt, Reason, Refusal

LARGE_PX, SMALL_PX = 1600, 320
BAND_PIXELS = 2_000_000
MAX_PROFILE_BYTES = 4 * 1024 * 1024
MID_GREY = 128

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
PROFILE_SPACE = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK", "LAB": "Lab"}

# Returns the rows [top, bottom) of a picture in the picture's own mode.
Rows = Callable[[int, int], Image.Image]


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: its size, and how to get at its rows; `how` names the decoding for the measures."""

    width: int
    height: int
    mode: str
    rows: Rows
    how: str = "full"


def fitted(width: int, height: int, longest_side: int) -> tuple[int, int]:
    """Return the size that fits into `longest_side` with the same shape; never larger than given."""
    longest = max(width, height)
    if longest <= longest_side:
        return width, height
    return max(1, round(width * longest_side / longest)), max(1, round(height * longest_side / longest))


def shrunk(picture: Picture, target: tuple[int, int]) -> tuple[Image.Image, str]:
    """Return the picture at `target` size in a plain mode (L, RGB, CMYK or LAB), and how it was made."""
    factor = max(1, min(picture.width // target[0], picture.height // target[1]))
    if picture.width * picture.height <= BAND_PIXELS * 4:
        reduced = _reduced(picture.rows(0, picture.height), factor)
    else:
        band = max(1, BAND_PIXELS // (picture.width * factor)) * factor
        first = _reduced(picture.rows(0, band), factor)
        reduced = Image.new(first.mode, (-(-picture.width // factor), -(-picture.height // factor)))
        reduced.paste(first)
        for top in range(band, picture.height, band):
            rows = picture.rows(top, min(top + band, picture.height))
            reduced.paste(_reduced(rows, factor), (0, top // factor))
    box = (0.0, 0.0, picture.width / factor, picture.height / factor)
    small = reduced if reduced.size == target else reduced.resize(target, Image.Resampling.HAMMING, box=box)
    return small, f"{picture.how}/box{factor}/hamming"


def _reduced(rows: Image.Image, factor: int) -> Image.Image:
    rows = plain(rows)
    return rows.reduce(factor) if factor > 1 else rows


def plain(image: Image.Image) -> Image.Image:
    """Return `image` in a mode that can be shrunk and converted: transparency on white, palette resolved, 8 bits."""
    mode = image.mode
    if mode in PROFILE_SPACE and "transparency" not in image.info:
        return image
    if mode == "1":
        return image.convert("L")
    if mode in {"I;16", "I;16B", "I;16L", "I;16N"}:
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if mode in {"I", "F"}:
        raise Refusal(Reason.FORMAT_NOT_ALLOWED, "32-bit pixels")
    if has_transparency(image):
        image = (image.convert("LA") if mode == "La" else image).convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    return image.convert("RGB")


def has_transparency(image: Image.Image) -> bool:
    """Say whether the picture has an alpha channel or a transparent colour."""
    return image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info


def ends_in_grey(image: Image.Image, rows: int) -> bool:
    """Say whether the last `rows` rows are the exact mid-grey that a JPEG decoder leaves where data are missing."""
    bands = len(image.getbands())
    tail = image.crop((0, max(0, image.height - rows), image.width, image.height))
    grey: tuple[object, ...] = ((MID_GREY, MID_GREY),) * bands
    extrema = tail.getextrema()
    return (extrema if bands > 1 else (extrema,)) == grey


def to_srgb(image: Image.Image, profile: bytes) -> tuple[Image.Image, list[Doubt]]:
    """Return the picture in sRGB; a profile that can't be used is reported and the numbers are taken as they are."""
    doubts: list[Doubt] = []
    if profile:
        try:
            converted = _through_profile(image, profile)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
            converted = None
        if converted is not None:
            return converted, doubts
        doubts.append(Doubt.COLOUR_PROFILE_UNUSABLE)
    if image.mode == "LAB":
        return _converted(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))), doubts
    return (image if image.mode == "RGB" else image.convert("RGB")), doubts


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    if len(profile) > MAX_PROFILE_BYTES:
        return None
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if opened.profile.xcolor_space.strip() != PROFILE_SPACE[image.mode]:
        return None
    if "sRGB" in (opened.profile.profile_description or ""):
        return image.convert("RGB")
    return _converted(image, opened)


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    transform = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        image.mode,
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:
        raise ValueError("no converted picture")
    return converted


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture turned as its EXIF orientation asks."""
    turn = UPRIGHT.get(orientation)
    return image if turn is None else image.transpose(turn)


def encoded(image: Image.Image, quality: int = 85) -> bytes:
    """Return a JPEG that holds the pixels and nothing else."""
    bare = Image.new("RGB", image.size, None)  # a fresh picture carries no comment, profile or EXIF along
    bare.paste(image)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=quality)
    return out.getvalue()
