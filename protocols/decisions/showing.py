"""A version as people read it: on the screen, in the difference between two versions, on the sealed document.

Each slice registers how its versions are shown: `@shown.register`, in its `showing.py`.
"""

from dataclasses import dataclass
from functools import singledispatch

from protocols.decisions.models import Decision


@dataclass(frozen=True, slots=True)
class Row:
    """A part of a version. `key` recognises it in another version, "" when only its words do; `label` names it.

    `drawing` is the key of the outline drawing that belongs to it, "" for none; `drawn_as` says what it shows.
    """

    key: str
    label: str
    cells: tuple[str, ...]
    drawing: str = ""
    drawn_as: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The parts of a version; `numeric` numbers the columns set flush right, `wide` the one that gets the room."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric: tuple[int, ...] = ()
    wide: int = 0

    @property
    def drawn(self) -> bool:
        """Whether a drawing belongs to any of the rows."""
        return any(row.drawing for row in self.rows)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a version says: labelled facts, running texts, its parts, and `more` tables that stand below them."""

    facts: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    more: tuple[Table, ...] = ()
    #: Labels of what is only said at the approval: a version that isn't approved yet took nothing of it out.
    pending: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, the parts first."""
        return (self.table, *self.more) if self.table is not None else self.more


@singledispatch
def shown(version: Decision) -> Shown:
    """Return `version` as people read it; reads its parts."""
    raise NotImplementedError(f"nobody says how {type(version).__name__} is shown")
