"""Checkpoints by the clock."""

import logging
from datetime import datetime

from clinic.checkpoints.writing import TooFewPlacesError, write_checkpoint
from clinic.outbox.priorities import Priority
from clinic.outbox.registry import Every, Payload, tick

logger = logging.getLogger(__name__)


@tick("clinic.checkpoint", every=Every.FIVE_MINUTES, per_site=False, latest_only=True, priority=Priority.FIRST)
def checkpoint(payload: Payload, *, at: datetime) -> None:
    """Write a checkpoint of every chain.

    Too few places are no reason to undo it and try the same again: what each of them said would be undone with it, and
    the next one comes in five minutes. The page of alerts tells of the places.
    """
    try:
        write_checkpoint(at=at)
    except TooFewPlacesError as error:
        logger.warning("%s", error)
