"""When the photo audit of a baseline falls due.

Month 6 is the baseline date plus six calendar months (the clinic's founding brief); the last day of the
month stands in for a day that the sixth month doesn't have.
"""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

MONTHS = 6
#: Two months differ by at most three days in length: no baseline before this reach can be due.
REACH = timedelta(days=3)


def audit_due_on(baseline_on: date) -> date:
    """Return the day on which the audit of a baseline taken on `baseline_on` is due."""
    return baseline_on + relativedelta(months=MONTHS)


def is_late(due_on: date, window_days: int, on: date) -> bool:
    """Whether an audit due on `due_on` is overdue on `on`: the photo protocol's window around month 6 has closed."""
    return due_on + timedelta(days=window_days) < on


def is_due(baseline_on: date, on: date) -> bool:
    """Whether the audit is due on `on`, from its first day."""
    return audit_due_on(baseline_on) <= on


def latest_candidate(on: date) -> date:
    """Return a date after which no baseline can be due on `on`; for the query, before `is_due` decides."""
    return on - relativedelta(months=MONTHS) + REACH
