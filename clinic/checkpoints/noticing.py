"""What web and worker do about a rollback when they start."""

import logging

from django.db import Error as DatabaseError
from django.db import connection

from clinic import clock
from clinic.checkpoints.services import EmptyDatabaseError, look_for_rollback

logger = logging.getLogger(__name__)


def look_at_start() -> None:
    """Make the clinic read only when an older backup was put back. Whatever can't be compared is logged."""
    try:
        look_for_rollback(at=clock.now())
    except (DatabaseError, EmptyDatabaseError, OSError, ValueError) as error:
        logger.warning("the record trail wasn't compared with its checkpoints (%s: %s)", type(error).__name__, error)
    finally:
        connection.close()  # programs that fork from here open their own
