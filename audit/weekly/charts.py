"""Run and p charts of weekly shares, as far as they are told in words.

Sources: Anhøj J, Olesen AV (2014) PLoS ONE 9(11):e113825, for the longest run and the fewest crossings of the median;
Montgomery, Introduction to Statistical Quality Control, for the three-sigma limits of a p chart. There is no rule for
trends: it hardly ever tells a real change from chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import comb, log2, sqrt
from statistics import median
from typing import NamedTuple


class Point(NamedTuple):
    """One week: `part` of `whole`, which is above 0."""

    part: int
    whole: int

    @property
    def share(self) -> float:
        """The share, from 0 to 1."""
        return self.part / self.whole


@dataclass(frozen=True, slots=True)
class RunChart:
    """What a run chart says of its points: `useful` are those beside the median, which alone make runs."""

    points: int
    useful: int
    median: float
    longest_run: int
    run_limit: int
    crossings: int
    fewest_crossings: int

    @property
    def unusual(self) -> bool:
        """Whether a run is unusually long, or the median crossed unusually seldom."""
        return self.longest_run > self.run_limit or self.crossings < self.fewest_crossings


def run_chart(values: Sequence[float]) -> RunChart | None:
    """Return what the run chart of `values` says; None when fewer than two of them lie beside the median."""
    if not values:
        return None
    middle = median(values)
    sides = [value > middle for value in values if value != middle]
    if len(sides) < 2:
        return None
    return RunChart(
        points=len(values),
        useful=len(sides),
        median=middle,
        longest_run=max(len(list(run)) for _side, run in groupby(sides)),
        run_limit=round(log2(len(sides)) + 3),
        crossings=sum(first != second for first, second in pairwise(sides)),
        fewest_crossings=_lower_quantile(len(sides) - 1),
    )


def _lower_quantile(tosses: int) -> int:
    """Return the 5 % quantile of the heads in so many tosses of a coin: the least k with P(X <= k) >= 0.05."""
    total = 0
    for heads in range(tosses + 1):
        total += comb(tosses, heads)
        if total * 20 >= 2**tosses:
            return heads
    return tosses


def p_limits(points: Sequence[Point]) -> tuple[float, float]:
    """Return the limits of the last of `points` on their p chart: three sigma about the share of all, from 0 to 1."""
    share = sum(point.part for point in points) / sum(point.whole for point in points)
    reach = 3 * sqrt(share * (1 - share) / points[-1].whole)
    return max(0.0, share - reach), min(1.0, share + reach)
