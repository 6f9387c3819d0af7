"""Due dates: four loading sessions, month 6, maintenance every 3 and then every 6 months."""

from datetime import date

import pytest

from sessions.plans.schedule import (
    Rhythm,
    add_months,
    earliest_on,
    first_maintenance_on,
    later_loading_dates,
    loading_dates,
    next_maintenance_on,
)

RHYTHM = Rhythm(
    loading_count=4, loading_interval_days=28, window_days=7, audit_after_months=6, maintenance_first_year_months=3,
    maintenance_later_months=6,
)  # fmt: skip


def test_four_loading_sessions_four_weeks_apart() -> None:
    assert loading_dates(date(2026, 1, 5), RHYTHM) == [
        date(2026, 1, 5), date(2026, 2, 2), date(2026, 3, 2), date(2026, 3, 30),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 5, 19), 6, date(2026, 11, 19)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 8, 29), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 6, date(2027, 6, 30)),
    ],
)
def test_months_are_calendar_months(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_maintenance_begins_at_month_6() -> None:
    assert first_maintenance_on(date(2026, 1, 5), RHYTHM) == date(2026, 7, 5)


@pytest.mark.parametrize(
    ("done_on", "expected"),
    [
        (date(2026, 7, 5), date(2026, 10, 5)),
        (date(2027, 1, 4), date(2027, 4, 4)),  # the last day of year 1
        (date(2027, 1, 5), date(2027, 7, 5)),  # the first day of year 2
        (date(2028, 3, 1), date(2028, 9, 1)),
    ],
)
def test_every_3_months_in_year_1_and_every_6_later(done_on: date, expected: date) -> None:
    assert next_maintenance_on(done_on, date(2026, 1, 5), RHYTHM) == expected


def test_a_late_loading_session_moves_the_rest_and_keeps_the_interval() -> None:
    due = [date(2026, 2, 2), date(2026, 3, 2), date(2026, 3, 30)]
    assert later_loading_dates(date(2026, 1, 19), due, RHYTHM) == [
        date(2026, 2, 16), date(2026, 3, 16), date(2026, 4, 13),
    ]  # fmt: skip


def test_dates_late_enough_stay() -> None:
    due = [date(2026, 2, 2), date(2026, 3, 2)]
    assert later_loading_dates(date(2026, 1, 5), due, RHYTHM) == due


def test_the_window_opens_before_the_due_date() -> None:
    assert earliest_on(date(2026, 2, 2), RHYTHM) == date(2026, 1, 26)
