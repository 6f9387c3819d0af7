"""How wide a text is in the typeface of documents, to know before sealing whether a label holds it."""

from functools import cache

from clinic.documents.fonts import font_path

MM_PER_PT = 25.4 / 72
#: Kerning and rounding: a line that is full to the last hair is counted as two.
CAREFUL = 1.01


def width_mm(text: str, *, size_pt: float) -> float:
    """Return the width of `text` on one line, in the semi-bold cut, the wider of the two."""
    advances, units_per_em = _advances()
    # A letter of another script is set in another font: an em is as wide as letters get.
    return (
        sum(advances.get(ord(letter), units_per_em) for letter in text) / units_per_em * size_pt * MM_PER_PT * CAREFUL
    )


def rows(text: str, room_mm: float, *, size_pt: float) -> int:
    """Return how many lines of `room_mm` the text takes, broken at spaces, and within a word only if it must be."""
    count, used = 0, room_mm + 1
    space = width_mm(" ", size_pt=size_pt)
    for word in text.split():
        wide = width_mm(word, size_pt=size_pt)
        if used + space + wide <= room_mm:
            used += space + wide
            continue
        count += 1
        used = wide
        if wide > room_mm:
            # Broken within: up to a letter's width is left free on each line, and nothing follows on the last.
            count += int(wide / max(room_mm - size_pt * MM_PER_PT, 1))
            used = room_mm
    return count


@cache
def _advances() -> tuple[dict[int, int], int]:
    # fontTools takes a moment to load; only who seals labels needs it.
    from fontTools.ttLib import TTFont

    with TTFont(font_path("inter-latin-600.ttf")) as font:
        metrics = font["hmtx"]
        return {code: metrics[name][0] for code, name in font.getBestCmap().items()}, font["head"].unitsPerEm
