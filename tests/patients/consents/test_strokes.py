"""The way of the pen: long enough, inside the pad, and of the form that the pad sends."""

import json

import pytest

from clinic.errors import Refused
from patients.consents.strokes import MOST_CHARACTERS, SHORTEST_PX, pen_way_px
from tests.patients.consents.builders import strokes


def test_the_way_is_the_sum_of_all_strokes() -> None:
    assert pen_way_px(strokes([(0, 0), (30, 40)], [(100, 100), (100, 150), (100, 160)])) == pytest.approx(50 + 60)


def test_the_pen_lifted_between_two_strokes_draws_nothing() -> None:
    assert pen_way_px(strokes([(0, 0), (60, 0)], [(400, 100), (400, 101)])) == pytest.approx(61)


def test_as_long_as_the_pad_asks_for_is_enough() -> None:
    assert pen_way_px(strokes([(10, 10), (10 + SHORTEST_PX, 10)])) == SHORTEST_PX


@pytest.mark.parametrize(
    "paths",
    [
        [],
        [[]],
        [[(5, 5)]],
        [[(5, 5), (5, 5)]],
        [[(10, 10), (10 + SHORTEST_PX - 0.5, 10)]],
        [[(x, 5)] for x in range(0, 400, 10)],
    ],
)
def test_a_dot_or_too_few_strokes_are_no_signature(paths: list[list[tuple[float, float]]]) -> None:
    with pytest.raises(Refused, match="too short"):
        pen_way_px(strokes(*paths))


@pytest.mark.parametrize(
    "path",
    [
        [(500, 10), (900, 10), (900, 150)],
        [(-100, 10), (-1, 150)],
        [(10, 161), (400, 161)],
        [(10, 1_000_000), (400, 1_000_000)],
        [(-50, 80), (600, 80)],
    ],
)
def test_what_was_drawn_beside_the_pad_does_not_count(path: list[tuple[float, float]]) -> None:
    with pytest.raises(Refused, match="too short"):
        pen_way_px(strokes(path))


def test_a_stroke_that_leaves_the_pad_counts_while_it_is_inside() -> None:
    assert pen_way_px(strokes([(400, 80), (470, 80), (700, 80)])) == pytest.approx(70)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "null",
        "7",
        '"signature"',
        "[]",
        "{}",
        '{"width": 480, "height": 160}',
        '{"width": 480, "height": 160, "strokes": {}}',
        '{"width": 480, "height": 160, "strokes": [{"x": 1, "y": 2}]}',
        '{"width": 480, "height": 160, "strokes": [[1, 2]]}',
        '{"width": 480, "height": 160, "strokes": [[{"x": "1", "y": 2}]]}',
        '{"width": 480, "height": 160, "strokes": [[{"x": true, "y": 2}]]}',
        '{"width": 480, "height": 160, "strokes": [[{"x": null, "y": 2}]]}',
        '{"width": 480, "height": 160, "strokes": [[{"x": NaN, "y": 2}]]}',
        '{"width": 480, "height": 160, "strokes": [[{"x": Infinity, "y": 2}]]}',
        '{"width": 480, "height": 160, "strokes": [[{"x": 1e999, "y": 2}]]}',
        '{"width": 480, "height": 160, "strokes": [[{"x": ' + "9" * 400 + ', "y": 2}]]}',
        '{"width": 480, "height": 160, "strokes": [[{"x": ' + "9" * 5000 + ', "y": 2}]]}',
        '{"width": 480, "height": 160, "strokes": [[{"x": 1}]]}',
        '{"width": 0, "height": 160, "strokes": [[{"x": 1, "y": 2}]]}',
        '{"width": 1e9, "height": 160, "strokes": [[{"x": 1, "y": 2}]]}',
        "[" * 200_000,
        '{"a":' * 100_000,
    ],
)
def test_what_no_pad_sends_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(Refused, match="Clear the box and let the patient sign again"):
        pen_way_px(text)


def test_nothing_at_all_is_a_blank_pad() -> None:
    with pytest.raises(Refused, match="blank"):
        pen_way_px("")


def test_more_than_any_signature_is_not_even_parsed() -> None:
    sound = json.loads(strokes([(0, 0), (100, 100)]))
    with pytest.raises(Refused, match="broken"):
        pen_way_px(json.dumps(sound) + " " * MOST_CHARACTERS)
