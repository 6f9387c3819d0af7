"""A version as people read it: on the screen, in the difference between two versions, on the sealed document.

Each slice registers how its versions are shown: `@shown.register`, in its `showing.py`.
"""

from dataclasses import dataclass
from functools import singledispatch

from django.utils.translation import gettext as _

from protocols.decisions.models import Decision


@dataclass(frozen=True, slots=True)
class Row:
    """A part of a version. `key` recognises it in another version, "" when only its words do; `label` names it.

    `was` says of a row that is named by its number where it stood, for a version in which it has another number.
    `drawing` is the key of the outline drawing that belongs to it, "" for none; `drawn_as` says what it shows.
    """

    key: str
    label: str
    cells: tuple[str, ...]
    drawing: str = ""
    drawn_as: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The parts of a version; `numeric` numbers the columns set flush right, `wide` the one that gets the room.

    A `numbered` one shows the number of each row before it. What is `derived` follows from the other tables, so no
    difference tells of it; without rows it isn't shown at all. Where rows stand means nothing, or is told by another
    table already, unless it is `ordered`.
    """

    heading: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric: tuple[int, ...] = ()
    wide: int = 0
    numbered: bool = False
    derived: bool = False
    ordered: bool = True

    @property
    def printed_columns(self) -> tuple[str, ...]:
        """The columns as they are printed: the number too."""
        return (_("No."), *self.columns) if self.numbered else self.columns

    @property
    def printed_rows(self) -> tuple[tuple[str, ...], ...]:
        """The cells as they are printed."""
        if not self.numbered:
            return tuple(row.cells for row in self.rows)
        return tuple((str(number), *row.cells) for number, row in enumerate(self.rows, start=1))

    @property
    def printed_numeric(self) -> tuple[int, ...]:
        """The numbers of the columns that are printed flush right."""
        return (0, *(column + 1 for column in self.numeric)) if self.numbered else self.numeric

    @property
    def printed_wide(self) -> int:
        """The number of the printed column that gets the room."""
        return self.wide + 1 if self.numbered else self.wide

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

    @property
    def tables_shown(self) -> tuple[Table, ...]:
        """The tables that a page and a document show."""
        return tuple(table for table in self.tables if table.rows or not table.derived)


@singledispatch
def shown(version: Decision) -> Shown:
    """Return `version` as people read it; reads its parts."""
    raise NotImplementedError(f"nobody says how {type(version).__name__} is shown")
