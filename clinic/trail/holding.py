"""While the clinic is read only: what may go on, and what it says of the rest.

A database that was put back to an earlier state (`clinic.checkpoints.rollback`) is read only until a person begins a
new epoch. Nothing may be added to a chain before that: its numbers were given out already, to entries that are lost.
Looks at records wait for their entries in a table of their own, everything else is refused.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Role
from clinic.canonical import canonical
from clinic.trail.models import Action, Rollback, WaitingLook
from clinic.trail.notes import Note

#: What changes nothing of the record.
LOOKS = frozenset(
    {Action.READ, Action.PRINT, Action.EXPORT, Action.DOWNLOAD, Action.SWITCH_SITE, Action.SIGN_IN, Action.SIGN_REFUSED}
)


def what_to_do() -> str:
    """Return what people are told who want to write."""
    return _(
        "An older backup was put back, and what was recorded after it is lost. The clinic is read only: nothing was "
        "saved, records can be opened. Work on paper until the manager has looked at what is missing and has run "
        "bin/manage begin_epoch on the server."
    )


def is_held() -> bool:
    """Whether the clinic is read only; one query."""
    return Rollback.objects.filter(acknowledged_at=None).exists()


def may_wait(notes: Iterable[Note]) -> bool:
    """Whether all the notes are of looks."""
    return all(note.action in LOOKS for note in notes)


def waiting(note: Note) -> tuple[int, int, str]:
    """Return site, person and content of the row in which a look waits."""
    names = ("object_type", "object_id", "object_label", "patient_id", "occurred_at", "reason", "before", "after")
    said = {name: getattr(note, name) for name in names} | {"action": str(note.action)}
    by = {"roles": sorted(note.by.roles), "request_id": note.by.request_id, "address": note.by.address}
    return note.by.site.pk, note.by.user.pk, canonical(said | by)


def note_of(look: WaitingLook) -> Note:
    """Return the note that waited, with its person and site loaded."""
    said: dict[str, Any] = dict(look.note)
    by = Actor(
        user=look.actor, site=look.site, roles=frozenset(Role(role) for role in said.pop("roles")),
        request_id=said.pop("request_id"), address=said.pop("address"),
    )  # fmt: skip
    at = datetime.fromisoformat(said.pop("occurred_at"))
    return Note(by=by, action=Action(said.pop("action")), occurred_at=at, **said)
