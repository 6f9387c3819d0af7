"""Which words of two texts are marked as different."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.components.marking import Piece, marked


def aloud(pieces: list[Piece]) -> str:
    return "".join(f"[{piece.text}]" if piece.differs else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("old", "new", "expected_old", "expected_new"),
    [
        # one word of many; a part that stays is never marked, whatever stands before it
        ("Mix slowly by turning", "Mix well by turning", "Mix [slowly] by turning", "Mix [well] by turning"),
        ("Label each. · Critical", "Close it. · Critical", "[Label each.] · Critical", "[Close it.] · Critical"),
        ("Label it. · Critical", "Label it.", "Label it. · [Critical]", "Label it."),
        ("Label it.", "Label it. · Critical", "Label it.", "Label it. · [Critical]"),
        # few words, and words that have little in common, are marked as a whole
        ("24 hours", "12 hours", "[24 hours]", "[12 hours]"),
        ("Let it stand long.", "Close every stopper well.", "[Let it stand long.]", "[Close every stopper well.]"),
        # a line of several
        ("Wash.\nMix.\nLabel.", "Wash.\nStir.\nLabel.", "Wash.\n[Mix.]\nLabel.", "Wash.\n[Stir.]\nLabel."),
        # nothing there before or after; nothing changed
        ("", "New.", "", "[New.]"),
        ("Old.", "", "[Old.]", ""),
        ("Same · Critical", "Same · Critical", "Same · Critical", "Same · Critical"),
    ],
)  # fmt: skip
def test_what_is_marked(old: str, new: str, expected_old: str, expected_new: str) -> None:
    left, right = marked(old, new)
    assert (aloud(left), aloud(right)) == (expected_old, expected_new)


TEXTS = st.lists(st.sampled_from(["Mix", "it", " ", "  ", "\n", " · ", "slowly", "a", "b", "Critical"])).map("".join)


@given(old=TEXTS, new=TEXTS)
def test_no_letter_is_lost_and_what_differs_is_marked_somewhere(old: str, new: str) -> None:
    left, right = marked(old, new)
    assert "".join(piece.text for piece in left) == old
    assert "".join(piece.text for piece in right) == new
    assert any(piece.differs for piece in [*left, *right]) == (old != new)


@given(old=TEXTS, new=TEXTS)
def test_what_is_not_marked_is_the_same_in_both(old: str, new: str) -> None:
    left, right = (
        "".join(piece.text for piece in pieces if not piece.differs).replace(" · ", " ").split()
        for pieces in marked(old, new)
    )
    assert left == right


def test_long_texts_are_marked_in_a_moment() -> None:
    old, new = (" ".join(f"{word}{number}" for number in range(5000)) for word in ("one", "two"))
    began = time.perf_counter()
    assert marked(old, new) == ([Piece(old, True)], [Piece(new, True)])
    assert time.perf_counter() - began < 1
