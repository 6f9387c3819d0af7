"""Whether a figure of the week is beyond a limit of the audit rules: values in, a standing out."""

from decimal import Decimal
from enum import StrEnum

from protocols.audit_rules.models import Measure, Side


class Standing(StrEnum):
    """How a figure stands to its limit."""

    BEYOND = "beyond"
    WITHIN = "within"
    TOO_FEW = "too_few"
    #: The limit is in something that the figure isn't counted in, such as hours.
    UNLIKE = "unlike"


def judge_share(
    *, part: int, whole: int, side: Side, threshold: Decimal, measure: Measure, least: int
) -> Standing:  # fmt: skip
    """Return how `part` of `whole` stands; a share of fewer than `least` is too few to judge, a count never is.

    Exactly at the limit is within it: somebody looks when it is above, or below.
    """
    if measure == Measure.COUNT:
        return _standing(Decimal(part), threshold, side)
    if measure == Measure.PERCENT:
        if whole < least:
            return Standing.TOO_FEW
        return _standing(Decimal(100 * part), threshold * whole, side)
    return Standing.UNLIKE


def judge_mean(*, mean: Decimal, of: int, side: Side, threshold: Decimal, measure: Measure, least: int) -> Standing:
    """Return how a mean in percent `of` so many values stands."""
    if measure != Measure.PERCENT:
        return Standing.UNLIKE
    return Standing.TOO_FEW if of < least else _standing(mean, threshold, side)


def _standing(figure: Decimal, limit: Decimal, side: Side) -> Standing:
    beyond = figure > limit if side == Side.ABOVE else figure < limit
    return Standing.BEYOND if beyond else Standing.WITHIN
