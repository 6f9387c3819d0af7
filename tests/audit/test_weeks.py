"""ISO weeks on a site's clocks."""

from datetime import UTC, date, datetime

import pytest

from audit.weekly.weeks import Week


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 11, 22), Week(2026, 47)),
        (date(2026, 11, 23), Week(2026, 48)),
        (date(2027, 1, 1), Week(2026, 53)),
        (date(2024, 12, 30), Week(2025, 1)),
    ],
)
def test_the_week_of_a_day(day: date, week: Week) -> None:
    assert Week.of(day) == week


def test_a_week_runs_from_monday_midnight_on_the_sites_clocks() -> None:
    start, end = Week(2026, 47).bounds("Europe/Berlin")
    assert start.astimezone(UTC) == datetime(2026, 11, 15, 23, tzinfo=UTC)
    assert end.astimezone(UTC) == datetime(2026, 11, 22, 23, tzinfo=UTC)


def test_the_week_in_which_the_clocks_go_back_is_an_hour_longer() -> None:
    start, end = Week.of(date(2026, 10, 25)).bounds("Europe/Berlin")
    assert (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() == (7 * 24 + 1) * 3600


def test_a_week_its_year_does_not_have_is_refused() -> None:
    assert Week(2026, 53).sunday == date(2027, 1, 3)
    for wrong in ((2025, 53), (2025, 0), (1999, 1)):
        with pytest.raises(ValueError, match=r"week|reach|53"):
            Week(*wrong)


def test_neighbours_cross_the_year() -> None:
    assert Week(2026, 53).after == Week(2027, 1)
    assert Week(2027, 1).before == Week(2026, 53)
