"""Which words of two texts differ, so that only those are marked: a pure rule."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby
from string import whitespace
from typing import NamedTuple

#: Between the parts of a line that is told in one, such as a step and "Critical".
BETWEEN = " · "
#: A part of fewer words is marked as a whole: of "24 hours" nobody wants to read that only the number is new.
FEWEST_WORDS = 4
#: Parts that have a smaller share of their words in common say something else, and are marked as a whole.
ALIKE = 0.5
#: Texts with more words, multiplied, are marked as a whole: a reader is waiting.
MOST_COMPARED = 250_000


class Piece(NamedTuple):
    """A stretch of a text, and whether it differs."""

    text: str
    differs: bool


def marked(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces that, put together, are the text again."""
    before, after = _parts(old), _parts(new)
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, old_from, old_to, new_from, new_to in _blocks(before, after):
        ours, theirs = before[old_from:old_to], after[new_from:new_to]
        if kind == "replace" and len(ours) == len(theirs):
            for was, now in zip(ours, theirs, strict=True):
                old_words, new_words = _marked_words(was, now)
                left += old_words
                right += new_words
        else:
            left += [Piece(part, kind != "equal") for part in ours]
            right += [Piece(part, kind != "equal") for part in theirs]
    return _joined(left), _joined(right)


def _parts(text: str) -> list[str]:
    """Return the parts and what is between them, in turn."""
    return [part for part in re.split(f"({re.escape(BETWEEN)}|\n)", text) if part]


def _blocks(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > MOST_COMPARED:
        return [("change", 0, len(old), 0, len(new))]
    return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def _marked_words(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    before, after = _words(old), _words(new)
    blocks = _blocks(before, after)
    common = sum(old_to - old_from for kind, old_from, old_to, _new_from, _new_to in blocks if kind == "equal")
    if min(len(before), len(after)) < FEWEST_WORDS or 2 * common / (len(before) + len(after)) < ALIKE:
        return [Piece(old, old != new)], [Piece(new, old != new)]
    left = [Piece("".join(before[block[1] : block[2]]), block[0] != "equal") for block in blocks]
    right = [Piece("".join(after[block[3] : block[4]]), block[0] != "equal") for block in blocks]
    return left, right


def _words(text: str) -> list[str]:
    """Return the words, each with the white space before it."""
    return re.findall(r"\s*\S+|\s+$", text)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Put neighbours that are marked alike together, and leave what only separates, at a marked edge, unmarked."""
    runs = [Piece("".join(piece.text for piece in run), differs) for differs, run in groupby(pieces, _differs)]
    return [part for run in runs for part in (_without_edges(run) if run.differs else [run]) if part.text]


def _differs(piece: Piece) -> bool:
    return piece.differs


def _without_edges(piece: Piece) -> list[Piece]:
    text = piece.text.strip(f"{BETWEEN}{whitespace}")
    if not text:
        return [piece]
    at = piece.text.index(text)
    return [Piece(piece.text[:at], False), Piece(text, True), Piece(piece.text[at + len(text) :], False)]
