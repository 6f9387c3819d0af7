"""The scheduler of beat: keeps nothing on disk, never waits for Redis, and shows in the database that it lives."""

import gc
import logging
import time
from functools import cached_property
from typing import Any

from celery.beat import Scheduler
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from kombu.connection import Connection

from clinic.checkpoints.writing import note_the_end
from clinic.outbox.health import heartbeat
from clinic.outbox.models import Heartbeat
from clinic.outbox.wake import impatient_connection

logger = logging.getLogger(__name__)

HEARTBEAT_EVERY_S = 10.0


class ClinicScheduler(Scheduler):
    """Sends the schedule that stands in `clinic.celery`.

    What fell due is worked out from the database (`clinic.outbox.ticks`), so beat has nothing to
    remember: a schedule file could only go stale or break.
    """

    _last_beat = float("-inf")

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Give a sign of life when one is due, then do one turn."""
        if time.monotonic() - self._last_beat >= HEARTBEAT_EVERY_S:
            self._last_beat = time.monotonic()
            self._give_sign_of_life()
        return float(super().tick(*args, **kwargs))

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Send one message; when Redis is away say so in one line and try again at the next turn."""
        try:
            self.apply_async(entry, producer=producer, advance=False, retry=False)
        except Exception as error:  # noqa: BLE001 - beat must outlive whatever the broker's client raises
            logger.warning("beat: %s not sent (%s)", entry.name, type(error.__cause__ or error).__name__)
            self.__dict__.pop("producer", None)

    def close(self) -> None:
        """End, and write down outside the database where the record trail ends.

        The worker does so as well, after the piece of work that it is at; which may take longer than it is given.
        """
        super().close()
        note_the_end()
        gc.freeze()  # to search what is loaded for garbage takes a second, and everything else waits for our end

    @cached_property
    def connection(self) -> Connection:
        """The connection, which tries once: waiting for Redis would stop the signs of life."""
        return impatient_connection(settings.REDIS_URL)

    def _ensure_connected(self) -> Connection:
        return self.connection

    def _give_sign_of_life(self) -> None:
        close_old_connections()
        try:
            heartbeat(Heartbeat.Name.BEAT)
        except DatabaseError as error:
            logger.warning("beat: no sign of life written (%s)", type(error).__name__)
