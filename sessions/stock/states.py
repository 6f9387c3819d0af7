"""What a lot is good for just now, and what may be done with it; the lot's page and the services read this table."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from sessions.stock.models import LotMovementKind


class LotState(models.TextChoices):
    """Where a lot stands; it is the first of these that is true."""

    QUARANTINED = "quarantined", _("In quarantine")
    EXPIRED = "expired", _("Expired")
    EMPTY = "empty", _("Used up")
    OPEN_TOO_LONG = "open_too_long", _("Open too long")
    OPENED = "opened", _("Opened")
    SEALED = "sealed", _("Not opened")


#: Only these may go into a preparation.
USABLE = frozenset({LotState.OPENED, LotState.SEALED})

_K = LotMovementKind
_BOOK = frozenset({_K.RECEIVED, _K.ADJUSTED})

#: The movements that people record, by the lot's state. `used` is written by preparations alone.
MOVES: dict[LotState, frozenset[LotMovementKind]] = {
    LotState.QUARANTINED: frozenset({_K.RELEASED, _K.DISCARDED, _K.ADJUSTED}),
    LotState.EXPIRED: frozenset({_K.DISCARDED, _K.QUARANTINED, _K.ADJUSTED}),
    LotState.EMPTY: _BOOK,
    LotState.OPEN_TOO_LONG: frozenset({_K.DISCARDED, _K.QUARANTINED, _K.ADJUSTED}),
    LotState.OPENED: frozenset({_K.DISCARDED, _K.QUARANTINED}) | _BOOK,
    LotState.SEALED: frozenset({_K.OPENED, _K.DISCARDED, _K.QUARANTINED}) | _BOOK,
}


def lot_state(
    *,
    on: date,
    expires_on: date,
    balance_ul: int,
    quarantined: bool,
    opened: bool,
    opened_until_on: date | None = None,
) -> LotState:
    """Return where a lot stands on the day `on`: usable through its expiry day, and through `opened_until_on`."""
    if quarantined:
        return LotState.QUARANTINED
    if expires_on < on:
        return LotState.EXPIRED
    if balance_ul <= 0:
        return LotState.EMPTY
    if opened and opened_until_on is not None and opened_until_on < on:
        return LotState.OPEN_TOO_LONG
    return LotState.OPENED if opened else LotState.SEALED
