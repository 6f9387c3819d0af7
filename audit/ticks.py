"""What the audit does by the clock."""

from datetime import datetime, time
from typing import Any

from audit.month6.services import open_due_audits
from clinic.accounts.actors import service_actor
from clinic.accounts.models import Site
from clinic.outbox.registry import Every, tick


@tick("audit.open_due", every=Every.DAY, at=time(4, 30), latest_only=True)
def open_due(payload: dict[str, Any], *, at: datetime) -> None:
    """Open the photo audits that fell due, at each site early in its own morning."""
    open_due_audits(by=service_actor(Site.objects.get(pk=payload["site_id"])), at=at)
