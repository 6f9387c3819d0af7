"""What checkpoints put on the list of work: that the last one is too old, or that a place takes none."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.checkpoints.standing import last_checkpoint, lasting_failures
from clinic.worklist.registry import Urgency, WorkItem, worklist


@worklist(Permission.HANDLE_ALERTS)
def late_checkpoint(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Two queries. Seen while the page is made, so that it shows though worker and beat are away."""
    if last_checkpoint().late:
        yield WorkItem(
            urgency=Urgency.OVERDUE,
            title=_("The record trail’s last checkpoint is too old"),
            detail=_("For more than 15 minutes none was kept in two places outside the database."),
            action=_("See to it"),
            url=reverse("alert_list"),
            chip="ask",
        )
    if failing := lasting_failures():
        yield WorkItem(
            urgency=Urgency.TODAY,
            title=_("Checkpoints of the record trail don’t get everywhere"),
            detail=_("Not to: %(places)s") % {"places": ", ".join(failing)},
            action=_("See to it"),
            url=reverse("alert_list"),
            chip="ask",
        )
