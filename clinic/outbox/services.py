"""Deferring work, and what a person does about work that could not be done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.canonical import canonical
from clinic.errors import Refused
from clinic.outbox.models import Alert, OutboxEntry
from clinic.outbox.priorities import Priority
from clinic.outbox.registry import effect_named
from clinic.outbox.wake import wake
from clinic.trail.models import Action
from clinic.trail.unit import OutsideUnitError, record, unit_of_work


def defer(
    effect: str,
    *,
    key: str,
    payload: Mapping[str, Any],
    run_after: datetime | None = None,
    priority: Priority | None = None,
) -> bool:
    """Owe `effect` with `payload`, to be done once after this transaction commits and `run_after` has come.

    Without `priority` it has that of its effect.
    The same effect and key twice are one row, also from two transactions at the same moment; the answer says
    whether this call wrote it. Raises OutsideUnitError outside a transaction and UnknownEffectError for an
    effect that nobody registered.
    """
    usual = effect_named(effect).priority
    if not connection.in_atomic_block:
        raise OutsideUnitError(f"{effect} deferred outside a unit of work")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_outboxentry "
            "(effect, key, payload, run_after, priority, attempts, leased_by, last_error) "
            "VALUES (%s, %s, %s::jsonb, %s, %s, 0, '', '') ON CONFLICT (effect, key) DO NOTHING",
            [effect, key, canonical(payload), run_after or clock.now(), usual if priority is None else priority],
        )
        made = bool(cursor.rowcount == 1)
    if made:
        _wake_after_commit()
    return made


def _wake_after_commit() -> None:
    # One message tells of all the work of a transaction; a rollback to a savepoint drops it with the rows.
    if all(entry[1] is not wake for entry in connection.run_on_commit):
        transaction.on_commit(wake, robust=True)


def raise_alert(*, kind: str, key: str, text: str, subject: str, at: datetime) -> None:
    """Show `text` to whoever handles alerts; the same `key` twice is one alert."""
    Alert.objects.bulk_create(
        [Alert(kind=kind, key=key, text=text, subject=subject, raised_at=at)], ignore_conflicts=True
    )


@unit_of_work
def acknowledge(*, by: Actor, alert: Alert, at: datetime) -> None:
    """Note that `by` has seen to `alert`; raises Refused when somebody did already."""
    by.require(Permission.HANDLE_ALERTS)
    still_open = Alert.objects.filter(pk=alert.pk, acknowledged_at=None)
    changed = still_open.update(acknowledged_at=at, acknowledged_by=by.user)
    if not changed:
        raise Refused(_("This alert was seen to already."))
    record(by=by, action=Action.CHANGE, subject=alert, after={"acknowledged_at": at}, at=at)


@unit_of_work
def try_again(*, by: Actor, entry: OutboxEntry, at: datetime) -> None:
    """Take parked work up again, with all its attempts; raises Refused when it isn't parked any more."""
    by.require(Permission.HANDLE_ALERTS)
    changed = OutboxEntry.objects.filter(pk=entry.pk, parked_at__isnull=False).update(
        parked_at=None, attempts=0, retry_after=None
    )
    if not changed:
        raise Refused(_("This work isn't parked any more: it is being done, or done."))
    record(by=by, action=Action.CHANGE, subject=entry, before={"parked_at": entry.parked_at}, at=at)
    _wake_after_commit()
