"""Honest figures: a share never comes without its interval."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

#: Of fewer than this a share says too little to judge anybody by it.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, with the interval around the share; `low` and `high` run from 0 to 1."""

    part: int
    whole: int
    low: float
    high: float

    @property
    def percent(self) -> int:
        """The share in whole percent; 0 of 0 is 0."""
        return round(100 * self.part / self.whole) if self.whole else 0

    @property
    def too_few(self) -> bool:
        """Whether there are too few to judge by the share."""
        return self.whole < FEWEST

    @property
    def low_percent(self) -> int:
        """The lower end in whole percent."""
        return round(100 * self.low)

    @property
    def high_percent(self) -> int:
        """The upper end in whole percent."""
        return round(100 * self.high)


def wilson(part: int, whole: int, *, confidence: float = 0.95) -> Share:
    """Return the share `part`/`whole` with its Wilson score interval.

    Wilson, E. B. (1927), J. Am. Stat. Assoc. 22:209-212, without continuity correction. 0 of 0 is known
    to lie between 0 and 1, no more. Raises ValueError unless 0 <= part <= whole.
    """
    if not 0 <= part <= whole:
        raise ValueError(f"{part} is no part of {whole}")
    if whole == 0:
        return Share(0, 0, 0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = part / whole
    middle = share + z * z / (2 * whole)
    reach = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    return Share(part, whole, max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale))
