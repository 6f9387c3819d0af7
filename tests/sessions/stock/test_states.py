"""Where a lot stands, as a truth table."""

from datetime import date, timedelta

import pytest

from sessions.stock.models import LotMovementKind
from sessions.stock.states import MOVES, USABLE, LotState, lot_state

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("expires", "balance", "quarantined", "opened", "until", "state"),
    [
        (TODAY + DAY, 1, False, False, None, LotState.SEALED),
        (TODAY, 1, False, False, None, LotState.SEALED),
        (TODAY - DAY, 1, False, False, None, LotState.EXPIRED),
        (TODAY, 1, False, True, None, LotState.OPENED),
        (TODAY, 1, False, True, TODAY, LotState.OPENED),
        (TODAY, 1, False, True, TODAY - DAY, LotState.OPEN_TOO_LONG),
        (TODAY, 1, False, False, TODAY - DAY, LotState.SEALED),
        (TODAY, 0, False, True, TODAY - DAY, LotState.EMPTY),
        (TODAY - DAY, 0, False, True, None, LotState.EXPIRED),
        (TODAY - DAY, 0, True, True, TODAY - DAY, LotState.QUARANTINED),
    ],
)
def test_a_lot_stands_where_the_first_true_thing_puts_it(
    expires: date, balance: int, quarantined: bool, opened: bool, until: date | None, state: LotState
) -> None:
    answer = lot_state(
        on=TODAY, expires_on=expires, balance_ul=balance, quarantined=quarantined, opened=opened,
        opened_until_on=until,
    )  # fmt: skip
    assert answer is state


def test_every_state_says_what_may_be_done_and_use_is_for_preparations_alone() -> None:
    assert set(MOVES) == set(LotState)
    assert all(LotMovementKind.USED not in moves for moves in MOVES.values())
    assert {LotState.OPENED, LotState.SEALED} == USABLE
