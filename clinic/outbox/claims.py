"""Taking an entry, and saying how it ended: the few statements that make every effect happen once.

Three guards stand behind each other. A claim takes the row under `FOR UPDATE SKIP LOCKED` and commits a
lease, so two workers never begin the same entry. The effect's transaction holds the row's lock until it
ends, so a lease that runs out under a slow but living worker is not handed on, while a dead worker's
lock is gone with its connection. And the mark "done" is part of that transaction and names the lease,
so whoever lost the lease can't commit. Leases count by the database's clock.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from clinic.outbox.models import OutboxEntry

LEASE_S = 30
BACK_OFF_FIRST_S = 5
BACK_OFF_LONGEST_S = 3_600
ERROR_LENGTH = 4_000

_CLAIM = """
WITH next AS MATERIALIZED (
    SELECT id FROM clinic_outboxentry
    WHERE done_at IS NULL AND parked_at IS NULL
      AND effect = ANY(%(effects)s) AND run_after <= %(at)s
      AND (lease_until IS NULL OR lease_until < clock_timestamp())
      AND (retry_after IS NULL OR retry_after < clock_timestamp())
    ORDER BY {order}
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE clinic_outboxentry entry
SET lease_until = clock_timestamp() + %(lease_s)s * interval '1 second',
    leased_by = %(holder)s, attempts = entry.attempts + 1
FROM next WHERE entry.id = next.id
RETURNING entry.id, entry.effect, entry.key, entry.payload::text, entry.attempts
"""
#: Each has an index that yields the entries in this order.
_FIRST, _OLDEST = (_CLAIM.format(order=order) for order in ("priority, run_after, id", "run_after, id"))

_FAIL = """
UPDATE clinic_outboxentry
SET lease_until = NULL, leased_by = '', last_error = %(error)s,
    retry_after = CASE WHEN %(park)s THEN NULL ELSE clock_timestamp() + %(wait_s)s * interval '1 second' END,
    parked_at = CASE WHEN %(park)s THEN clock_timestamp() ELSE NULL END
WHERE id = %(id)s AND leased_by = %(holder)s AND done_at IS NULL
"""


class LeaseLostError(RuntimeError):
    """Another worker holds this entry now: nothing of this attempt may be kept."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An entry that this worker holds, for `LEASE_S` seconds or as long as its transaction lives."""

    id: int
    effect: str
    key: str
    payload: dict[str, Any]
    attempts: int
    holder: str


def claim(*, effects: list[str], holder: str, at: datetime, oldest: bool = False) -> Claim | None:
    """Take the entry that has waited longest, of the first priority among those due at `at`; None when nothing is due.

    With `oldest` the priority says nothing: whoever asks so now and then sees that nothing waits for ever.
    `holder` is a name that no other claim has. The attempt is counted before it begins, so an effect
    that kills its worker runs out of attempts too.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _OLDEST if oldest else _FIRST, {"effects": effects, "at": at, "lease_s": LEASE_S, "holder": holder}
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return Claim(id=row[0], effect=row[1], key=row[2], payload=json.loads(row[3]), attempts=row[4], holder=holder)


def hold(claimed: Claim) -> None:
    """Lock the entry until the end of this transaction; raises LeaseLostError when the lease has moved on."""
    found = (
        OutboxEntry.objects.select_for_update(no_key=True)
        .filter(pk=claimed.id, leased_by=claimed.holder, done_at=None, parked_at=None)
        .values_list("pk", flat=True)
        .first()
    )
    if found is None:
        raise LeaseLostError(f"{claimed.effect} {claimed.id}")


def complete(claimed: Claim) -> None:
    """Mark the entry done, in the transaction of its effect; raises LeaseLostError."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clinic_outboxentry SET done_at = clock_timestamp(), lease_until = NULL, leased_by = '', "
            "last_error = '' WHERE id = %s AND leased_by = %s AND done_at IS NULL AND parked_at IS NULL",
            [claimed.id, claimed.holder],
        )
        if cursor.rowcount != 1:
            raise LeaseLostError(f"{claimed.effect} {claimed.id}")


def fail(claimed: Claim, *, error: str, park: bool) -> bool:
    """Give the entry back, to be tried after a pause that doubles, or park it; says whether it was ours to give."""
    wait_s = min(BACK_OFF_FIRST_S * 2 ** (claimed.attempts - 1), BACK_OFF_LONGEST_S)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _FAIL,
            {
                "error": error[-ERROR_LENGTH:].replace("\x00", ""),
                "park": park, "wait_s": wait_s, "id": claimed.id, "holder": claimed.holder,
            },
        )  # fmt: skip
        return bool(cursor.rowcount == 1)


def waiting(*, effects: list[str], at: datetime) -> bool:
    """Whether an entry could be claimed now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM clinic_outboxentry WHERE done_at IS NULL AND parked_at IS NULL "
            "AND effect = ANY(%s) AND run_after <= %s "
            "AND (lease_until IS NULL OR lease_until < clock_timestamp()) "
            "AND (retry_after IS NULL OR retry_after < clock_timestamp()))",
            [effects, at],
        )
        return bool(cursor.fetchone()[0])
