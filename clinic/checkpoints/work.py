"""What checkpoints put on the list of work: that the last one is too old."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.outbox.health import checkpoint_is_late
from clinic.worklist.registry import Urgency, WorkItem, worklist


@worklist(Permission.HANDLE_ALERTS)
def late_checkpoint(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """One query. Seen while the page is made, so that it shows though worker and beat are away."""
    if checkpoint_is_late():
        yield WorkItem(
            urgency=Urgency.OVERDUE,
            title=_("The record trail’s last checkpoint is too old"),
            detail=_("For more than 15 minutes none was written outside the database."),
            action=_("See to it"),
            url=reverse("alert_list"),
            chip="ask",
        )
