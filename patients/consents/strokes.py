"""The way of the pen over the signature pad: checked, kept as vectors, and drawn again on a page that comes back.

How fast a hand moves is biometric data: the pad sends where the pen was, which the picture shows too, never when.
"""

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from clinic.errors import Refused

#: A shorter way is a slip of the pen; the pad's script holds the same number.
SHORTEST_PX = 60.0
#: What the pad sends for a long signature is a tenth of this.
MOST_CHARACTERS = 600_000
#: No pad is larger than a large screen.
MOST_SIDE_PX = 10_000


def pen_way_px(text: str) -> float:
    """Return how far the pen went inside the pad, in CSS pixels; what was drawn beside the pad doesn't count.

    `text` is JSON, as the pad's script sends it: `{"width": 640, "height": 200, "strokes": [[{"x": …, "y": …}, …]]}`.
    Raises Refused when it is empty, isn't that, or when the way is too short to be a signature.
    """
    if not text:
        raise Refused(_("The signature is blank. Let the patient sign in the box."), field="drawing")
    try:
        way = sum(_ways_px(_parsed(text)))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise Refused(
            _("The drawing arrived broken. Clear the box and let the patient sign again."), field="drawing"
        ) from None
    if way < SHORTEST_PX:
        raise Refused(
            _("This is too short to be a signature. Clear the box and let the patient sign again."), field="drawing"
        )
    return way


def strokes_again(text: str) -> str:
    """Return what `text` says of a signature that `pen_way_px` took, as JSON of nothing else, for the pad to redraw."""
    pad = _parsed(text)
    points = [[{"x": point["x"], "y": point["y"]} for point in stroke] for stroke in pad["strokes"]]
    return json.dumps({"width": pad["width"], "height": pad["height"], "strokes": points}, separators=(",", ":"))


def _parsed(text: str) -> Any:
    if len(text) > MOST_CHARACTERS:
        raise ValueError("too long")
    return json.loads(text, parse_constant=_no_number)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _ways_px(pad: Any) -> Iterator[float]:
    """Yield the length of each piece between two points that both lie inside the pad."""
    width, height = _number(pad["width"]), _number(pad["height"])
    if not (0 < width <= MOST_SIDE_PX and 0 < height <= MOST_SIDE_PX):
        raise ValueError("no such pad")
    for stroke in _list(pad["strokes"]):
        points = [(_number(point["x"]), _number(point["y"])) for point in _list(stroke)]
        for start, end in pairwise(points):
            if all(0 <= x <= width and 0 <= y <= height for x, y in (start, end)):
                yield math.dist(start, end)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("no finite number")
    return number
