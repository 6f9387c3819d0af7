"""Whether the clinic's machinery works: database, Redis, worker, beat, checkpoints, and how long work has waited."""

import logging
from functools import cache
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from clinic import clock
from clinic.checkpoints.standing import last_checkpoint
from clinic.outbox.models import Heartbeat

logger = logging.getLogger(__name__)

#: Worker and beat give a sign of life every 10 s; three missing are an absence.
SILENT_S = 30.0
#: Work that has been due for longer than this says that nobody does it,
OLDEST_WORK_S = 300.0
#: unless a worker is at it just now: then there is merely much of it, as after an import.
OLDEST_WORK_WHILE_WORKING_S = 1800.0
REDIS_TIMEOUT_S = 0.5


def heartbeat(name: Heartbeat.Name) -> None:
    """Note a sign of life of `name`, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_heartbeat (name, at) VALUES (%s, clock_timestamp()) "
            "ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at",
            [name.value],
        )


def begin_anew() -> None:
    """Note that the clinic starts: signs of life from before count no more, and work waits from now on.

    Without it a start would be green on what the programs before it left, or not be for a backlog that nobody could
    work on while the clinic was closed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM clinic_heartbeat WHERE name = ANY(%s)",
            [[Heartbeat.Name.WORKER.value, Heartbeat.Name.BEAT.value]],
        )
    heartbeat(Heartbeat.Name.START)


def health() -> dict[str, Any]:
    """Return the state of each part, and `ok`: whether all of them are well, and the clinic isn't read only.

    Ages are in seconds; None says that there never was a sign of life.
    """
    found: dict[str, Any] = {"ok": False, "database": False, "redis": _redis_answers()}
    try:
        found |= _database_side()
    except DatabaseError as error:
        logger.warning("health: the database doesn't answer (%s)", type(error).__name__)
        return found | {"worker": False, "beat": False}
    most = OLDEST_WORK_WHILE_WORKING_S if found["working"] else OLDEST_WORK_S
    found["ok"] = (
        all(found[part] for part in ("database", "redis", "worker", "beat", "checkpoint"))
        and found["oldest_work_s"] <= most
        and not found["read_only"]
    )
    return found


def _database_side() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, extract(epoch FROM clock_timestamp() - at)::float FROM clinic_heartbeat")
        ages = dict(cursor.fetchall())
        # Due by the clinic's clock, waiting by the database's: whichever is shorter, so that neither
        # a due date long ago nor one far ahead counts as waiting.
        cursor.execute(
            "SELECT coalesce(max(extract(epoch FROM least(clock_timestamp() - created_at, %(at)s - run_after))), 0)"
            "::float, coalesce(bool_or(lease_until > clock_timestamp()), false) "
            "FROM clinic_outboxentry WHERE done_at IS NULL AND parked_at IS NULL AND run_after <= %(at)s",
            {"at": clock.now()},
        )
        oldest, working = cursor.fetchone()
        cursor.execute(
            "SELECT (SELECT count(*) FROM clinic_outboxentry WHERE parked_at IS NOT NULL), "
            "EXISTS (SELECT FROM clinic_rollback WHERE acknowledged_at IS NULL)"
        )
        parked, read_only = cursor.fetchone()
    # Nothing waits, and nothing is late, for longer than the clinic has been open.
    open_s = max(ages.get(Heartbeat.Name.START.value, float("inf")), 0.0)
    oldest = min(oldest, open_s)
    found: dict[str, Any] = {
        "database": True, "oldest_work_s": round(oldest, 1), "working": working, "parked": parked,
        "read_only": read_only,
    }  # fmt: skip
    for part in (Heartbeat.Name.WORKER.value, Heartbeat.Name.BEAT.value):
        age = ages.get(part)
        found[part] = age is not None and age <= SILENT_S
        found[f"{part}_age_s"] = None if age is None else round(age, 1)
    last = last_checkpoint()
    found["checkpoint"] = not last.late
    found["checkpoint_age_s"] = None if last.age_s is None else round(last.age_s, 1)
    return found


def _redis_answers() -> bool:
    from redis.exceptions import RedisError

    try:
        return bool(_redis().ping())
    except (RedisError, OSError):
        return False


@cache
def _redis() -> Any:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        socket_timeout=REDIS_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
