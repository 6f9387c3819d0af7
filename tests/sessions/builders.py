"""Stock and signed preparations for tests of every room, made through the services."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail.unit import unit_of_work
from protocols.formulations.models import FormulationVersion, Ingredient
from sessions.preparation.models import Preparation, VisualCheck
from sessions.preparation.services import measure, record_look, sign_preparation, start_preparation, tick_steps
from sessions.stock.models import StockLot
from sessions.stock.queries import usable_lots_of
from sessions.stock.services import receive_lot
from tests.factories import confirmed, make_actor


def make_preparer(site: Site, name: str = "") -> Actor:
    """Return a preparer of `site`."""
    return make_actor(site, Role.PREPARER, name=name)


def a_lot(
    site: Site, ingredient: Ingredient, *, by: Actor | None = None, at: datetime | None = None, **changed: Any
) -> StockLot:
    """Return a new lot of 100 mL that expires in 200 days, with `changed` values."""
    at = at or clock.now()
    values = {
        "product": f"{ingredient.name} vial", "manufacturer": "Demo Pharma", "lot_number": uuid.uuid4().hex[:8].upper(),
        "expires_on": clock.local(at, site).date() + timedelta(days=200), "received_ul": 100_000,
    } | changed  # fmt: skip
    return receive_lot(
        by=by or make_preparer(site), ingredient=ingredient, submission_key=uuid.uuid4(), at=at, **values
    )


@unit_of_work
def stocked(
    site: Site, formulation_version: FormulationVersion, *, by: Actor | None = None, **changed: Any
) -> dict[int, StockLot]:
    """Receive one lot of each ingredient of the formulation, and return them by the ingredient's id."""
    by = by or make_preparer(site)
    lines = formulation_version.lines.select_related("ingredient")
    return {line.ingredient_id: a_lot(site, line.ingredient, by=by, **changed) for line in lines}


def a_draft(
    site: Site,
    formulation_version: FormulationVersion,
    *,
    preparer: Actor | None = None,
    batch_ul: int = 5_000,
    vial_count: int = 2,
    at: datetime | None = None,
) -> Preparation:
    """Return a preparation that was begun, with nothing measured."""
    return start_preparation(
        by=preparer or make_preparer(site), formulation_version=formulation_version, batch_ul=batch_ul,
        vial_count=vial_count, submission_key=uuid.uuid4(), at=at or clock.now(),
    )  # fmt: skip


@unit_of_work
def measured_preparation(
    site: Site,
    formulation_version: FormulationVersion,
    measured: Sequence[int] | Mapping[int, int] | None = None,
    *,
    preparer: Actor | None = None,
    lots: Mapping[int, StockLot] | None = None,
    at: datetime | None = None,
    **draft: Any,
) -> Preparation:
    """Return a draft that lacks nothing but its signature.

    `measured` gives the volumes in microlitres in the order of adding (a mapping by that order gives some); the
    targets otherwise. Lots are received when the site has too little.
    """
    preparer, at = preparer or make_preparer(site), at or clock.now()
    preparation = a_draft(site, formulation_version, preparer=preparer, at=at, **draft)
    lots = lots or _lots(site, preparation, by=preparer, at=at)
    volumes = dict(enumerate(measured, start=1)) if isinstance(measured, Sequence) else dict(measured or {})
    for line in preparation.lines.select_related("formulation_line").order_by("ordinal"):
        measure(
            by=preparer, preparation=preparation, line=line, lot=lots[line.formulation_line.ingredient_id],
            measured_ul=volumes.get(line.ordinal, line.target_ul), at=at,
        )  # fmt: skip
    critical = set(preparation.critical_steps.values_list("ordinal", flat=True))
    tick_steps(by=preparer, preparation=preparation, done=critical, at=at)
    record_look(by=preparer, preparation=preparation, visual_check=VisualCheck.RIGHT, notes="", at=at)
    preparation.refresh_from_db()
    return preparation


def _lots(site: Site, preparation: Preparation, *, by: Actor, at: datetime) -> dict[int, StockLot]:
    lines = list(preparation.lines.select_related("formulation_line__ingredient"))
    wanted = {line.formulation_line.ingredient_id: line for line in lines}
    usable = usable_lots_of(site, wanted, on=clock.local(at, site).date())
    return {
        ingredient_id: next(
            (each.lot for each in usable[ingredient_id] if each.standing.free_ul >= 2 * line.target_ul), None
        )
        or a_lot(site, line.formulation_line.ingredient, at=at)
        for ingredient_id, line in wanted.items()
    }


@unit_of_work
def signed_preparation(
    site: Site,
    formulation_version: FormulationVersion,
    measured: Sequence[int] | Mapping[int, int] | None = None,
    *,
    preparer: Actor | None = None,
    at: datetime | None = None,
    **draft: Any,
) -> Preparation:
    """Return a signed preparation of 5 mL in two vials, unless `draft` says otherwise; `.vials` are its vials.

    `measured` as for `measured_preparation`.
    """
    preparer, at = preparer or make_preparer(site), at or clock.now()
    preparation = measured_preparation(site, formulation_version, measured, preparer=preparer, at=at, **draft)
    sign_preparation(
        by=preparer, preparation=preparation, visual_check=VisualCheck.RIGHT, deviation_reason="Air in the syringe",
        confirmed=confirmed(preparer, at), at=at,
    )  # fmt: skip
    preparation.refresh_from_db()
    return preparation
