"""The Celery app: one queue, two tasks, a schedule in code. Postgres owns every obligation (`clinic.outbox`).

CLINIC_WORKER_PROCESSES      how many processes one worker starts (default 2)
"""

import gc
import logging.config
import os
import signal

from celery import Celery
from celery.signals import (
    beat_init,
    setup_logging,
    worker_init,
    worker_process_init,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from django.conf import settings

from clinic.outbox.stopping import stop_soon
from clinic.starting import wait_until_prepared

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

WAKE_EVERY_S = 10.0

app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    imports=("clinic.outbox.tasks",),
    task_default_queue="clinic",
    beat_scheduler="clinic.outbox.beat:ClinicScheduler",
    beat_max_loop_interval=5,
    beat_schedule={
        "ticks": {
            "task": "clinic.outbox.write_due_ticks",
            "schedule": WAKE_EVERY_S,
            "options": {"expires": 60},
        },
        "drain": {
            "task": "clinic.outbox.drain",
            "schedule": WAKE_EVERY_S,
            "options": {"expires": 60},
        },
    },
    worker_concurrency=int(os.environ.get("CLINIC_WORKER_PROCESSES") or 2),
    # A page that loops or eats memory ends with its process; the entry's attempt is counted already.
    task_time_limit=120,
    worker_max_memory_per_child=600_000,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    timezone="UTC",
)


@setup_logging.connect
def _keep_the_logging_of_settings(**_kwargs: object) -> None:
    """Celery would replace the log format, which escapes what could forge a line."""
    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
def _load_then_look(**_kwargs: object) -> None:
    """Import what every child would import, once; then see whether an older backup was put back.

    Both before anything is written, or asked of the database.
    """
    import clinic.documents.rendering  # noqa: F401
    from clinic.checkpoints.noticing import look_at_start

    wait_until_prepared()
    look_at_start()


@worker_ready.connect
def _look_at_once(**_kwargs: object) -> None:
    """Do what waited while no worker ran, and show that this one works, without waiting for beat's next turn."""
    from clinic.outbox.wake import wake

    wake()


@worker_process_init.connect
def _warm_up(**_kwargs: object) -> None:
    """Load fonts and style sheets before the first document asks for them."""
    from clinic.documents.rendering import warm_up

    warm_up()


@worker_shutting_down.connect
def _take_up_no_more(**_kwargs: object) -> None:
    """End with the piece of work that each process is at, not with all that its turn has time for."""
    stop_soon()


@worker_ready.connect
@worker_shutdown.connect
def _checkpoint(**_kwargs: object) -> None:
    """Write down outside the database where the record trail ends when the clinic closes, and again when it opens.

    Nothing is added in between, and a clinic that opens after a night isn't ill for want of a checkpoint. A worker that
    is killed in the middle of its work writes none: beat does then (`clinic.outbox.beat`).
    """
    from clinic.checkpoints.writing import note_the_end

    note_the_end()


@worker_shutdown.connect
def _end_at_once(**_kwargs: object) -> None:
    """Leave what is loaded to itself: to search it for garbage at the end takes a second."""
    gc.freeze()


@beat_init.connect
def _let_beat_end_in_order(**_kwargs: object) -> None:
    """Let a signal break off what beat is at. Celery's own handler closes its scheduler in the middle of that."""
    wait_until_prepared()

    def leave(signum: int, frame: object) -> None:
        raise SystemExit

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, leave)
