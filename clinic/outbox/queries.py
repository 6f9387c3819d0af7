"""How a piece of deferred work stands."""

from clinic.outbox.models import OutboxEntry


def was_given_up(effect: str, key: str) -> bool:
    """Whether the work was tried as often as it may be, in vain, and waits for a person."""
    return OutboxEntry.objects.filter(effect=effect, key=key, parked_at__isnull=False).exists()
