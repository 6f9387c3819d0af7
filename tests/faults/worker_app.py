"""The clinic's Celery app with effects that only the fault tests know: `celery -A tests.faults.worker_app`.

Each effect writes a line into the table `fault_log`, which has no key: what was done twice stands there twice.
"""

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from clinic.celery import app
from clinic.outbox.registry import effect

__all__ = ["app"]


def log(payload: dict[str, Any]) -> None:
    """Write down that the effect was done."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO fault_log (key, pid) VALUES (%s, %s)", [payload["key"], os.getpid()])


@effect("fault.quick")
def quick(payload: dict[str, Any], *, at: datetime) -> None:
    """Do it at once."""
    log(payload)


@effect("fault.slow")
def slow(payload: dict[str, Any], *, at: datetime) -> None:
    """Do it, say so in a file, and take long to finish: the moment to be killed."""
    log(payload)
    Path(payload["begun"]).write_text(str(os.getpid()), encoding="ascii")
    while Path(payload["hold"]).exists():
        time.sleep(0.05)


@effect("fault.deadly", attempts=2)
def deadly(payload: dict[str, Any], *, at: datetime) -> None:
    """Take the whole process down, as a library that crashes does."""
    log(payload)
    os._exit(9)
