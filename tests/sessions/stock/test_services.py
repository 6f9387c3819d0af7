"""Receiving and moving stock: the balance is the sum of the movements, and never below zero."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused
from clinic.trail.models import TrailEvent
from protocols.formulations.models import Ingredient
from sessions.stock.models import LotMovement, LotMovementKind, StockLot
from sessions.stock.queries import balance_ul, usable_lots
from sessions.stock.services import move_lot, receive_lot
from tests.factories import make_actor
from tests.protocols.builders import an_ingredient
from tests.sessions.builders import a_lot, make_preparer

pytestmark = pytest.mark.django_db
#: 00:30 on 23 November at the site, while it is still the 22nd in UTC.
AT = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
Kind = LotMovementKind


@pytest.fixture
def saline(site: Site) -> Ingredient:
    return an_ingredient(site, "Sodium chloride", concentration="9 mg/mL")


@pytest.fixture
def preparer(site: Site) -> Actor:
    return make_preparer(site)


def receive(by: Actor, ingredient: Ingredient, **changed: Any) -> StockLot:
    values = {
        "product": "Saline", "manufacturer": "Demo Pharma", "lot_number": "L1", "expires_on": date(2027, 1, 31),
        "received_ul": 10_000, "submission_key": uuid.uuid4(), "at": AT,
    } | changed  # fmt: skip
    return receive_lot(by=by, ingredient=ingredient, **values)


def move(by: Actor, lot: StockLot, kind: LotMovementKind, volume_ul: int = 0, **changed: Any) -> LotMovement:
    values = {"reason": "A test", "submission_key": uuid.uuid4(), "at": AT} | changed
    return move_lot(by=by, lot=lot, kind=kind, volume_ul=volume_ul, **values)


def test_a_received_lot_has_what_was_received(preparer: Actor, saline: Ingredient) -> None:
    lot = receive(preparer, saline, product="  Saline  0.9 % ", opened_limit_days=28)
    assert (lot.product, lot.opened_limit_days, lot.received_by) == ("Saline 0.9 %", 28, preparer.user)
    assert balance_ul(lot) == 10_000
    assert TrailEvent.objects.filter(object_type="treatment_sessions.StockLot", object_id=str(lot.pk)).count() == 1


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"expires_on": TODAY}, "expires_on", "not in date beyond today"),
        ({"expires_on": TODAY - timedelta(days=1)}, "expires_on", "not in date beyond today"),
        ({"expires_on": date(2037, 1, 1)}, "expires_on", "more than 10 years"),
        ({"received_ul": 0}, "volume_ul", "from 0.001 to 10000.00 mL"),
        ({"received_ul": 10_000_001}, "volume_ul", "from 0.001 to 10000.00 mL"),
    ],
)
def test_a_lot_that_cant_be_right_is_refused(
    preparer: Actor, saline: Ingredient, changed: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(Refused, match=words) as refused:
        receive(preparer, saline, **changed)
    assert refused.value.field == field
    assert not StockLot.objects.exists()


def test_a_lot_that_expires_tomorrow_is_received(preparer: Actor, saline: Ingredient) -> None:
    assert receive(preparer, saline, expires_on=TODAY + timedelta(days=1)).pk


def test_the_same_submission_receives_once(preparer: Actor, saline: Ingredient) -> None:
    key = uuid.uuid4()
    first = receive(preparer, saline, submission_key=key)
    assert receive(preparer, saline, submission_key=key) == first
    assert balance_ul(first) == 10_000


def test_the_same_lot_typed_again_is_refused(preparer: Actor, saline: Ingredient) -> None:
    receive(preparer, saline)
    with pytest.raises(Refused, match="was received on 23 Nov 2026") as refused:
        receive(preparer, saline, lot_number=" l1", manufacturer="demo  pharma")
    assert refused.value.field == "lot_number"


def test_receiving_needs_the_right_and_the_site(site: Site, other_site: Site, saline: Ingredient) -> None:
    with pytest.raises(NotAllowed):
        receive(make_actor(site, Role.OPERATOR), saline)
    with pytest.raises(NotAllowed, match="another site"):
        receive(make_preparer(other_site), saline)


def test_the_balance_is_the_sum_of_the_movements(preparer: Actor, saline: Ingredient) -> None:
    lot = receive(preparer, saline)
    move(preparer, lot, Kind.OPENED)
    move(preparer, lot, Kind.DISCARDED, 2_500)
    move(preparer, lot, Kind.ADJUSTED, 7_400)
    move(preparer, lot, Kind.RECEIVED, 600)
    assert [each.volume_ul for each in lot.movements.all()] == [10_000, 0, -2_500, -100, 600]
    assert balance_ul(lot) == 8_000


@pytest.mark.parametrize(
    ("kind", "volume_ul", "words"),
    [
        (Kind.DISCARDED, 10_001, "Only 10.00 mL of this lot are left"),
        (Kind.DISCARDED, 0, "from 0.001"),
        (Kind.DISCARDED, -5, "from 0.001"),
        (Kind.ADJUSTED, 10_000, "nothing to correct"),
        (Kind.ADJUSTED, -1, "from 0 to"),
        (Kind.RECEIVED, 9_990_001, "from 0.001 to 10000.00 mL"),
        (Kind.OPENED, 5, "has no volume"),
        (Kind.RELEASED, 0, "isn't possible for a lot that is: Not opened"),
        (Kind.USED, 5, "isn't possible"),
    ],
)
def test_a_movement_that_cant_be_right_is_refused(
    preparer: Actor, saline: Ingredient, kind: LotMovementKind, volume_ul: int, words: str
) -> None:
    lot = receive(preparer, saline)
    with pytest.raises(Refused, match=words):
        move(preparer, lot, kind, volume_ul)
    assert balance_ul(lot) == 10_000


@pytest.mark.parametrize("kind", [Kind.DISCARDED, Kind.ADJUSTED, Kind.QUARANTINED])
def test_taking_out_of_use_asks_for_a_reason(preparer: Actor, saline: Ingredient, kind: LotMovementKind) -> None:
    with pytest.raises(Refused, match="Say why") as refused:
        move(preparer, receive(preparer, saline), kind, reason="  ")
    assert refused.value.field == "reason"


def test_a_lot_is_opened_once(preparer: Actor, saline: Ingredient) -> None:
    lot = receive(preparer, saline)
    move(preparer, lot, Kind.OPENED)
    with pytest.raises(Refused, match="isn't possible for a lot that is: Opened"):
        move(preparer, lot, Kind.OPENED)


def test_a_quarantined_lot_isnt_usable_until_it_is_released(site: Site, preparer: Actor, saline: Ingredient) -> None:
    lot = receive(preparer, saline)
    assert usable_lots(site, saline, TODAY) == [lot]
    move(make_actor(site, Role.OPERATOR), lot, Kind.QUARANTINED)
    assert usable_lots(site, saline, TODAY) == []
    with pytest.raises(NotAllowed):
        move(make_actor(site, Role.OPERATOR), lot, Kind.RELEASED)
    move(preparer, lot, Kind.RELEASED)
    assert usable_lots(site, saline, TODAY) == [lot]


def test_a_movement_submitted_twice_happens_once(preparer: Actor, saline: Ingredient) -> None:
    lot, key = receive(preparer, saline), uuid.uuid4()
    first = move(preparer, lot, Kind.DISCARDED, 10_000, submission_key=key)
    assert move(preparer, lot, Kind.DISCARDED, 10_000, submission_key=key) == first
    assert balance_ul(lot) == 0


def test_another_sites_lot_isnt_moved(other_site: Site, preparer: Actor, saline: Ingredient) -> None:
    with pytest.raises(NotAllowed, match="another site"):
        move(make_preparer(other_site), receive(preparer, saline), Kind.OPENED)


def test_usable_lots_come_nearest_expiry_first_and_only_while_usable(
    site: Site, preparer: Actor, saline: Ingredient
) -> None:
    late = a_lot(site, saline, at=AT, expires_on=TODAY + timedelta(days=90))
    soon = a_lot(site, saline, at=AT, expires_on=TODAY + timedelta(days=2))
    empty = a_lot(site, saline, at=AT)
    move(preparer, empty, Kind.DISCARDED, 100_000)
    opened = a_lot(site, saline, at=AT, opened_limit_days=1, expires_on=TODAY + timedelta(days=30))
    move(preparer, opened, Kind.OPENED)
    a_lot(site, an_ingredient(site, "Something else"), at=AT)
    assert usable_lots(site, saline, TODAY) == [soon, opened, late]
    # On its expiry day a lot may be used; the day after it may not. The opened one has had its day.
    assert usable_lots(site, saline, TODAY + timedelta(days=2)) == [soon, late]
    assert usable_lots(site, saline, TODAY + timedelta(days=3)) == [late]
