"""When web and worker look whether the database was put back: when they start, and while they run."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error as DatabaseError
from django.db import connection

from clinic import clock
from clinic.checkpoints.services import EmptyDatabaseError, look_for_rollback
from clinic.trail.seen import gone_from_here

logger = logging.getLogger(__name__)


def look_at_start() -> None:
    """Make the clinic read only when an older backup was put back. Whatever can't be compared is logged."""
    try:
        with _what_fails_is_logged():
            look_for_rollback(at=clock.now())
    finally:
        connection.close()  # programs that fork from here open their own


def look_while_running() -> None:
    """Make the clinic read only when something that this process has written is gone; one small query while it isn't.

    It is done where nobody waits for it: when somebody asks whether the clinic is well, at each turn of the worker, and
    after a unit of work that found its chain cut off.
    """
    with _what_fails_is_logged():
        if gone_from_here():
            look_for_rollback(at=clock.now())


@contextmanager
def _what_fails_is_logged() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, EmptyDatabaseError, OSError, ValueError) as error:
        logger.warning("the record trail wasn't compared with its checkpoints (%s: %s)", type(error).__name__, error)
