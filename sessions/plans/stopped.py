"""What the plan's page says that stops its sessions, before one is begun."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.components.status import Reason
from sessions.gate.gate import gate_for, known_beforehand
from sessions.gate.stops import Stop, StopCode
from sessions.plans.models import PlannedSession
from sessions.treatment.models import TreatmentSession


@dataclass(frozen=True, slots=True)
class Stopped:
    """The session `number` (its key) and what stops it, under a `title` of its own."""

    number: int
    title: str
    reasons: list[Reason]


#: What a session in progress isn't said to be stopped by: its next step, and what is about who looks.
_NOT_OF_THE_SESSION = frozenset({StopCode.NO_VIAL, StopCode.NOT_ENTITLED, StopCode.UNREAD_CHANGES})


def stopped_sessions(
    by: Actor, due: Iterable[PlannedSession], at: datetime, *, running: TreatmentSession | None = None
) -> list[Stopped]:
    """Return what stops the sessions `due` of one plan, in their order; those that nothing stops are left out.

    Of the one whose session is `running` the gate itself is asked, so that its page and this one say the same.
    """
    due = list(due)
    # A session is begun in its turn, so what runs is the first that waits.
    found = known_beforehand(by=by, due=due, at=at, begun=running is not None)
    titles = {row.pk: _("This stops %(session)s") % {"session": row} for row in due}
    if due:
        titles[due[0].pk] = _("This stops the next session")
    if running is not None:
        titles[running.planned_id] = _("The session in progress is stopped")
        found[running.planned_id] = _now(by, running, at)
    return [
        Stopped(row.pk, titles[row.pk], [Reason(stop.message, stop.url) for stop in found[row.pk]])
        for row in due if found.get(row.pk)
    ]  # fmt: skip


def _now(by: Actor, running: TreatmentSession, at: datetime) -> list[Stop]:
    injected = bool(running.zones.all())
    found = gate_for(by=by, planned=running.planned, vial=running.vial, at=at, injected=injected)
    return [stop for stop in found if stop.code not in _NOT_OF_THE_SESSION]
