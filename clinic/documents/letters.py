"""How wide a text is in the typeface of documents, to know before sealing whether a label holds it."""

import re
from functools import cache

from clinic.documents.fonts import font_path

#: A number with its unit. A label never breaks it over two lines.
AMOUNT = re.compile(r"(\d[\d.–-]*\s[^\s,;·]+)")
NO_BREAK = "\N{NO-BREAK SPACE}"

MM_PER_PT = 25.4 / 72
#: The widest letters (@, W) are wider than an em.
WIDEST_EM = 1.25
#: Kerning and rounding: a line that is full to the last hair is counted as two.
CAREFUL = 1.04


def width_mm(text: str, *, size_pt: float) -> float:
    """Return the width of `text` on one line, in the semi-bold cut, the wider of the two."""
    advances, units_per_em = _advances()
    # A letter of another script is set in another font: an em is as wide as letters get.
    return (
        sum(advances.get(ord(letter), units_per_em) for letter in text) / units_per_em * size_pt * MM_PER_PT * CAREFUL
    )


def rows(text: str, room_mm: float, *, size_pt: float) -> int:
    """Return how many lines of `room_mm` the text takes, broken at spaces, and within a word only if it must be.

    A no-break space belongs to its word.
    """
    count, used = 0, room_mm + 1
    space = width_mm(" ", size_pt=size_pt)
    for word in re.split(r"[ \t\r\n]+", text.strip()):
        wide = width_mm(word, size_pt=size_pt)
        if used + space + wide <= room_mm:
            used += space + wide
            continue
        count += 1
        used = wide
        if wide > room_mm:
            # Broken within: up to a letter's width is left free on each line, and nothing follows on the last.
            count += int(wide / max(room_mm - WIDEST_EM * size_pt * MM_PER_PT, 1))
            used = room_mm
    return count


def whole(text: str) -> str:
    """Return `text` as one word."""
    return text.replace(" ", NO_BREAK)


def with_whole_amounts(text: str) -> str:
    """Return `text` with each number and its unit as one word."""
    return AMOUNT.sub(lambda amount: whole(amount[0]), text)


@cache
def _advances() -> tuple[dict[int, int], int]:
    # fontTools takes a moment to load; only who seals labels needs it.
    from fontTools.ttLib import TTFont

    with TTFont(font_path("inter-latin-600.ttf")) as font:
        metrics = font["hmtx"]
        return {code: metrics[name][0] for code, name in font.getBestCmap().items()}, font["head"].unitsPerEm
