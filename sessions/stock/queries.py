"""What is in stock: lots with what is left of them, and which may be used."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from clinic import clock
from clinic.accounts.models import Site
from clinic.kept import Kept
from protocols.decisions.states import State
from protocols.formulations.models import FormulationLine, Ingredient
from sessions.preparation.models import PreparationLine, PreparationStatus
from sessions.stock.models import LotMovement, LotMovementKind, StockLot
from sessions.stock.states import MOVES, USABLE, LotState, lot_state

#: Lots that expire within so many days are shown as expiring soon.
EXPIRING_SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lot stands on a day; `held_ul` of its balance is in drafts of preparations already."""

    balance_ul: int
    held_ul: int
    opened_at: datetime | None
    opened_until: datetime | None
    state: LotState

    @property
    def free_ul(self) -> int:
        """What a further preparation may take."""
        return max(0, self.balance_ul - self.held_ul)

    @property
    def usable(self) -> bool:
        """Whether it may go into a preparation."""
        return self.state in USABLE

    @property
    def moves(self) -> list[LotMovementKind]:
        """The movements that may be recorded, in the order of the list of movements."""
        return [kind for kind in LotMovementKind if kind in MOVES[self.state]]


def with_standing(lots: QuerySet[Any]) -> QuerySet[Any]:
    """Annotate `lots` with what `standing` reads."""
    movements = LotMovement.objects.filter(lot=OuterRef("pk"))
    sums = movements.order_by().values("lot").annotate(total=Sum("volume_ul")).values("total")
    drafts = PreparationLine.objects.filter(lot=OuterRef("pk"), preparation__status=PreparationStatus.DRAFT)
    held = drafts.order_by().values("lot").annotate(total=Sum("measured_ul")).values("total")
    quarantine = movements.filter(kind__in=[LotMovementKind.QUARANTINED, LotMovementKind.RELEASED]).order_by("-id")
    zero = Value(0, output_field=IntegerField())
    annotated: QuerySet[Any] = lots.annotate(
        balance_ul=Coalesce(Subquery(sums), zero),
        held_ul=Coalesce(Subquery(held), zero),
        opened_at=Subquery(movements.filter(kind=LotMovementKind.OPENED).order_by("id").values("moved_at")[:1]),
        quarantine=Subquery(quarantine.values("kind")[:1]),
    )
    return annotated


def standing(lot: Any, *, on: date, site: Site) -> Standing:
    """Return where an annotated `lot` stands on the day `on` at `site`; no query."""
    until = None
    if lot.opened_at is not None and lot.opened_limit_days is not None:
        until = clock.local(lot.opened_at, site) + timedelta(days=lot.opened_limit_days)
    return Standing(
        balance_ul=lot.balance_ul,
        held_ul=lot.held_ul,
        opened_at=lot.opened_at,
        opened_until=until,
        state=lot_state(
            on=on,
            expires_on=lot.expires_on,
            balance_ul=lot.balance_ul,
            quarantined=lot.quarantine == LotMovementKind.QUARANTINED,
            opened=lot.opened_at is not None,
            opened_until_on=until.date() if until else None,
        ),
    )


def balance_ul(lot: StockLot) -> int:
    """Return what is left of `lot`, in microlitres: the sum of its movements."""
    return LotMovement.objects.filter(lot=lot).aggregate(total=Sum("volume_ul"))["total"] or 0


@dataclass(frozen=True, slots=True)
class UsableLot:
    """A lot that may be used, and where it stands."""

    lot: StockLot
    standing: Standing


def usable_lots_of(site: Site, ingredient_ids: Iterable[int], *, on: date) -> dict[int, list[UsableLot]]:
    """Return the usable lots of each ingredient, nearest expiry first; one query."""
    return _usable(_in_date(site, on).filter(ingredient_id__in=list(ingredient_ids)), site, on)


def usable_lots_in_use(site: Site, *, on: date) -> dict[int, list[UsableLot]]:
    """Return the usable lots of each ingredient that a formulation in force holds, nearest expiry first; one query."""
    return _usable(_IN_USE.all(site=site.pk, on=on), site, on)


def _in_date(site: Site | int, on: date) -> QuerySet[Any]:
    return with_standing(StockLot.objects.for_site(site).filter(expires_on__gte=on)).order_by("expires_on", "id")


def _in_use(site: int, on: date) -> QuerySet[Any]:
    lines = FormulationLine.objects.filter(version__site=site, version__status=State.APPROVED)
    return _in_date(site, on).filter(ingredient__in=lines.values("ingredient"))


_IN_USE = Kept(_in_use)


def _usable(lots: Iterable[Any], site: Site, on: date) -> dict[int, list[UsableLot]]:
    found: dict[int, list[UsableLot]] = defaultdict(list)
    for lot in lots:
        where = standing(lot, on=on, site=site)
        if where.usable:
            found[lot.ingredient_id].append(UsableLot(lot, where))
    return found


def usable_lots(site: Site, ingredient: Ingredient, on: date) -> list[StockLot]:
    """Return the lots of `ingredient` that may be used on the day `on`, nearest expiry first."""
    return [usable.lot for usable in usable_lots_of(site, [ingredient.pk], on=on)[ingredient.pk]]


class Show(models.TextChoices):
    """What the stock list shows."""

    IN_STOCK = "", _("In stock")
    SOON = "soon", _("Expiring within 30 days")
    EXPIRED = "expired", _("Expired, not discarded")
    ALL = "all", _("All, used up ones too")


def soon_until(on: date) -> date:
    """Return the last day of those that are soon on the day `on`."""
    return on + timedelta(days=EXPIRING_SOON_DAYS)


def lots_shown(
    site: Site | int, *, on: date, show: str = Show.IN_STOCK, ingredient_id: int | None = None,
    until: date | None = None,
) -> QuerySet[Any]:  # fmt: skip
    """Return the site's lots for the stock list, annotated; a kept query is given `until`, which is `soon_until`."""
    lots = with_standing(StockLot.objects.for_site(site).select_related("ingredient"))
    if ingredient_id is not None:
        lots = lots.filter(ingredient_id=ingredient_id)
    if show == Show.ALL:
        return lots
    lots = lots.filter(balance_ul__gt=0)
    if show == Show.SOON:
        return lots.filter(expires_on__gte=on, expires_on__lte=until or soon_until(on))
    if show == Show.EXPIRED:
        return lots.filter(expires_on__lt=on)
    return lots
