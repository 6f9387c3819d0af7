"""What the ground floor does by the clock."""

from datetime import datetime, time
from importlib import import_module

from django.conf import settings

from clinic.outbox.registry import Every, Payload, tick


@tick("clinic.clear_sign_ins", every=Every.DAY, at=time(2, 40), per_site=False, latest_only=True)
def clear_sign_ins(payload: Payload, *, at: datetime) -> None:
    """Delete the sign-ins that have expired."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
