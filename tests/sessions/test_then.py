"""Whether points can have been injected when somebody says so afterwards: the truth table."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sessions.treatment.then import Stopped, Then, against, moments_meant

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # 10:30 in Berlin
ON = date(2026, 11, 24)
MINUTE = timedelta(minutes=1)


class Site:
    """A site in Berlin."""

    time_zone = "Europe/Berlin"


def then(at: datetime = AT, **known: Any) -> Then:
    values: dict[str, Any] = {"vial_at": AT - 30 * MINUTE, "beyond_use_at": AT + timedelta(hours=6)} | known
    return Then(at=at, **values)


def told(at: datetime = AT, **known: Any) -> list[str]:
    return against(then(at, **known), Site(), ON)


def test_with_all_in_order_it_can_have_been_injected() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"vial_at": AT + MINUTE}, "The vial was taken 10:31. Type a time from then on."),
        ({"beyond_use_at": AT - MINUTE}, "The vial was to be used before 10:29."),
        ({"checklist_signed": False}, "No checklist of 24 Nov 2026 was signed by then."),
        ({"checklist_against": "It needs a clearance."}, "It needs a clearance."),
        ({"consent_signed": False}, "No consent was signed by then."),
        ({"stopped": (Stopped(AT - MINUTE, "the plan has ended."),)}, "Since 10:29: the plan has ended."),
    ],
)
def test_what_was_missing_or_had_ended_by_then_is_named(known: dict[str, Any], said: str) -> None:
    assert told(**known) == [said]


@pytest.mark.parametrize(
    ("known", "allowed"),
    [
        # From the moment on in which the vial is taken, and until just before its hours are over, as at the gate.
        ({"vial_at": AT}, True),
        ({"vial_at": AT + timedelta.resolution}, False),
        ({"beyond_use_at": AT + timedelta.resolution}, True),
        ({"beyond_use_at": AT}, False),
        # A stop stops from its moment on, and nothing that came before it.
        ({"stopped": (Stopped(AT + timedelta.resolution, "x."),)}, True),
        ({"stopped": (Stopped(AT, "x."),)}, False),
    ],
)
def test_the_bounds_to_the_moment(known: dict[str, Any], allowed: bool) -> None:
    assert (told(**known) == []) is allowed


def test_all_reasons_are_told_and_the_stops_in_their_order() -> None:
    stopped = (Stopped(AT - MINUTE, "second."), Stopped(AT - 2 * MINUTE, "first."), Stopped(AT + MINUTE, "later."))
    assert told(consent_signed=False, stopped=stopped) == [
        "No consent was signed by then.", "Since 10:28: first.", "Since 10:29: second.",
    ]  # fmt: skip


def test_a_time_of_the_minute_may_be_any_moment_of_it_that_has_passed() -> None:
    assert moments_meant(AT, now=AT + timedelta(hours=1)) == (AT, AT + MINUTE - timedelta.resolution)
    assert moments_meant(AT, now=AT + timedelta(seconds=20)) == (AT, AT + timedelta(seconds=20))
    assert moments_meant(AT, now=AT) == (AT,)
    assert moments_meant(AT + MINUTE, now=AT + timedelta(seconds=59)) == ()
