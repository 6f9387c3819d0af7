"""Where a paper form stands: on its way, back whole or in part, entered, not used, or missing. Pure."""

from datetime import date
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _


class Standing(models.TextChoices):
    """Where one form stands."""

    OUT = "out", _("Printed")
    MISSING = "missing", _("Missing")
    PART = "part", _("Pages missing")
    RETURNED = "returned", _("Returned")
    ENTERED = "entered", _("Entered")
    NOT_USED = "not_used", _("Not used")


#: The chip that shows each.
CHIPS = {
    Standing.OUT: "wait", Standing.MISSING: "stop", Standing.PART: "ask", Standing.RETURNED: "ready",
    Standing.ENTERED: "done", Standing.NOT_USED: "plain",
}  # fmt: skip


def standing_of(
    *, returned: bool, whole: bool, entered: bool, ended: bool, printed_on: date, today: date
) -> Standing:  # fmt: skip
    """Return where a form stands that was printed on the day `printed_on`; `whole` says that every page is back.

    What came back outweighs that somebody called it not used: the paper with the signature is there. A form is missing
    once the day it was printed for is over. Whoever enters it in spite of a page that isn't there has settled that.
    """
    if returned:
        return Standing.ENTERED if entered else Standing.RETURNED if whole else Standing.PART
    if ended:
        return Standing.NOT_USED
    return Standing.MISSING if today > printed_on else Standing.OUT


class Tally(NamedTuple):
    """How a day's forms stand together: all printed, of these back (entered or not), not used, and (in part) out."""

    printed: int
    returned: int
    not_used: int
    left: int


def tally(standings: list[Standing]) -> Tally:
    """Count the forms of a day; printed = returned + not used + left."""
    back = sum(one in {Standing.RETURNED, Standing.ENTERED} for one in standings)
    unused = sum(one is Standing.NOT_USED for one in standings)
    return Tally(len(standings), back, unused, len(standings) - back - unused)
