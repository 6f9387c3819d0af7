"""A preparation at the bench is signed, or rejected."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.accounts.actors import Actor
from sessions.preparation.models import Preparation, Vial, VisualCheck
from sessions.preparation.services import reject_preparation, sign_preparation
from sessions.stock.models import LotMovementKind
from sessions.stock.services import move_lot
from tests.factories import confirmed

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=20)


def sign(by: Actor, preparation: Preparation, at: datetime = LATER, **changed: Any) -> list[Vial]:
    values = {"visual_check": VisualCheck.RIGHT, "confirmed": confirmed(by, at)} | changed
    return sign_preparation(by=by, preparation=preparation, at=at, **values)


def reject(by: Actor, preparation: Preparation, reason: str = "Cloudy", at: datetime = LATER) -> Preparation:
    return reject_preparation(by=by, preparation=preparation, reason=reason, confirmed=confirmed(by, at), at=at)


def count_less(preparation: Preparation, preparer: Actor) -> datetime:
    """Count a little less in the lot of the first line than was measured from it; when that is signed."""
    move(preparation, preparer, LotMovementKind.ADJUSTED, 2_999)
    return LATER


def move(preparation: Preparation, preparer: Actor, kind: LotMovementKind, volume_ul: int) -> None:
    line = preparation.lines.select_related("lot").first()
    assert line is not None
    assert line.lot is not None
    move_lot(
        by=preparer, lot=line.lot, kind=kind, volume_ul=volume_ul, reason="A test", submission_key=uuid.uuid4(), at=AT
    )
