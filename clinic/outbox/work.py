"""What the outbox puts on the list of work: alerts that nobody has seen to."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.kept import Kept
from clinic.outbox.models import Alert
from clinic.worklist.registry import Urgency, WorkItem, worklist

MOST = 50
#: Alerts that nothing failed for: a person is asked.
ABOUT_SIGNATURES = {"signing_closed", "passkey_added", "passkey_removed"}


_OPEN = Kept(lambda: Alert.objects.filter(acknowledged_at=None).order_by("raised_at")[:MOST])


@worklist(Permission.HANDLE_ALERTS)
def open_alerts(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """One query."""
    for alert in _OPEN.all():
        yield WorkItem(
            urgency=Urgency.OVERDUE,
            title=(
                _("Somebody’s signature: ask whether it was they")
                if alert.kind in ABOUT_SIGNATURES
                else _("The clinic could not finish something by itself")
            ),
            detail=alert.text,
            action=_("See to it"),
            url=reverse("alert_list"),
            chip="ask",
            due_at=alert.raised_at,
        )
