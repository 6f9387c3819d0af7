"""Month 6 is six calendar months after the baseline, to the day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.month6.due import audit_due_on, is_due, latest_candidate


@pytest.mark.parametrize(
    ("baseline", "due"),
    [
        (date(2026, 5, 19), date(2026, 11, 19)),
        (date(2025, 8, 31), date(2026, 2, 28)),
        (date(2027, 8, 29), date(2028, 2, 29)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 10, 31), date(2027, 4, 30)),
    ],
)
def test_due_after_six_calendar_months(baseline: date, due: date) -> None:
    assert audit_due_on(baseline) == due


def test_due_from_the_day_itself_and_not_a_day_sooner() -> None:
    assert not is_due(date(2026, 5, 19), date(2026, 11, 18))
    assert is_due(date(2026, 5, 19), date(2026, 11, 19))
    assert is_due(date(2026, 5, 19), date(2030, 1, 1))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(-3, 3))
def test_the_query_never_misses_a_baseline_that_is_due(baseline: date, shift: int) -> None:
    on = audit_due_on(baseline) + timedelta(days=shift)
    if is_due(baseline, on):
        assert baseline <= latest_candidate(on)
