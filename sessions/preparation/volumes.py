"""Volumes of a preparation: targets in whole microlitres, and how far a measured volume lies from its target.

A formulation gives microlitres per millilitre, so a batch asks for `µL/mL x batch / 1000` of each ingredient. Where
that isn't whole the batch is refused and the nearest batches that are whole are named: rounding a target would
turn an exact recipe into an approximate one, and no balance could show it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, gcd

UL_PER_ML = 1_000


def batch_step_ul(volumes_ul_per_ml: Iterable[int]) -> int:
    """Return the step in microlitres between batches whose targets are all whole."""
    return UL_PER_ML // gcd(UL_PER_ML, *volumes_ul_per_ml)


def nearest_batches_ul(
    batch_ul: int, volumes_ul_per_ml: Sequence[int], *, min_ul: int, max_ul: int
) -> tuple[int | None, int | None]:
    """Return the nearest batches with whole targets at or below and at or above `batch_ul`, within the bounds."""
    step = batch_step_ul(volumes_ul_per_ml)
    below, above = batch_ul // step * step, -(-batch_ul // step) * step
    highest, lowest = max_ul // step * step, -(-min_ul // step) * step
    below, above = min(below, highest), max(above, lowest)
    return below if below >= min_ul else None, above if above <= max_ul else None


def targets_ul(batch_ul: int, volumes_ul_per_ml: Sequence[int]) -> list[int] | None:
    """Return each ingredient's target in microlitres for a batch, in the order given; None when one isn't whole."""
    products = [batch_ul * volume for volume in volumes_ul_per_ml]
    if any(product % UL_PER_ML for product in products):
        return None
    return [product // UL_PER_ML for product in products]


@dataclass(frozen=True, slots=True)
class Departure:
    """How far a measured volume lies from its target; `fraction` is exact and signed."""

    target_ul: int
    measured_ul: int
    fraction: Fraction
    within: bool

    @property
    def difference_ul(self) -> int:
        """Measured less target."""
        return self.measured_ul - self.target_ul

    @property
    def permille(self) -> Decimal:
        """The departure in thousandths to two places, for figures; the verdict never uses it."""
        return _rounded(self.fraction * 1_000, places=2)

    @property
    def percent(self) -> Decimal:
        """The departure in per cent to two places, for people; the verdict never uses it."""
        return _rounded(self.fraction * 100, places=2)


def departure(*, target_ul: int, measured_ul: int, tolerance_percent: Decimal) -> Departure:
    """Return how far `measured_ul` lies from `target_ul`; at the tolerance is within, beyond it is a deviation.

    Raises ValueError for a target that isn't positive or a negative volume.
    """
    if target_ul <= 0 or measured_ul < 0:
        raise ValueError("a departure needs a positive target and a volume")
    fraction = Fraction(measured_ul - target_ul, target_ul)
    return Departure(
        target_ul=target_ul,
        measured_ul=measured_ul,
        fraction=fraction,
        within=abs(fraction) * 100 <= Fraction(tolerance_percent),
    )


def allowed_range_ul(*, target_ul: int, tolerance_percent: Decimal) -> tuple[int, int]:
    """Return the smallest and the largest whole volume, in microlitres, that is within the tolerance."""
    margin = Fraction(target_ul) * Fraction(tolerance_percent) / 100
    return max(0, ceil(target_ul - margin)), floor(target_ul + margin)


def percent_text(percent: Decimal) -> str:
    """Return a departure in per cent with its sign: "+4.80 %", "−0.50 %"."""
    return "0.00 %" if percent == 0 else f"{percent:+.2f} %".replace("-", "−")


def _rounded(value: Fraction, *, places: int) -> Decimal:
    """Return `value` as a Decimal with `places` decimals, half to even."""
    return Decimal(round(value * 10**places)).scaleb(-places)


def most_measured_ul(batch_ul: int) -> int:
    """Return the largest volume of one ingredient that can be recorded in a batch, in microlitres.

    Twice the batch: too much is recorded as it happened, and stops the signature; beyond this it was typed wrongly.
    """
    return 2 * batch_ul
