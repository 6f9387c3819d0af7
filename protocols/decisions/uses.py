"""What was done under a version: the rooms to the right say it, this room lists it.

    @used_in(TreatmentProtocolVersion, several=..., single=...)

is written by the room that knows; the page of a version counts the uses and leads to their list.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from clinic.accounts.permissions import Permission
from protocols.decisions.models import Decision

#: Counting stops here; what was used more often is "more than".
MOST_COUNTED = 10_000


class Used(NamedTuple):
    """One use, as a line of a list."""

    at: datetime
    text: str
    who: str
    url: str


class Uses(NamedTuple):
    """How the uses of a kind are found: rows with a `started_at`, and each as a line."""

    permission: Permission
    rows: Callable[[Decision], QuerySet[Any]]
    line: Callable[[Any], Used]


_uses: dict[type[Decision], Uses] = {}
_resting: dict[type[Decision], Callable[[Any], str]] = {}


def register_uses(
    model: type[Decision], *, permission: Permission, rows: Callable[[Any], QuerySet[Any]], line: Callable[[Any], Used]
) -> None:
    """Let the versions of `model` say where they were used, to those who hold `permission`; raises ValueError twice."""
    if model in _uses:
        raise ValueError(f"the uses of {model.__name__} are registered already")
    _uses[model] = Uses(permission, rows, line)


def register_resting(model: type[Decision], words: Callable[[Any], str]) -> None:
    """Let `words` say what rests on a version of `model` that is in force, "" for nothing; raises ValueError twice."""
    if model in _resting:
        raise ValueError(f"what rests on {model.__name__} is registered already")
    _resting[model] = words


def resting_on(version: Decision) -> str:
    """Say what can't go on once `version` is retired; "" where nothing rests on it, or nobody says it."""
    words = _resting.get(type(version))
    return words(version) if words is not None else ""


def uses_of(version: Decision) -> Uses | None:
    """Return how the uses of `version` are found; None for a kind that nothing is done under."""
    return _uses.get(type(version))


def count_of(version: Decision) -> int | None:
    """Return how often `version` was used, at most one more than MOST_COUNTED; None where nobody counts."""
    uses = uses_of(version)
    return uses.rows(version).order_by()[: MOST_COUNTED + 1].count() if uses is not None else None
