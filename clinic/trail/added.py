"""What the trail says of facts that a unit added: the hash of their rows, so that none changes or goes unseen."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Model

from clinic.canonical import plain
from clinic.signing.rows import rows_added
from clinic.trail.models import LOOKS
from clinic.trail.notes import Note


class Added(NamedTuple):
    """A row that was added, and how many notes its unit had then: it belongs to the next one."""

    model: type[Model]
    key: Any
    place: int

    @property
    def record(self) -> tuple[str, str]:
        """The record as a note names it."""
        return self.model._meta.label, str(self.key)


def say_what_was_added(added: Sequence[Added], notes: Sequence[Note]) -> None:
    """Say in each of `notes` what was `added` before it; one query where something was, however much.

    Whoever writes a fact records it next. What was signed has its hash in the entry of the signature already, and looks
    are never searched for rows.
    """
    hashed = {note.record for note in notes if note.at_the_end is not None}
    places = [number for number, note in enumerate(notes) if note.action not in LOOKS]
    told: dict[int, list[tuple[type[Model], Any]]] = {}
    for row in added:
        if places and row.record not in hashed:
            place = next((each for each in places if each >= row.place), places[-1])
            told.setdefault(place, []).append((row.model, row.key))
    if not told:
        return
    for place, said in zip(told, rows_added(list(told.values())), strict=True):
        notes[place].added = plain(said)
