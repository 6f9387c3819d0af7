"""Wilson intervals, against published values."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.statistics import wilson


def test_wilson_agrees_with_r(shared_data: Path) -> None:
    oracle = json.loads((shared_data / "oracles" / "wilson_binom_R.json").read_text())
    for case in oracle["cases"]:
        share = wilson(case["x"], case["n"], confidence=oracle["confidence"])
        assert (share.low, share.high) == pytest.approx(case["wilson"], abs=oracle["tolerance"])


def test_nothing_of_nothing_is_known_to_be_a_share_and_no_more() -> None:
    share = wilson(0, 0)
    assert (share.percent, share.low, share.high) == (0, 0.0, 1.0)


@pytest.mark.parametrize(("part", "whole"), [(-1, 3), (4, 3)])
def test_what_is_no_part_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="no part"):
        wilson(part, whole)


@given(st.integers(1, 10_000), st.data())
def test_the_interval_holds_the_share_and_stays_in_bounds(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    share = wilson(part, whole)
    assert 0 <= share.low <= part / whole + 1e-12
    assert part / whole - 1e-12 <= share.high <= 1
