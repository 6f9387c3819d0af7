"""How wide the columns of a printed table are: by the widths of what stands in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from clinic.components.amounts import UNBROKEN
from clinic.documents.letters import SEMI_BOLD, width_mm

#: The measures of the style sheet: the page between its margins, the room before or behind a cell, the columns of
#: signs and of drawings, and the sizes of type. Every cell counts as semi-bold, as those that call for a decision are.
ROOM_MM = 174.0
GAP_MM = 3.0
MARK_MM = 7.0
DRAWING_MM = 19.0
TEXT_PT = 9.0
#: A text as short as this stands on one line.
SHORT_MM = 22.0
HEAD_PT = 8.0
#: Of some fifty lines on a page a row with more than these may begin at the foot of one and end on the next: held
#: together, it would leave the page before it empty.
TALL_LINES = 12
#: What is read at a glance stands on one page: so many rows, of so many lines together.
SHORT_ROWS = 8
SHORT_LINES = 24


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of a table's columns in millimetres; `tight` when not even numbers of records fit on one line.

    `tall` says that a row may break over two pages, since it fills much of one; `short` that the table stands on one.
    """

    widths_mm: tuple[float, ...]
    tight: bool
    tall: bool = False
    short: bool = False


def columns_of(section: Mapping[str, Any]) -> Columns:
    """Return the columns of a section that `snapshots.table` made.

    A column is never narrower than what may not be broken in it, nor than its longest word as long as every column
    has its even share. What is left goes to the columns with the most to say.
    """
    room = ROOM_MM - (MARK_MM if section.get("marked") else 0) - (DRAWING_MM if section.get("drawn") else 0)
    heads = [column["title"] for column in section["columns"]]
    kinds = [column["kind"] for column in section["columns"]]
    cells = [[row["cells"][number]["text"] for row in section["rows"]] for number in range(len(heads))]
    even = room / max(len(heads), 1)
    # Figures have their room before them, words behind: between a figure and words there is one more.
    gaps = [
        GAP_MM * (2 if number and kinds[number - 1] == "n" and kind != "n" else 1) for number, kind in enumerate(kinds)
    ]
    figures = [kind == "n" for kind in kinds]
    columns = list(zip(gaps, heads, cells, figures, strict=True))
    whole = [gap + _most(_unbroken(column), tabular=n) for gap, _head, column, n in columns]
    words = [
        min(gap + max(_most(_words(column), tabular=n), _most(head.split(), HEAD_PT, tabular=n)), even)
        for gap, head, column, n in columns
    ]
    least = [max(pair) for pair in zip(whole, words, strict=True)]
    tight = sum(least) > room
    if tight:
        least = words
    wish = [
        max(gap + _most(column, tabular=n), gap + _most([head], HEAD_PT, tabular=n), narrowest)
        for (gap, head, column, n), narrowest in zip(columns, least, strict=True)
    ]
    widths = tuple(_shared(room, least, wish))
    inner = [width - gap for width, gap in zip(widths, gaps, strict=True)]
    lines = [_lines(row["cells"], inner) for row in section["rows"]]
    short = len(lines) <= SHORT_ROWS and sum(lines) <= SHORT_LINES
    return Columns(widths, tight, tall=max(lines, default=0) > TALL_LINES, short=short)


def _lines(cells: Sequence[Mapping[str, Any]], widths_mm: Sequence[float]) -> int:
    """Return about how many lines a row has: those of its longest cell, which words that don't fit make a bit more."""
    return max(ceil(1.1 * _most([cell["text"]]) / width) for cell, width in zip(cells, widths_mm, strict=True))


def _shared(room: float, least: Sequence[float], wish: Sequence[float]) -> list[float]:
    """Return widths that sum up to `room`: as wished and the rest evenly, or what there is above the least by need."""
    spare = room - sum(wish)
    if spare >= 0:
        return [each + spare / len(wish) for each in wish]
    needs = [wished - narrowest for wished, narrowest in zip(wish, least, strict=True)]
    given = (room - sum(least)) / sum(needs)
    return [narrowest + need * given for narrowest, need in zip(least, needs, strict=True)]


def _most(texts: Sequence[str], size_pt: float = TEXT_PT, *, tabular: bool = False) -> float:
    return max((width_mm(text, size_pt=size_pt, weight=SEMI_BOLD, tabular=tabular) for text in texts), default=0.0)


def _unbroken(column: Sequence[str]) -> list[str]:
    short = [text for text in column if _most([text]) <= SHORT_MM]
    return short + [part for text in column for part in UNBROKEN.findall(text)]


def _words(column: Sequence[str]) -> list[str]:
    return [word for text in column for word in text.split()]
