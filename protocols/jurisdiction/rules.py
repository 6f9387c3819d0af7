"""What the jurisdiction table says about a formulation: values in, sentences out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from protocols.jurisdiction.models import WITH_REASON, LegalStatus


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the table in force: `status` is a LegalStatus, `consent_line` what the patient reads."""

    status: str
    consent_line: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What stands against approving a formulation, and what it may be approved with.

    `obstacles` are sentences; `notes` the restricted ingredients as they are kept with the approval: ingredient id,
    name, status, and the line that the patient reads.
    """

    obstacles: list[str]
    notes: list[dict[str, Any]]


def rule(ingredients: Sequence[tuple[int, str]], table: Mapping[int, Entry] | None) -> Ruling:
    """Judge a formulation of `ingredients` (id and name) by the `table` in force, by ingredient; None for no table.

    An ingredient that nobody looked up isn't allowed: not knowing is no permission.
    """
    if table is None:
        return Ruling(
            [
                _(
                    "No jurisdiction table is in force at this site, so nobody knows yet whether these ingredients may "
                    "be used. Have it approved first."
                )
            ],
            [],
        )
    obstacles, notes = [], []
    for key, name in ingredients:
        entry = table.get(key)
        if entry is None:
            obstacles.append(_("%(name)s isn't in the jurisdiction table. Look it up and add it.") % {"name": name})
        elif entry.status == LegalStatus.NOT_ALLOWED:
            obstacles.append(_("The jurisdiction table doesn't allow %(name)s.") % {"name": name})
        elif entry.status in WITH_REASON:
            notes.append({"ingredient": key, "name": name, "status": entry.status, "line": entry.consent_line})
    return Ruling(obstacles, notes)


def since_approved(
    ingredients: Sequence[tuple[int, str]], table: Mapping[int, Entry] | None, notes: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return what the `table` in force now says against a formulation that was approved with `notes`.

    A site without a table goes on as before; it isn't ready until it has one. A restriction, or a line for the
    patient, that the approval doesn't hold needs a new version with the physician's reason.
    """
    if table is None:
        return []
    ruling = rule(ingredients, table)
    held = {(note["ingredient"], note["status"], note["line"]) for note in notes}
    new = [note for note in ruling.notes if (note["ingredient"], note["status"], note["line"]) not in held]
    return ruling.obstacles + [
        _("%(name)s is now: %(status)s. Have a new version of the formulation approved, with the physician's reason.")
        % {"name": note["name"], "status": LegalStatus(note["status"]).label}
        for note in new
    ]
