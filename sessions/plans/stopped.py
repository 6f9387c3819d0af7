"""What the plan's page says that stops its sessions, before one is begun."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.components.status import Reason
from sessions.gate.gate import known_beforehand
from sessions.plans.models import PlannedSession


@dataclass(frozen=True, slots=True)
class Stopped:
    """The session `number` (its key) and what stops it, under a `title` of its own."""

    number: int
    title: str
    reasons: list[Reason]


def stopped_sessions(by: Actor, due: Iterable[PlannedSession], at: datetime) -> list[Stopped]:
    """Return what stops the sessions `due` of one plan, in their order; those that nothing stops are left out."""
    due = list(due)
    found = known_beforehand(by=by, due=due, at=at)
    return [
        Stopped(
            row.pk,
            _("This stops the next session") if row == due[0] else _("This stops %(session)s") % {"session": row},
            [Reason(stop.message, stop.url) for stop in found[row.pk]],
        )
        for row in due if row.pk in found
    ]  # fmt: skip
