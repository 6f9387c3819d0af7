"""The two statements that every unit of work ends with, written by hand.

Everything that is done or looked at passes here, and Django takes longer to write these statements than Postgres takes
to answer them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import connection

from clinic.trail.models import EPOCH

#: The columns of an entry, in the order in which `write_entries` takes them.
COLUMNS = (
    "epoch", "seq", "recorded_at", "occurred_at", "actor_id", "actor_name", "site_id", "action", "object_type",
    "object_id", "object_label", "patient_id", "request_id", "reason", "body", "prev_hash", "hash",
)  # fmt: skip

_ENDS = (
    "SELECT site_id, epoch, seq, hash, recorded_at, "
    "EXISTS (SELECT FROM clinic_rollback WHERE acknowledged_at IS NULL) FROM clinic_chainhead "
)
#: Whoever waits for a row that others change is served by chance; an advisory lock is a queue. It only makes waiting
#: fair: the row's lock is what keeps the chain whole.
_QUEUES = 0x7472_6169
_LOCK_ONE = _ENDS + "WHERE site_id = %s AND pg_advisory_xact_lock(%s, %s) IS NOT NULL FOR UPDATE"
_LOCK = _ENDS + (  # noqa: S608  # all of it stands here
    "WHERE site_id = ANY(%(sites)s::bigint[]) "
    "AND (SELECT count(*) FROM clinic_chainhead WHERE site_id = ANY(%(sites)s::bigint[])) = %(number)s "
    "ORDER BY site_id FOR UPDATE"
)
_BEGIN = (
    "INSERT INTO clinic_chainhead (site_id, epoch, seq, hash, count) "
    "SELECT site, %s, 0, repeat('0', 64), 0 FROM unnest(%s::bigint[]) site ORDER BY site ON CONFLICT DO NOTHING"
)
_ENTRY = f"({', '.join(['%s'] * len(COLUMNS))})"
_INSERT = f"INSERT INTO clinic_trailevent ({', '.join(COLUMNS)}) VALUES "  # noqa: S608  # all of it stands above
#: A queue has a number of 31 bits.
_NUMBERS = 2**31
#: A statement takes at most 65,535 values.
_AT_ONCE = 1_000
_LOOK = "INSERT INTO clinic_waitinglook (site_id, actor_id, note) VALUES (%s, %s, %s::jsonb)"


@dataclass(slots=True)
class End:
    """Where a site's chain ends: the row of `ChainHead`, moved on as entries are made."""

    epoch: int
    seq: int
    hash: str
    recorded_at: datetime | None
    #: Whether the clinic is read only (`clinic.trail.holding`).
    held: bool


def locked_ends(site_ids: Collection[int]) -> dict[int, End]:
    """Return the ends of the sites' chains by site, locked in the order of the ids; a chain that isn't there begins.

    Nobody holds the end of one chain while they begin another: two who need the same two would wait for each other.
    """
    sites = sorted(site_ids)
    with connection.cursor() as cursor:
        for first in (True, False):
            if len(sites) == 1:
                cursor.execute(_LOCK_ONE, [sites[0], _QUEUES, sites[0] % _NUMBERS])
            else:
                cursor.execute(_LOCK, {"sites": sites, "number": len(sites)})
            if found := {site_id: End(*columns) for site_id, *columns in cursor.fetchall()}:
                return found
            if first:
                # Another unit may begin the same chain: whoever comes second waits here for the first.
                cursor.execute(_BEGIN, [EPOCH, sites])
    raise RuntimeError(f"the record trail of the sites {sites} has no end")


def write_entries(entries: Sequence[tuple[Any, ...]]) -> None:
    """Add `entries`, each as COLUMNS has it; Postgres moves the ends of their chains on (`clinic.trail.following`).

    Nearly always that is one entry of one site; it is one statement for up to a thousand.
    """
    with connection.cursor() as cursor:
        for some in batched(entries, _AT_ONCE):
            values = [value for entry in some for value in entry]
            cursor.execute(_INSERT + ", ".join([_ENTRY] * len(some)), values)


def keep_looks(rows: Sequence[tuple[int, int, str]]) -> None:
    """Add looks that wait for their entries: site, person and content."""
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(_LOOK, row)
