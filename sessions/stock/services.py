"""Receiving stock and recording what happens to it. What is left is the sum of the movements, and never below zero."""

import uuid
from collections.abc import Callable
from datetime import date, datetime

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amounts import millilitre_text
from clinic.errors import NotAllowed, Refused
from clinic.kept import Kept
from clinic.pieces import lock
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from protocols.formulations.models import Ingredient
from sessions.stock.models import LotMovement, LotMovementKind, StockLot
from sessions.stock.queries import Standing, standing, with_standing
from sessions.stock.states import MOVES

#: An expiry date further away than this is taken for a slip of the keyboard.
LONGEST_SHELF_LIFE_YEARS = 10
#: What a lot may hold, in microlitres: 10 L.
MOST_UL = 10_000_000
#: Anybody who prepares may open a lot, and may put it out of use; the rest is for whoever receives stock.
BY_PREPARERS_TOO = frozenset({LotMovementKind.OPENED, LotMovementKind.QUARANTINED})
_NEED_A_REASON = frozenset(
    {
        LotMovementKind.DISCARDED,
        LotMovementKind.ADJUSTED,
        LotMovementKind.QUARANTINED,
        LotMovementKind.RELEASED,
    }
)


@unit_of_work
def receive_lot(
    *,
    by: Actor,
    ingredient: Ingredient,
    product: str,
    manufacturer: str,
    lot_number: str,
    expires_on: date,
    received_ul: int,
    opened_limit_days: int | None = None,
    submission_key: uuid.UUID,
    at: datetime,
) -> StockLot:
    """Record that a lot arrived, and return it.

    Raises Refused for one that is expired or expires today, one expiring implausibly late, one that was received
    before, and an ingredient of another site.
    """
    by.require(Permission.RECEIVE_STOCK)
    if (before := already_submitted(StockLot, submission_key, site=by.site)) is not None:
        return before
    _same_site(by, ingredient)
    on = clock.local(at, by.site).date()
    if expires_on <= on:
        raise Refused(
            _("This lot is not in date beyond today, so it can't be received. Check the expiry date on the pack."),
            field="expires_on",
        )
    if expires_on.year > on.year + LONGEST_SHELF_LIFE_YEARS:
        raise Refused(
            _("This expiry date is more than %(years)d years away. Check the year on the pack.")
            % {"years": LONGEST_SHELF_LIFE_YEARS},
            field="expires_on",
        )
    _within_bounds(received_ul)
    names = {"manufacturer": _words(manufacturer), "lot_number": _words(lot_number)}
    # Locked by its ingredient, so that the same delivery typed at two desks is received once.
    Ingredient.objects.select_for_update(no_key=True).get(pk=ingredient.pk)
    known = StockLot.objects.for_site(by.site).filter(
        ingredient=ingredient,
        manufacturer__iexact=names["manufacturer"],
        lot_number__iexact=names["lot_number"],
    )
    if (same := known.first()) is not None:
        raise Refused(
            _("Lot %(lot)s of %(ingredient)s was received on %(day)s. Open that lot and record the delivery there.")
            % {
                "lot": same.lot_number,
                "ingredient": ingredient,
                "day": date_format(clock.local(same.received_at, by.site).date(), "DATE_FORMAT"),
            },
            field="lot_number",
        )
    lot = StockLot.add(
        site=by.site,
        ingredient=ingredient,
        product=_words(product),
        **names,
        expires_on=expires_on,
        received_ul=received_ul,
        opened_limit_days=opened_limit_days,
        received_at=at,
        received_by=by.user,
        submission_key=submission_key,
    )
    LotMovement.add(lot=lot, kind=LotMovementKind.RECEIVED, volume_ul=received_ul, moved_at=at, moved_by=by.user)
    record(
        by=by, action=Action.CREATE, subject=lot, at=at,
        after={
            "ingredient": str(ingredient), "product": lot.product, **names, "expires_on": expires_on,
            "received_ul": received_ul, "opened_limit_days": opened_limit_days,
        },
    )  # fmt: skip
    return lot


@unit_of_work
def move_lot(
    *,
    by: Actor,
    lot: StockLot,
    kind: LotMovementKind,
    volume_ul: int = 0,
    reason: str = "",
    submission_key: uuid.UUID,
    at: datetime,
) -> LotMovement:
    """Record a movement of `lot` and return it.

    `volume_ul` is what arrived (received), what was thrown away (discarded) or how much was counted (adjusted), in
    microlitres; the other movements have none. Raises Refused for a movement that the lot's state doesn't allow
    (`states.MOVES`), for more than there is, and without a reason where one is asked.
    """
    _may_move(by, kind)
    _same_site(by, lot)
    lot, where = locked_standing(lot, at=at)
    if (before := already_submitted(LotMovement, submission_key, lot=lot)) is not None:
        return before
    if kind not in MOVES[where.state]:
        raise Refused(
            _("“%(kind)s” isn't possible for a lot that is: %(state)s.")
            % {"kind": kind.label, "state": where.state.label}
        )
    reason = _words(reason)
    if kind in _NEED_A_REASON and not reason:
        raise Refused(_("Say why, in a few words."), field="reason")
    signed_ul = _SIGNED_VOLUME.get(kind, _no_volume)(volume_ul, where)
    movement = LotMovement.add(
        lot=lot, kind=kind, volume_ul=signed_ul, reason=reason, moved_at=at, moved_by=by.user,
        submission_key=submission_key,
    )  # fmt: skip
    record(
        by=by, action=Action.CHANGE, subject=lot, reason=reason, at=at,
        before={"balance_ul": where.balance_ul},
        after={"movement": str(kind), "volume_ul": signed_ul, "balance_ul": where.balance_ul + signed_ul},
    )  # fmt: skip
    return movement


_STANDING: Kept[StockLot] = Kept(lambda pk: with_standing(StockLot.objects.select_related("site").filter(pk=pk)))


def locked_standing(lot: StockLot, *, at: datetime) -> tuple[StockLot, Standing]:
    """Lock `lot` until the unit ends, and return it with where it stands on the day of `at`."""
    # Two statements: in one, the sums could be older than the lock that was waited for.
    lock(StockLot, pk=lot.pk)
    fresh = _STANDING.get(pk=lot.pk)
    return fresh, standing(fresh, on=clock.local(at, fresh.site).date(), site=fresh.site)


def _may_move(by: Actor, kind: LotMovementKind) -> None:
    if kind in BY_PREPARERS_TOO and by.may(Permission.PREPARE):
        by.require(Permission.PREPARE)
        return
    by.require(Permission.RECEIVE_STOCK)


def _same_site(by: Actor, row: Model) -> None:
    if row.site_id != by.site.pk:  # type: ignore[attr-defined]
        raise NotAllowed(_("This is in the stock of another site. Change to that site first."))


def _within_bounds(volume_ul: int) -> None:
    if not 1 <= volume_ul <= MOST_UL:
        raise Refused(
            _("The volume must be from 0.001 to %(most)s mL.") % {"most": millilitre_text(MOST_UL)}, field="volume_ul"
        )


def _received(volume_ul: int, where: Standing) -> int:
    _within_bounds(volume_ul)
    _within_bounds(volume_ul + where.balance_ul)
    return volume_ul


def _discarded(volume_ul: int, where: Standing) -> int:
    _within_bounds(volume_ul)
    if volume_ul > where.balance_ul:
        raise Refused(
            _("Only %(left)s mL of this lot are left. Discard at most that, or count it again first.")
            % {"left": millilitre_text(where.balance_ul)},
            field="volume_ul",
        )
    return -volume_ul


def _adjusted(volume_ul: int, where: Standing) -> int:
    if not 0 <= volume_ul <= MOST_UL:
        raise Refused(
            _("The volume must be from 0 to %(most)s mL.") % {"most": millilitre_text(MOST_UL)}, field="volume_ul"
        )
    if volume_ul == where.balance_ul:
        raise Refused(_("Your count is what the record says already: there is nothing to correct."), field="volume_ul")
    return volume_ul - where.balance_ul


def _no_volume(volume_ul: int, where: Standing) -> int:
    if volume_ul:
        raise Refused(_("This movement has no volume. Leave the volume empty."), field="volume_ul")
    return 0


_SIGNED_VOLUME: dict[LotMovementKind, Callable[[int, Standing], int]] = {
    LotMovementKind.RECEIVED: _received,
    LotMovementKind.DISCARDED: _discarded,
    LotMovementKind.ADJUSTED: _adjusted,
}


def _words(text: str) -> str:
    """Return `text` trimmed, with single spaces."""
    return " ".join(text.split())
