"""Telling the workers to look. Only a hint: what is owed stands in Postgres, and beat wakes them anyway."""

import logging
import threading
import time
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from kombu.connection import Connection

logger = logging.getLogger(__name__)

#: After a failure nobody tries for so long: a page must not pay for a broken Redis again and again.
QUIET_S = 15.0
#: What one try may cost a page.
TIMEOUT_S = 0.4

_quiet_until = 0.0
_lock = threading.Lock()


def wake() -> None:
    """Send the workers a message; a Redis that is away costs one line in the log and half a second at most."""
    global _quiet_until  # noqa: PLW0603 - one state per process, under a lock
    if time.monotonic() < _quiet_until:
        return
    # Imported late: a process that defers nothing needn't load Celery.
    from kombu.exceptions import OperationalError
    from kombu.pools import producers
    from redis.exceptions import RedisError

    from clinic.outbox.tasks import WAKE_EXPIRES_S
    from clinic.outbox.tasks import drain as drain_task

    try:
        with producers[_connection()].acquire(block=True, timeout=TIMEOUT_S) as producer:
            drain_task.apply_async(producer=producer, retry=False, expires=WAKE_EXPIRES_S)
    except (OperationalError, RedisError, OSError) as error:
        with _lock:
            _quiet_until = time.monotonic() + QUIET_S
        logger.warning("no worker could be woken (%s); beat or the next commit will", type(error).__name__)


@cache
def _connection() -> "Connection":
    return impatient_connection(settings.REDIS_URL)


def impatient_connection(url: str) -> "Connection":
    """Return a connection (not opened yet) that tries once, for `TIMEOUT_S`, and says so when it fails.

    kombu's own way is to try again for many seconds, which a page doesn't have.
    """
    from kombu.connection import Connection

    return Connection(  # type: ignore[no-untyped-call]
        url,
        transport_options={
            **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
            "socket_connect_timeout": TIMEOUT_S,
            "socket_timeout": TIMEOUT_S,
            "max_retries": 0,
            "interval_start": 0,
            "interval_step": 0,
        },
    )
