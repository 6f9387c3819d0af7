"""Force and speed of a centrifuge, by the standard conversion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.prp.physics import force_of, rpm_for


@pytest.mark.parametrize(
    ("rpm", "radius_mm", "force_g"),
    [
        # RCF = 1.118e-5 x r(cm) x rpm^2, worked out by hand: 1.118e-5 x 10 x 1000^2 = 111.8
        (1_000, 100, 112),
        (3_000, 80, 805),
        (1_500, 150, 377),
    ],
)
def test_force_follows_the_conversion(rpm: int, radius_mm: int, force_g: int) -> None:
    assert force_of(rpm, radius_mm) == force_g


@given(st.integers(50, 4_000), st.integers(30, 300))
def test_the_speed_for_a_force_gives_that_force_again(force_g: int, radius_mm: int) -> None:
    # A whole number of revolutions can miss the force by what one revolution makes.
    assert abs(force_of(rpm_for(force_g, radius_mm), radius_mm) - force_g) <= 1


@pytest.mark.parametrize(("first", "radius_mm"), [(0, 100), (-1, 100), (100, 0)])
def test_nothing_turns_at_zero(first: int, radius_mm: int) -> None:
    for convert in (rpm_for, force_of):
        with pytest.raises(ValueError, match="positive"):
            convert(first, radius_mm)
