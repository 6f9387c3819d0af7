"""What this process has written into the trail itself: a memory that a backup which is put back doesn't reach.

A checkpoint is up to five minutes old when somebody restores the database under a running clinic, and the next one may
be as far away. But whoever has added an entry knows that it was committed. So each process keeps the last end of each
chain that it wrote, and looks at it where the chain's end is in its hands anyway: comparing two numbers in memory costs
an entry nothing. An end that has moved on meanwhile says nothing in itself, since others write too; whether the entry
that was last is still there is asked once in some seconds, by one query (`clinic.checkpoints.noticing`).
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from clinic.trail.appending import End

type Seen = tuple[int, int, str]

#: For each database, and each site in it: epoch, number and hash of the last entry that this process has committed.
_seen: dict[tuple[str, str, str], dict[int, Seen]] = {}

_GONE = """
SELECT said.site, said.epoch, said.seq, said.hash
FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::text[]) AS said (site, epoch, seq, hash)
WHERE NOT EXISTS (SELECT FROM clinic_trailevent entry
        WHERE entry.site_id = said.site AND entry.seq = said.seq AND entry.hash = said.hash)
    AND NOT EXISTS (SELECT FROM clinic_chainhead head WHERE head.site_id = said.site AND head.epoch > said.epoch)
"""


def _here() -> dict[int, Seen]:
    at = connection.settings_dict
    return _seen.setdefault((at["NAME"], at["HOST"], str(at["PORT"])), {})


def remember(ends: Mapping[int, End]) -> None:
    """Note the ends of chains by site, as they are now that the transaction has been committed."""
    here = _here()
    for site, end in ends.items():
        now = (end.epoch, end.seq, end.hash)
        if now[:2] > here.get(site, (0, 0, ""))[:2]:  # of two threads the later entry may be noted first
            here[site] = now


def forget() -> None:
    """Know nothing any more: for whoever empties a database on purpose, as tests do."""
    _seen.clear()


def went_back(ends: Mapping[int, End]) -> bool:
    """Whether one of the ends, as they were read under their lock, is before what this process has committed."""
    here = _here()
    return any((end.epoch, end.seq) < here.get(site, (0, 0, ""))[:2] for site, end in ends.items())


def gone_from_here() -> list[tuple[int, int, int, str]]:
    """Return site, epoch, number and hash of what this process has written and isn't there; one query, or none.

    What an epoch ended before that has begun since, is acknowledged.
    """
    here = sorted(_here().items())
    if not here:
        return []
    columns: list[Any] = [
        [site for site, _seen in here],
        *([seen[place] for _site, seen in here] for place in range(3)),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_GONE, columns)
        return [(site, epoch, seq, digest) for site, epoch, seq, digest in cursor.fetchall()]
