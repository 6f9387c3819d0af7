"""How a lot is shown: its state and expiry as colour, icon and word."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from sessions.stock.models import LotMovementKind
from sessions.stock.queries import EXPIRING_SOON_DAYS, Standing
from sessions.stock.services import BY_PREPARERS_TOO
from sessions.stock.states import LotState

KINDS = {
    LotState.QUARANTINED: "stop",
    LotState.EXPIRED: "stop",
    LotState.EMPTY: "plain",
    LotState.OPEN_TOO_LONG: "stop",
    LotState.OPENED: "ready",
    LotState.SEALED: "ready",
}


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot on the screen."""

    lot: Any
    standing: Standing
    today: date

    @property
    def kind(self) -> str:
        """The chip of its state."""
        return KINDS[self.standing.state]

    @property
    def soon(self) -> str:
        """In how many days it expires, "" when that isn't soon."""
        days = (self.lot.expires_on - self.today).days
        if not 0 <= days <= EXPIRING_SOON_DAYS or self.standing.balance_ul <= 0:
            return ""
        if days == 0:
            return _("Expires today")
        return ngettext("In %(days)d day", "In %(days)d days", days) % {"days": days}


def may_record(actor: Actor, kind: LotMovementKind) -> bool:
    """Whether `actor` may record a movement of this kind."""
    return actor.may(Permission.RECEIVE_STOCK) or (kind in BY_PREPARERS_TOO and actor.may(Permission.PREPARE))
