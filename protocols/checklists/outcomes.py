"""What a question of the checklist, and a whole checklist, can come to, from best to worst."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """Outcomes of an item and of a whole checklist (domain: P, C, D, R, X)."""

    PROCEED = "proceed", _("Proceed")
    CLEARANCE = "clearance", _("Needs a prescriber's clearance")
    DEFER = "defer", _("Defer")
    REDIRECT = "redirect", _("Surgical assessment")
    STOP = "stop", _("Do not treat")


#: A higher place wins: one stop outweighs any number of clearances.
SEVERITY: dict[Outcome, int] = {outcome: place for place, outcome in enumerate(Outcome)}


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the gravest of `outcomes`; to proceed when there is none."""
    return max(outcomes, key=SEVERITY.__getitem__, default=Outcome.PROCEED)
