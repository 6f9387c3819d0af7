"""Prepared = injected + wasted + remaining, to the microlitre."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.treatment.reconciliation import (
    ZoneVolume,
    balance_fault,
    deviation,
    injected_ul,
    unaccounted_ul,
    unexplained,
)

ZONES = [ZoneVolume("Vertex", 40, 60), ZoneVolume("Mid-scalp, left", 30, 50)]


def test_injected_is_points_times_volume_over_all_zones() -> None:
    assert injected_ul(ZONES) == 40 * 60 + 30 * 50


@pytest.mark.parametrize(
    ("start", "wasted", "remaining", "words"),
    [
        (4000, 100, 0, ""),
        (4001, 100, 0, "0.001 mL aren't accounted for"),
        (3999, 100, 0, "0.001 mL too much"),
        (6400, 400, 2100, ""),
    ],
)
def test_one_microlitre_decides(start: int, wasted: int, remaining: int, words: str) -> None:
    fault = balance_fault(start_ul=start, zones=ZONES, wasted_ul=wasted, remaining_ul=remaining)
    assert (words in fault) if words else fault == ""


@given(
    st.lists(st.tuples(st.integers(1, 300), st.integers(10, 200)), max_size=13),
    st.integers(0, 50_000),
    st.integers(0, 50_000),
    st.integers(-5, 5),
)
def test_only_the_exact_sum_balances(rows: list[tuple[int, int]], wasted: int, remaining: int, off: int) -> None:
    zones = [ZoneVolume("zone", points, volume) for points, volume in rows]
    start = sum(points * volume for points, volume in rows) + wasted + remaining + off
    assert unaccounted_ul(start_ul=start, zones=zones, wasted_ul=wasted, remaining_ul=remaining) == off


def test_both_bounds_of_the_volume_per_site_are_within_the_protocol() -> None:
    said = [deviation(ZoneVolume("Vertex", 1, volume), least_ul=50, most_ul=100) for volume in (49, 50, 100, 101)]
    assert said[1:3] == ["", ""]
    assert "0.049 mL per site is outside the protocol's 0.05 to 0.10 mL" in said[0]
    assert "0.101 mL per site" in said[3]


@pytest.mark.parametrize(("reason", "told"), [("", 1), ("  ", 1), ("-", 1), ("Thick scalp", 0)])
def test_a_deviation_asks_for_its_reason(reason: str, told: int) -> None:
    zones = [ZoneVolume("Vertex", 1, 150, reason), ZoneVolume("Vertex", 1, 60)]
    assert len(unexplained(zones, least_ul=50, most_ul=100)) == told
