"""A stop of the next session, on the patient's page."""

from django.utils.translation import gettext as _

from patients.registry.overview import About, WayStep
from sessions.gate.links import may_follow
from sessions.gate.stops import Stop


def holding(about: About, stop: Stop, *, label: str, action: str, stopped: bool = True) -> WayStep:
    """Return what holds the next session back, as the gate says it, with `action` for whoever may follow the stop.

    It is waited for where it isn't `stopped`: nobody has to do anything yet.
    """
    url = stop.url if may_follow(about.actor, stop) else ""
    return WayStep(
        label=label, done=False, stopped=stopped, url=url, action=action if url else "",
        sentence=_("This stops the next session: %(why)s") % {"why": stop.message} if stopped else stop.message,
    )  # fmt: skip
