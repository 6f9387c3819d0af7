"""Measures of a picture's sharpness, exposure and clipping; thresholds belong to the photo protocol, not here."""

from PIL import Image, ImageFilter

from patients.photos.facts import Quality

# Half of the Laplacian around 128 fits a byte: full swings beyond +-255 are cut, the rest is exact to half a step.
_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=2, offset=128)
_HIGHLIGHT, _SHADOW = 254, 4
MEASURES = "q1"


def measured(image: Image.Image, how: str) -> Quality:
    """Return the measures of an RGB picture that was decoded and shrunk as `how` says."""
    luma = image.convert("L")
    levels = luma.histogram()
    pixels = image.width * image.height
    colours = image.histogram()
    channels = [colours[start : start + 256] for start in (0, 256, 512)]
    return Quality(
        version=f"{MEASURES}/{how}/{image.width}x{image.height}",
        sharpness=_sharpness(luma),
        brightness=round(_mean(levels), 2),
        clipped_highlights=round(max(sum(channel[_HIGHLIGHT:]) for channel in channels) / pixels, 6),
        clipped_shadows=round(sum(levels[: _SHADOW + 1]) / pixels, 6),
    )


def _sharpness(luma: Image.Image) -> float:
    if luma.width < 3 or luma.height < 3:
        return 0.0
    inside = luma.filter(_LAPLACIAN).crop((1, 1, luma.width - 1, luma.height - 1))  # the filter copies the border
    levels = inside.histogram()
    mean = _mean(levels)
    variance = sum(count * (level - mean) ** 2 for level, count in enumerate(levels)) / sum(levels)
    return round(4 * variance, 2)


def _mean(levels: list[int]) -> float:
    return sum(level * count for level, count in enumerate(levels)) / sum(levels)
