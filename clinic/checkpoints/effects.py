"""Checkpoints by the clock."""

from datetime import datetime

from clinic.checkpoints.writing import write_checkpoint
from clinic.outbox.priorities import Priority
from clinic.outbox.registry import Every, Payload, tick


@tick("clinic.checkpoint", every=Every.FIVE_MINUTES, per_site=False, latest_only=True, priority=Priority.FIRST)
def checkpoint(payload: Payload, *, at: datetime) -> None:
    """Write a checkpoint of every chain."""
    write_checkpoint(at=at)
