"""What the outbox puts on the list of work: alerts that nobody has seen to."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.outbox.models import Alert
from clinic.worklist.registry import Urgency, WorkItem, worklist

MOST = 50


@worklist(Permission.HANDLE_ALERTS)
def open_alerts(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """One query."""
    for alert in Alert.objects.filter(acknowledged_at=None).order_by("raised_at")[:MOST]:
        yield WorkItem(
            urgency=Urgency.OVERDUE,
            title=_("The clinic could not finish something by itself"),
            detail=alert.text,
            action=_("See to it"),
            url=reverse("alert_list"),
            chip="ask",
            due_at=alert.raised_at,
        )
