"""Targets are whole microlitres, and a departure is judged exactly."""

from decimal import Decimal
from fractions import Fraction

import pytest

from sessions.preparation.volumes import allowed_range_ul, batch_step_ul, departure, nearest_batches_ul, targets_ul


@pytest.mark.parametrize(
    ("batch_ul", "volumes", "targets"),
    [
        (5_000, [600, 400], [3_000, 2_000]),
        (1_000, [333, 667], [333, 667]),
        (2_500, [500, 100, 400], [1_250, 250, 1_000]),
        (100, [990, 10], [99, 1]),
        (100_000, [1, 999], [100, 99_900]),
    ],
)
def test_a_target_is_the_recipe_times_the_batch(batch_ul: int, volumes: list[int], targets: list[int]) -> None:
    assert targets_ul(batch_ul, volumes) == targets


@pytest.mark.parametrize(("batch_ul", "volumes"), [(1_500, [333, 667]), (2_001, [500, 500]), (101, [990, 10])])
def test_a_batch_that_needs_parts_of_a_microlitre_has_no_targets(batch_ul: int, volumes: list[int]) -> None:
    assert targets_ul(batch_ul, volumes) is None


@pytest.mark.parametrize(
    ("volumes", "step"), [([600, 400], 5), ([333, 667], 1_000), ([500, 500], 2), ([1_000], 1), ([990, 10], 100)]
)
def test_batches_with_whole_targets_lie_a_step_apart(volumes: list[int], step: int) -> None:
    assert batch_step_ul(volumes) == step
    for batch_ul in range(1, 3 * step):
        assert (targets_ul(batch_ul, volumes) is not None) == (batch_ul % step == 0)


@pytest.mark.parametrize(
    ("batch_ul", "near"),
    [
        (1_500, (None, 2_000)),
        (2_500, (2_000, 3_000)),
        (3_000, (3_000, 3_000)),
        (4_001, (4_000, 5_000)),
        (5_500, (5_000, None)),
    ],
)
def test_the_nearest_batches_lie_within_the_bounds(batch_ul: int, near: tuple[int | None, int | None]) -> None:
    # 333 and 667 µL/mL come out whole at whole millilitres only; the formulation allows 1.6 to 5.9 mL.
    assert nearest_batches_ul(batch_ul, [333, 667], min_ul=1_600, max_ul=5_900) == near


@pytest.mark.parametrize(
    ("target_ul", "measured_ul", "tolerance", "within"),
    [
        (3_000, 3_000, "5.0", True),
        (3_000, 3_150, "5.0", True),  # at the tolerance
        (3_000, 3_151, "5.0", False),  # one microlitre beyond
        (3_000, 2_850, "5.0", True),
        (3_000, 2_849, "5.0", False),
        (333, 335, "0.7", True),  # 0.6006 %
        (333, 336, "0.9", False),  # 0.9009 % is beyond 0.9 %, though it rounds to it
        (1_000, 1_001, "0.1", True),
        (1_000, 1_002, "0.1", False),
        (1, 1, "0.1", True),
        (1, 2, "25.0", False),
        (100, 0, "25.0", False),  # left out
    ],
)
def test_at_the_tolerance_is_within_and_beyond_it_is_a_deviation(
    target_ul: int, measured_ul: int, tolerance: str, within: bool
) -> None:
    off = departure(target_ul=target_ul, measured_ul=measured_ul, tolerance_percent=Decimal(tolerance))
    assert off.within is within
    low, high = allowed_range_ul(target_ul=target_ul, tolerance_percent=Decimal(tolerance))
    assert (low <= measured_ul <= high) is within


def test_a_departure_is_an_exact_fraction_and_is_rounded_for_people_only() -> None:
    off = departure(target_ul=333, measured_ul=336, tolerance_percent=Decimal("0.9"))
    assert off.fraction == Fraction(3, 333)
    assert (off.difference_ul, off.percent, off.permille) == (3, Decimal("0.90"), Decimal("9.01"))


def test_too_little_is_negative() -> None:
    off = departure(target_ul=2_000, measured_ul=1_900, tolerance_percent=Decimal("2.5"))
    assert (off.percent, off.permille) == (Decimal("-5.00"), Decimal("-50.00"))


@pytest.mark.parametrize(("target_ul", "measured_ul"), [(0, 1), (-1, 1), (1, -1)])
def test_a_departure_needs_a_target_and_a_volume(target_ul: int, measured_ul: int) -> None:
    with pytest.raises(ValueError, match="positive target"):
        departure(target_ul=target_ul, measured_ul=measured_ul, tolerance_percent=Decimal(5))
