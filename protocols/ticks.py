"""What the protocols do by the clock."""

from datetime import datetime, time
from typing import Any

from django.utils.translation import gettext as _

from clinic.accounts.actors import service_actor
from clinic.accounts.models import Site
from clinic.errors import Refused
from clinic.outbox.registry import Every, tick
from clinic.outbox.services import raise_alert
from protocols.decisions.models import Decision
from protocols.decisions.queries import due_to_take_effect
from protocols.decisions.services import take_effect


@tick("protocols.take_effect", every=Every.DAY, at=time(0, 5), latest_only=True)
def bring_into_force(payload: dict[str, Any], *, at: datetime) -> None:
    """Bring into force what was approved for today, at each site early in its own day.

    What stands against a version now is an alert, and it waits; a version before it stays in force.
    """
    site = Site.objects.get(pk=payload["site_id"])
    by = service_actor(site)
    for version in due_to_take_effect(site, at):
        try:
            take_effect(by=by, version=version, at=at)
        except Refused as refused:
            raise_alert(
                kind="protocol_waits", key=f"protocol waits {version.kind} {version.pk} {payload['period']}",
                text=" ".join([refused.message, *refused.reasons, _until_then(version)]),
                subject=str(version), at=at,
            )  # fmt: skip


def _until_then(version: Decision) -> str:
    """Say what goes on meanwhile: the version in force, where there is one."""
    if version.of_same_document().active().exists():
        return _("The version before stays in force.")
    return _("None is in force until then.")
