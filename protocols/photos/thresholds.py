"""The quality that a photo protocol asks of every photograph: a pure rule.

A photograph below it is kept and counts; it is said in words what is below, so that it can be taken again.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

#: The bounds of each threshold, both allowed. Fewer pixels than the first aren't compared at all.
LONG_SIDE_PX = (600, 20_000)
SHARPNESS = (1, 5_000)
TENTH_PERCENT = (0, 500)
#: Days before the first session.
BASELINE_DAYS = (1, 90)
#: So many days hold where neither photo nor treatment protocol names a window.
BASELINE_WINDOW_DAYS = 14


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is asked; None where nothing is. Shares are tenths of a per cent of all pixels.

    Sharpness is the variance of the Laplacian of the picture's brightness at 1600 px, as the photo station measures it.
    """

    least_long_side_px: int | None = None
    least_sharpness: int | None = None
    most_highlights_tenth_percent: int | None = None
    most_shadows_tenth_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a photograph; None where it wasn't. Shares run from 0 to 1."""

    long_side_px: int
    sharpness: float | None = None
    clipped_highlights: float | None = None
    clipped_shadows: float | None = None


def shortfalls(asked: Thresholds, measured: Measured) -> list[str]:
    """Return, in sentences that say what to do, where a photograph is below what is asked; exactly at it is enough."""
    return list(_shortfalls(asked, measured))


def _shortfalls(asked: Thresholds, measured: Measured) -> Iterator[str]:
    least = asked.least_long_side_px
    if least is not None and measured.long_side_px < least:
        yield _(
            "The long side has %(measured)s px, the protocol asks for %(asked)s px: use the camera's full size."
        ) % {"measured": measured.long_side_px, "asked": least}
    least = asked.least_sharpness
    if least is not None and measured.sharpness is None:
        yield _("Sharpness wasn't measured: look at the picture at its full size.")
    elif least is not None and measured.sharpness is not None and measured.sharpness < least:
        yield _("Sharpness is %(measured)s, the protocol asks for %(asked)s: focus on the hair and hold still.") % {
            "measured": f"{math.floor(measured.sharpness * 100) / 100:.2f}", "asked": least,
        }  # fmt: skip
    yield from _clipped(
        asked.most_highlights_tenth_percent, measured.clipped_highlights,
        _("Burnt-out highlights: %(measured)s %% of the picture, the protocol allows %(asked)s %%: less light."),
        _("Burnt-out highlights weren't measured: look at the brightest parts."),
    )  # fmt: skip
    yield from _clipped(
        asked.most_shadows_tenth_percent, measured.clipped_shadows,
        _("Black shadows: %(measured)s %% of the picture, the protocol allows %(asked)s %%: more light."),
        _("Black shadows weren't measured: look at the darkest parts."),
    )  # fmt: skip


def _clipped(most_tenth_percent: int | None, share: float | None, above: str, unknown: str) -> Iterator[str]:
    if most_tenth_percent is None:
        return
    if share is None:
        yield unknown
    elif share * 1000 > most_tenth_percent:
        # Rounded away from the threshold, so that no figure looks as if it were enough.
        yield above % {"measured": f"{math.ceil(share * 10_000) / 100:.2f}", "asked": f"{most_tenth_percent / 10:.1f}"}


def thresholds_of(version: Any) -> Thresholds:
    """Return what a version of the photo protocol asks."""
    return Thresholds(
        version.least_long_side_px, version.least_sharpness, version.most_highlights_tenth_percent,
        version.most_shadows_tenth_percent,
    )  # fmt: skip
