"""Which line of the older version is which of the newer one, and what is said to have moved."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.components.records import Change
from protocols.decisions.difference import difference
from protocols.decisions.pairing import Line, paired
from protocols.decisions.showing import Row, Shown, Table

DRAW, MIX, REST = "Draw the saline.", "Mix slowly by turning it.", "Let it stand for two minutes."
LOOK, LABEL, SEAL = "Look against light and dark.", "Label every vial.", "Close the stopper firmly."
FIVE = [DRAW, MIX, REST, LOOK, LABEL]


def shown_steps(steps: list[str]) -> Shown:
    rows = [
        Row("", f"Step {number}", (text, critical))
        for number, (text, _dot, critical) in enumerate((step.partition(" · ") for step in steps), start=1)
    ]
    return Shown(facts=(), table=Table("Steps", ("Step", "Critical"), tuple(rows), numbered=True))


def told(old: list[str], new: list[str]) -> list[str]:
    """Return the difference as a reader would say it aloud."""
    return [aloud(change) for change in difference(shown_steps(old), shown_steps(new))]


def aloud(change: Change) -> str:
    moved = f", {change.move}" if change.moved else ""
    if change.kind == "added":
        return f"+{change.new_number} {change.new}"
    if change.kind == "removed":
        return f"-{change.old_number} {change.old}"
    if change.kind == "moved":
        return f"{change.new}{moved}"
    return f"{change.old_number}>{change.new_number} {change.old} -> {change.new}{moved}"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (FIVE, FIVE, []),
        # added: at the top, in the middle, at the end; it moves nobody
        (FIVE, [SEAL, *FIVE], [f"+1 {SEAL}"]),
        (FIVE, [*FIVE[:2], SEAL, *FIVE[2:]], [f"+3 {SEAL}"]),
        (FIVE, [*FIVE, SEAL], [f"+6 {SEAL}"]),
        ([], [DRAW], [f"+1 {DRAW}"]),
        # taken out
        (FIVE, FIVE[1:], [f"-1 {DRAW}"]),
        (FIVE, FIVE[:4], [f"-5 {LABEL}"]),
        ([DRAW], [], [f"-1 {DRAW}"]),
        # another one in its place
        (FIVE, [DRAW, MIX, SEAL, LOOK, LABEL], [f"+3 {SEAL}", f"-3 {REST}"]),
        # moved up, moved down, to the other end, two that swap
        (FIVE, [DRAW, MIX, REST, LABEL, LOOK], [f"{LABEL}, moved from 5 to 4"]),
        (FIVE, [DRAW, LOOK, MIX, REST, LABEL], [f"{LOOK}, moved from 4 to 2"]),
        (FIVE, [MIX, REST, LOOK, DRAW, LABEL], [f"{DRAW}, moved from 1 to 4"]),
        (FIVE, [LABEL, DRAW, MIX, REST, LOOK], [f"{LABEL}, moved from 5 to 1"]),
        (FIVE, [LABEL, MIX, REST, LOOK, DRAW], [f"{LABEL}, moved from 5 to 1", f"{DRAW}, moved from 1 to 5"]),
        # changed, alone and where another number says so
        (FIVE, [*FIVE[:4], f"{LABEL} · Critical"], [f"5>5 {LABEL} -> {LABEL} · Critical"]),
        (FIVE, [SEAL, *FIVE[:4], "Label each vial."], [f"+1 {SEAL}", f"5>6 {LABEL} -> Label each vial."]),
        (FIVE, [*FIVE[:4], "Lable every vial."], [f"5>5 {LABEL} -> Lable every vial."]),
        # moved and changed; the one that changed is the one that is said to have moved
        (FIVE, [*FIVE[:3], f"{LABEL} · Critical", LOOK], [f"5>4 {LABEL} -> {LABEL} · Critical, moved from 5 to 4"]),
        (
            FIVE, [f"{LABEL} · Critical", DRAW, MIX, REST, LOOK],
            [f"5>1 {LABEL} -> {LABEL} · Critical, moved from 5 to 1"],
        ),
        # what was reported: one moved up past another, and the one below ticked critical
        (
            [DRAW, MIX, REST, SEAL, LOOK, LABEL], [DRAW, MIX, REST, LOOK, SEAL, f"{LABEL} · Critical"],
            [f"{LOOK}, moved from 5 to 4", f"6>6 {LABEL} -> {LABEL} · Critical"],
        ),
        # lines that say the same are told apart by their order
        ([MIX, REST, MIX, LABEL], [MIX, REST, MIX, REST, LABEL], [f"+4 {REST}"]),
        ([MIX, REST, MIX, LABEL], [MIX, REST, LABEL], [f"-3 {MIX}"]),
        ([MIX, MIX, MIX], [MIX], [f"-2 {MIX}", f"-3 {MIX}"]),
        ([MIX, REST, MIX], [f"{MIX} · Critical", REST, MIX], [f"1>1 {MIX} -> {MIX} · Critical"]),
        # raised, although a line put in above gives it the same number: the one that fell is told
        (FIVE, [SEAL, DRAW, MIX, REST, LABEL, LOOK], [f"+1 {SEAL}", f"{LOOK}, moved from 4 to 6"]),
        # all at once
        (
            FIVE, [SEAL, f"{LOOK} · Critical", DRAW, "Mix slowly by turning it twice.", LABEL],
            [
                f"+1 {SEAL}", f"4>2 {LOOK} -> {LOOK} · Critical, moved from 4 to 2",
                f"2>4 {MIX} -> Mix slowly by turning it twice.", f"-3 {REST}",
            ],
        ),
    ],
)  # fmt: skip
def test_what_is_told(old: list[str], new: list[str], expected: list[str]) -> None:
    assert told(old, new) == expected


def test_a_line_with_a_key_is_itself_whatever_it_says_and_no_other() -> None:
    old = [Line("1", ("Biotin",), "Biotin"), Line("2", ("Saline",), "Saline")]
    new = [Line("3", ("Biotin",), "Biotin"), Line("2", ("Water",), "Water")]
    assert paired(old, new) == [(None, 0, False), (1, 1, False), (0, None, False)]


def test_where_the_order_means_nothing_nothing_has_moved() -> None:
    lines = [Line(key, (key,), key) for key in "abc"]
    assert not any(pair.moved for pair in paired(lines, lines[::-1], ordered=False))
    assert sum(pair.moved for pair in paired(lines, lines[::-1])) == 2


WORDS = st.sampled_from([*FIVE, SEAL, "Mix slowly.", "Label each vial.", f"{LABEL} · Critical", f"{MIX} · Critical"])
STEPS = st.lists(WORDS, max_size=9)


@settings(max_examples=150, deadline=None)
@given(old=STEPS, new=STEPS)
def test_who_does_what_the_difference_says_has_the_new_list(old: list[str], new: list[str]) -> None:
    changes = difference(shown_steps(old), shown_steps(new))
    done: list[str | None] = list(old)
    put_in: dict[int, str] = {}
    for change in changes:
        if change.old_number is not None:
            assert old[change.old_number - 1] == change.old
            done[change.old_number - 1] = None if change.moved or change.kind == "removed" else change.new
        if change.new_number is not None and (change.moved or change.kind == "added"):
            put_in[change.new_number] = change.new
    kept = [step for step in done if step is not None]
    for number in sorted(put_in):
        kept.insert(number - 1, put_in[number])
    assert kept == new


@settings(max_examples=100, deadline=None)
@given(order=st.permutations(range(6)))
def test_as_few_as_can_be_are_said_to_have_moved(order: list[int]) -> None:
    lines = [Line(str(number), (str(number),), "") for number in range(6)]
    moved = sum(pair.moved for pair in paired(lines, [lines[number] for number in order]))
    longest = [1] * 6
    for now in range(6):
        longest[now] += max((longest[was] for was in range(now) if order[was] < order[now]), default=0)
    assert moved == 6 - max(longest)


def test_a_text_of_several_lines_says_what_moved_and_is_silent_of_empty_lines() -> None:
    def text(said: str) -> Shown:
        return Shown(facts=(), texts=(("Kit", said),))

    changes = difference(text("Adrenaline\n\nOxygen\nPulse oximeter"), text("Oxygen\nPulse oximeter\n\n\nAdrenaline"))
    assert [(change.label, change.new, change.move) for change in changes] == [
        ("Kit, line 5", "Adrenaline", "moved from 1 to 5"),
    ]


def test_a_text_of_thousands_of_lines_is_compared_in_a_moment() -> None:
    old = [Line("", (str(number),), str(number)) for number in range(3000)]
    began = time.perf_counter()
    assert len(paired(old, old[1:])) == 3000
    assert time.perf_counter() - began < 2
