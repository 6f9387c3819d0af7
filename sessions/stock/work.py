"""What the stock puts on the list of work: lots at their end, and ingredients without a usable lot."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amounts import millilitre_text
from clinic.dates import day_text
from clinic.kept import Kept
from clinic.worklist.registry import Urgency, WorkItem, worklist
from protocols.formulations.queries import active_versions
from sessions.preparation.beyond_use import end_of_day
from sessions.stock.queries import Show, lots_shown, soon_until, standing, usable_lots_in_use
from sessions.stock.states import LotState

MOST = 20


_EXPIRED = Kept(lambda site, on: lots_shown(site, on=on, show=Show.EXPIRED).order_by("expires_on", "id")[:MOST])
_SOON = Kept(
    lambda site, on, until: lots_shown(site, on=on, show=Show.SOON, until=until).order_by("expires_on", "id")[:MOST]
)


@worklist(Permission.RECEIVE_STOCK)
def lots_ending(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Lots with something in them that expired or expire within 30 days; two queries."""
    site, today = actor.site, clock.local(at, actor.site).date()
    expired = _EXPIRED.all(site=site.pk, on=today)
    soon = _SOON.all(site=site.pk, on=today, until=soon_until(today))
    for lot in [*expired, *soon]:
        where = standing(lot, on=today, site=site)
        days = (lot.expires_on - today).days
        if where.state is LotState.EXPIRED:
            detail = _("expired on %(day)s, %(left)s mL are left")
            urgency, chip, action = Urgency.OVERDUE, "stop", _("Discard it")
        else:
            detail = _("expires on %(day)s, %(left)s mL are left")
            urgency, chip, action = (Urgency.TODAY if days == 0 else Urgency.SOON), "ask", _("Open the lot")
        yield WorkItem(
            urgency=urgency,
            title=_("Lot %(lot)s of %(ingredient)s") % {"lot": lot.lot_number, "ingredient": lot.ingredient},
            detail=detail % {"day": day_text(lot.expires_on), "left": millilitre_text(where.balance_ul)},
            action=action,
            url=reverse("lot", args=[lot.pk]),
            chip=chip,
            due_at=end_of_day(lot.expires_on, site.time_zone),
        )


@worklist(Permission.RECEIVE_STOCK, Permission.PREPARE)
def ingredients_without_a_lot(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Ingredients of the active formulations that no usable lot holds; two queries, one where none is active."""
    site = actor.site
    today = clock.local(at, site).date()
    codes: dict[int, list[str]] = {}
    names: dict[int, str] = {}
    for version in active_versions(site):
        for line in version.lines.all():
            codes.setdefault(line.ingredient_id, []).append(version.formulation.code)
            names[line.ingredient_id] = f"{line.ingredient_name} {line.concentration}"
    usable = usable_lots_in_use(site, on=today) if names else {}
    begin = datetime.combine(today, datetime.min.time(), tzinfo=ZoneInfo(site.time_zone))
    for ingredient_id in sorted(names, key=lambda each: names[each]):
        if usable.get(ingredient_id):
            continue
        needed = codes[ingredient_id]
        yield WorkItem(
            urgency=Urgency.STOPPED,
            title=_("No usable lot of %(ingredient)s") % {"ingredient": names[ingredient_id]},
            detail=ngettext(
                "formulation %(codes)s can't be prepared", "formulations %(codes)s can't be prepared", len(needed)
            )
            % {"codes": ", ".join(needed)},
            action=_("Receive a lot") if actor.may(Permission.RECEIVE_STOCK) else _("Open the stock"),
            url=f"{reverse('stock_new')}?ingredient={ingredient_id}"
            if actor.may(Permission.RECEIVE_STOCK)
            else reverse("stock_list"),
            chip="stop",
            due_at=begin,
        )
