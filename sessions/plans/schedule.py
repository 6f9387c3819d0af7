"""When sessions are due: pure rules of the treatment protocol.

The clinic's brief: four loading sessions at monthly intervals, a photo audit at month 6, then maintenance
every 3 months in year 1 and every 6 months after it. The numbers are the protocol's, whose interval of loading
sessions is in days, 28 in the example; months are calendar months, and the last day stands in for a day that a month
doesn't have.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The numbers of a treatment protocol that dates follow from."""

    loading_count: int
    loading_interval_days: int
    window_days: int
    audit_after_months: int
    maintenance_first_year_months: int
    maintenance_later_months: int


def add_months(day: date, months: int) -> date:
    """Return `day` so many calendar months later: 31 Aug + 6 months is 28 (or 29) Feb."""
    return day + relativedelta(months=months)


def loading_dates(first_on: date, rhythm: Rhythm) -> list[date]:
    """Return the due dates of the loading sessions, the first on `first_on`."""
    step = timedelta(days=rhythm.loading_interval_days)
    return [first_on + step * number for number in range(rhythm.loading_count)]


def first_maintenance_on(first_on: date, rhythm: Rhythm) -> date:
    """Return when maintenance begins: with the month of the photo audit, which must be signed first."""
    return add_months(first_on, rhythm.audit_after_months)


def next_maintenance_on(done_on: date, first_on: date, rhythm: Rhythm) -> date:
    """Return when the maintenance session after the one of `done_on` is due.

    Year 1 runs to the day before the anniversary of the first session.
    """
    in_year_1 = done_on < add_months(first_on, 12)
    return add_months(done_on, rhythm.maintenance_first_year_months if in_year_1 else rhythm.maintenance_later_months)


def later_loading_dates(done_on: date, due: list[date], rhythm: Rhythm) -> list[date]:
    """Return the due dates of the loading sessions still to come, after one was done on `done_on`.

    None comes sooner than an interval after the one before; dates that are late enough stay.
    """
    step = timedelta(days=rhythm.loading_interval_days)
    moved, last = [], done_on
    for day in sorted(due):
        last = max(day, last + step)
        moved.append(last)
    return moved


def earliest_on(due_on: date, rhythm: Rhythm) -> date:
    """Return the first day of the window around a due date."""
    return window_opens_on(due_on, rhythm.window_days)


def window_opens_on(due_on: date, window_days: int) -> date:
    """Return the first day on which a session due on `due_on` may be begun."""
    return due_on - timedelta(days=window_days)


def soonest_loading_on(last_done_on: date | None, rhythm: Rhythm) -> date | None:
    """Return the first day on which the next loading session may be given: an interval less the window after the last.

    None before the first.
    """
    if last_done_on is None:
        return None
    return last_done_on + timedelta(days=rhythm.loading_interval_days - rhythm.window_days)
