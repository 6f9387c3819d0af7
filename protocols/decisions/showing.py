"""A version as people read it: on the screen, in the difference between two versions, on the sealed document.

Each slice registers how its versions are shown: `@shown.register`, in its `showing.py`.
"""

from dataclasses import dataclass
from functools import singledispatch

from protocols.decisions.models import Decision


@dataclass(frozen=True, slots=True)
class Row:
    """A part of a version. `key` recognises it in another version, "" when only its words do; `label` names it."""

    key: str
    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The parts of a version; `numeric` numbers the columns set flush right, `wide` the one that gets the room."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric: tuple[int, ...] = ()
    wide: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What a version says: labelled facts, running texts, and its parts."""

    facts: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...] = ()
    table: Table | None = None


@singledispatch
def shown(version: Decision) -> Shown:
    """Return `version` as people read it; reads its parts."""
    raise NotImplementedError(f"nobody says how {type(version).__name__} is shown")
