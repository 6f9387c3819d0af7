"""The places among the active formulations: a pure rule."""

from collections.abc import Collection

#: A site works with two or three documented formulations, no more.
MOST_ACTIVE_FORMULATIONS = 3


def free_slot(taken: Collection[int]) -> int | None:
    """Return the lowest place that isn't in `taken`; None when all are."""
    return next((slot for slot in range(1, MOST_ACTIVE_FORMULATIONS + 1) if slot not in taken), None)
