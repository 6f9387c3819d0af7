"""Which line of an older list is which of a newer one, and which lines stand elsewhere: a pure rule.

A line is recognised by its own key where it has one; else it is the line that says the same, and failing that the one
that says nearly the same. Only lines that changed their order among those that stayed count as moved: what is put in
or taken out above them moves nobody.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

#: From this share of common words on, or of common letters for a word that was mended, one line is the other changed.
#: Different lines of the starter drafts mostly share less than half of their words and 0.7 of their letters.
ALIKE_WORDS, ALIKE_LETTERS = 0.5, 0.75
#: A changed line is looked for among so many neighbours of what is left over.
NEIGHBOURS = 40
#: Lists longer than this, multiplied, are compared in their order only: a reader of thousands of lines is waiting.
MOST_COMPARED = 250_000


class Line(NamedTuple):
    """A line: its own key, "" for none; all that it says; and the words by which it is recognised without a key."""

    key: str
    said: tuple[str, ...]
    words: str


class Pair(NamedTuple):
    """Where a line stood and where it stands now, from 0; None where it isn't there."""

    old: int | None
    new: int | None
    moved: bool = False


def paired(old: Sequence[Line], new: Sequence[Line], *, ordered: bool = True) -> list[Pair]:
    """Return every line of both lists once, in the order of `new`; what is only in `old` comes last.

    Where the order means nothing (`ordered` is false) nothing has moved.
    """
    partners = _partners(old, new)
    stayed = _stayed(partners, old, new) if ordered else set(partners)
    found = [Pair(partners.get(place), place, place in partners and place not in stayed) for place in range(len(new))]
    taken = set(partners.values())
    return found + [Pair(place, None) for place in range(len(old)) if place not in taken]


def _partners(old: Sequence[Line], new: Sequence[Line]) -> dict[int, int]:
    """Return the place in `old` of each line of `new` that was there, by its place in `new`."""
    with_key = {line.key: place for place, line in enumerate(old) if line.key}
    found = {place: with_key[line.key] for place, line in enumerate(new) if line.key and line.key in with_key}
    before = [place for place, line in enumerate(old) if not line.key]
    after = [place for place, line in enumerate(new) if not line.key]
    long = len(before) * len(after) > MOST_COMPARED
    in_order = _blocks if long else _longest_common
    for was, now in in_order([old[place].said for place in before], [new[place].said for place in after]):
        found[after[now]] = before[was]
    if long:
        return found
    found |= _same_elsewhere(old, new, *_left_over(before, after, found))
    return found | _changed(old, new, *_left_over(before, after, found))


def _left_over(before: list[int], after: list[int], found: dict[int, int]) -> tuple[list[int], list[int]]:
    taken = set(found.values())
    return [place for place in before if place not in taken], [place for place in after if place not in found]


def _blocks(old: Sequence[object], new: Sequence[object]) -> Iterator[tuple[int, int]]:
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        yield from ((block.a + each, block.b + each) for each in range(block.size))


def _longest_common(old: Sequence[object], new: Sequence[object]) -> Iterator[tuple[int, int]]:
    """Yield the places of the longest common subsequence; difflib's own blocks can miss it."""
    left = [[0] * (len(new) + 1) for _row in range(len(old) + 1)]
    for was in reversed(range(len(old))):
        for now in reversed(range(len(new))):
            same = old[was] == new[now]
            left[was][now] = left[was + 1][now + 1] + 1 if same else max(left[was + 1][now], left[was][now + 1])
    was = now = 0
    while was < len(old) and now < len(new):
        if old[was] == new[now]:
            yield was, now
            was, now = was + 1, now + 1
        elif left[was + 1][now] >= left[was][now + 1]:
            was += 1
        else:
            now += 1


def _same_elsewhere(
    old: Sequence[Line], new: Sequence[Line], before: list[int], after: list[int]
) -> dict[int, int]:  # fmt: skip
    places: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for place in before:
        places[old[place].said].append(place)
    return {place: places[new[place].said].popleft() for place in after if places[new[place].said]}


def _changed(old: Sequence[Line], new: Sequence[Line], before: list[int], after: list[int]) -> dict[int, int]:
    """Pair what says nearly the same, the likest first, and of equally like ones those that stand nearest."""
    candidates = []
    for rank, was in enumerate(before):
        for other, now in enumerate(after):
            if abs(rank - other) <= NEIGHBOURS and (alike := _likeness(old[was], new[now])):
                candidates.append((-alike, abs(was - now), was, now))
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _alike, _distance, was, now in sorted(candidates):
        if was not in taken and now not in found:
            found[now] = was
            taken.add(was)
    return found


def _likeness(one: Line, other: Line) -> float:
    """Return how like two lines are, from 0 (another line) to 3: their words count before the rest that they say."""
    whole, other_whole = " ".join(one.said), " ".join(other.said)
    words, all_words = _of_words(one.words, other.words), _of_words(whole, other_whole)
    if max(words, all_words) < ALIKE_WORDS and not _mended(one.words, other.words):
        return 0
    return 2 * words + all_words or ALIKE_WORDS


def _of_words(one: str, other: str) -> float:
    said, other_said = _words(one), _words(other)
    return SequenceMatcher(None, said, other_said, autojunk=False).ratio() if said and other_said else 0


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _mended(one: str, other: str) -> bool:
    letters = SequenceMatcher(None, one, other, autojunk=False)
    return bool(one and other) and letters.quick_ratio() >= ALIKE_LETTERS and letters.ratio() >= ALIKE_LETTERS


def _stayed(partners: dict[int, int], old: Sequence[Line], new: Sequence[Line]) -> set[int]:
    """Return the places in `new` of as many lines as can be said to have stayed, so that as few as can be have moved.

    Of equally many, those stay that keep their number, then those that say the same as before, then those that
    stood above: a line that changed is told of anyway, and one that was raised is said to be raised.
    """
    runs = list(_runs(sorted(partners), partners))
    best: list[tuple[tuple[int, int, int, int], int | None]] = []
    for index, run in enumerate(runs):
        own = (
            len(run), sum(now == partners[now] for now in run),
            sum(old[partners[now]].said == new[now].said for now in run), -sum(partners[now] for now in run),
        )  # fmt: skip
        score, follows = own, None
        for earlier in range(index):
            if partners[runs[earlier][-1]] < partners[run[0]]:
                together = _sum(best[earlier][0], own)
                if together > score:
                    score, follows = together, earlier
        best.append((score, follows))
    stayed: set[int] = set()
    at = max(range(len(best)), key=lambda index: best[index][0], default=None)
    while at is not None:
        stayed.update(runs[at])
        at = best[at][1]
    return stayed


def _sum(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def _runs(places: Sequence[int], partners: dict[int, int]) -> Iterator[list[int]]:
    """Yield the `places` in `new` of lines that followed one another in `old` too: they stay or move together."""
    run = list(places[:1])
    order = sorted(partners.values())
    rank = {place: index for index, place in enumerate(order)}
    for one, following in pairwise(places):
        if rank[partners[following]] != rank[partners[one]] + 1:
            yield run
            run = []
        run.append(following)
    if run:
        yield run
