"""How many lines a text takes in the typeface of documents, to know before sealing whether a label holds it."""

import re
import unicodedata

from clinic.documents.advances import embedded, width_em
from clinic.documents.fonts import WEIGHTS

#: A number with its unit. A label never breaks it over two lines; a longer unit is no unit.
AMOUNT = re.compile(r"(\d[\d.–-]{0,9}\s[^\s,;·]{1,12})(?![^\s,;·])")
NO_BREAK = "\N{NO-BREAK SPACE}"

MM_PER_PT = 25.4 / 72
REGULAR, SEMI_BOLD = WEIGHTS
#: The widest letters are wider than an em; on a line broken within a word, room for one may stay free.
WIDEST_EM = 1.5
#: Rounding: a line that is full to the last hair is counted as two.
CAREFUL = 1.01
#: A line is higher by up to so much when a letter comes from a font of the system.
ELSEWHERE_LEADING = 1.35


def width_mm(text: str, *, size_pt: float, weight: int = SEMI_BOLD, tabular: bool = False) -> float:
    """Return the width of `text` on one line, with `tabular` figures where it is set so: never too little."""
    return width_em(text, weight=weight, tabular=tabular) * size_pt * MM_PER_PT * CAREFUL


def height_mm(text: str, room_mm: float, *, size_pt: float, leading: float, weight: int = SEMI_BOLD) -> float:
    """Return how high `text` is in lines of `room_mm`."""
    high = ELSEWHERE_LEADING if not embedded(text) else 1
    return rows(text, room_mm, size_pt=size_pt, weight=weight) * size_pt * leading * high * MM_PER_PT


def rows(text: str, room_mm: float, *, size_pt: float, weight: int = SEMI_BOLD) -> int:
    """Return how many lines of `room_mm` the text takes at most, broken at spaces, and within a word if it must be.

    A no-break space belongs to its word.
    """
    count, used = 0, room_mm + 1
    space = width_mm(" ", size_pt=size_pt, weight=weight)
    for word in _words(text):
        wide = width_mm(word, size_pt=size_pt, weight=weight)
        if used + space + wide <= room_mm:
            used += space + wide
            continue
        count += 1
        used = wide
        if wide > room_mm:
            # Broken within: nothing is counted to follow on the last of its lines.
            count += _more_rows(word, wide, room_mm, size_pt)
            used = room_mm
    return count


def _words(text: str) -> list[str]:
    """Return the parts that a line may end after. A sign such as "/" or ")" is never set at the beginning of a line,
    though a space stands before it, nor "(" at the end of one (Unicode line breaking, rules 13 to 17).
    """
    words: list[str] = []
    for part in re.findall(r"[^ \t\r\n]+", text):
        if words and not (_may_begin(part) and _may_end(words[-1])):
            words[-1] = f"{words[-1]} {part}"
        else:
            words.append(part)
    return words


def _may_begin(part: str) -> bool:
    return part[:1] in {"@", "·", "&", "#", "%"} or unicodedata.category(part[:1] or " ")[0] in "LNS"


def _may_end(part: str) -> bool:
    return unicodedata.category(part[-1:] or " ") not in {"Ps", "Pi", "Pf"} and part[-1:] not in {'"', "'"}


def _more_rows(word: str, wide_mm: float, room_mm: float, size_pt: float) -> int:
    if all(unicodedata.category(letter)[0] in "LNM" for letter in word) and embedded(word):
        # A line is full up to a letter's width.
        return int(wide_mm / max(room_mm - WIDEST_EM * size_pt * MM_PER_PT, 1))
    # Where a line can end within the word as well, two lines together hold at least a line's width.
    return 2 * int(wide_mm / max(room_mm - WIDEST_EM * size_pt * MM_PER_PT, 1)) + 1


def whole(text: str) -> str:
    """Return `text` as one word."""
    return text.replace(" ", NO_BREAK)


def with_whole_amounts(text: str) -> str:
    """Return `text` with each number and its unit as one word."""
    return AMOUNT.sub(lambda amount: whole(amount[0]), text)
