"""Which page of its form a picture is, and which pages are missing: the whole truth tables."""

from itertools import product

import pytest

from patients.paper.pages import Basis, Placed, again_in_words, missing, placed_alone

UNKNOWN, EXTRA = Placed(0, Basis.UNKNOWN), Placed(0, Basis.EXTRA)
ONE, TWO = Placed(1, Basis.READ), Placed(2, Basis.READ)
#: The pages that the QR codes on the pictures say (0: none), whether any says the form, the pages printed -> what each
#: picture is by itself; None where somebody has to say.
PLACED: list[tuple[tuple[int, ...], bool, int, list[Placed | None]]] = [
    # Each picture says its page.
    ((1,), True, 3, [ONE]),
    ((2, 1), True, 3, [TWO, ONE]),
    ((1, 1), True, 3, [ONE, ONE]),
    ((1,), True, 1, [ONE]),
    # The code is read and no page: printed before its pages bore numbers.
    ((0,), True, 1, [UNKNOWN]),
    ((0,), True, 3, [UNKNOWN]),
    ((0, 0, 0), True, 3, [UNKNOWN] * 3),
    # Some say it: the others are looked at, unless nothing of the form is left for them to be.
    ((1, 0), True, 3, [ONE, None]),
    ((1, 0, 2), True, 3, [ONE, None, TWO]),
    ((1, 0, 2), True, 2, [ONE, EXTRA, TWO]),
    ((1, 0), True, 1, [ONE, EXTRA]),
    # The code is typed: somebody says the page too.
    ((0,), False, 3, [None]),
    ((0, 0), False, 3, [None, None]),
    ((0, 0), False, 1, [None, None]),
    # The one page of a form of one page needs no saying.
    ((0,), False, 1, [Placed(1, Basis.SAID)]),
    # Of a blank whose PDF isn't made nothing is known.
    ((0,), False, 0, [UNKNOWN]),
    ((0,), True, 0, [UNKNOWN]),
    ((1, 0), True, 0, [ONE, UNKNOWN]),
]


@pytest.mark.parametrize(("read", "code_read", "printed", "expected"), PLACED)
def test_what_a_picture_is(read: tuple[int, ...], code_read: bool, printed: int, expected: list[Placed | None]) -> None:
    placed = placed_alone(dict(enumerate(read, start=1)), code_read=code_read, printed=printed)
    assert placed == dict(enumerate(expected, start=1))


#: The pages printed, those known to be back, how many of unknown number are back -> what is said.
MISSING = [
    (3, [], 0, "Pages missing: 1, 2, 3"),
    (3, [1], 0, "Pages missing: 2, 3"),
    (3, [1, 1, 1], 0, "Pages missing: 2, 3"),
    (3, [3, 1], 0, "Page missing: 2"),
    (3, [1, 2, 3], 0, ""),
    (3, [], 1, "1 of 3 pages are back"),
    (3, [], 2, "2 of 3 pages are back"),
    (3, [], 3, ""),
    (3, [], 4, ""),
    (3, [1], 1, "2 of 3 pages are back"),
    (3, [1], 2, ""),
    (1, [], 0, "Page missing: 1"),
    (1, [1], 0, ""),
    (1, [], 1, ""),
    (2, [1, 7], 0, "Page missing: 2"),
    (0, [], 0, ""),
    (0, [1], 1, ""),
]


@pytest.mark.parametrize(("printed", "known", "unknown", "words"), MISSING)
def test_what_is_missing(printed: int, known: list[int], unknown: int, words: str) -> None:
    assert missing(printed, known, unknown).words() == words


@pytest.mark.parametrize(("places", "unknown"), list(product(product([False, True], repeat=3), range(5))))
def test_each_page_counts_once_and_each_unknown_one_as_one(places: tuple[bool, ...], unknown: int) -> None:
    known = [page for page, here in enumerate(places, start=1) if here]
    found = missing(3, known * 2, unknown)
    assert found.count == max(0, 3 - len(known) - unknown)
    assert found.is_named is (found.count > 0 and not unknown)


def test_what_came_back_before_is_said() -> None:
    assert again_in_words([]) == ""
    assert again_in_words([1]) == "Page 1 is here already, so it doesn't count again."
    assert again_in_words([1, 3]) == "Pages 1, 3 are here already, so they don't count again."
