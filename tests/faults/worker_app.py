"""The clinic's Celery app with effects that only the fault tests know: `celery -A tests.faults.worker_app`.

Each effect writes a line into the table `fault_log`, which has no key: what was done twice stands there twice.
"""

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from celery.signals import worker_init
from django.conf import settings
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


@worker_init.connect
def _hold_renderings(**_kwargs: object) -> None:
    """Know a form, and stop a rendering when told to: its file is stored, its row written, nothing committed."""
    from clinic.documents import making
    from clinic.documents.registry import register

    register("fault_form", title="Fault form")
    note = making.record
    hold = Path(settings.DATA_DIR) / "hold-rendering"

    def note_and_wait(**noted: Any) -> None:
        note(**noted)
        if hold.exists():
            hold.with_name("rendering-begun").write_text(str(os.getpid()), encoding="ascii")
        while hold.exists():
            time.sleep(0.05)

    making.record = note_and_wait
