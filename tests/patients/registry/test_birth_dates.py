"""Dates of birth in the notations that people type."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.registry.birth_dates import age_years, latest_birth, read_birth_dates

MARCH = date(1979, 3, 14)


@pytest.mark.parametrize(
    "text",
    [
        "14 Mar 1979", "14 March 1979", "14. März 1979", "14 mars 1979", "March 14, 1979", "14th March 1979",
        "14.3.1979", "14.03.1979", "14/03/1979", "14-3-1979", "1979-03-14", "1979/3/14", "19790314", "14031979",
        "3/14/1979", "03141979", " 14 . 3 . 1979 ", "١٤/٣/١٩٧٩", "1979年3月14日", "１４.３.１９７９",
    ],
)  # fmt: skip
def test_reads(text: str) -> None:
    assert read_birth_dates(text)[0] == MARCH


def test_reads_the_day_first_and_offers_the_other_reading() -> None:
    assert read_birth_dates("03/04/1979") == [date(1979, 4, 3), date(1979, 3, 4)]


@pytest.mark.parametrize(
    "text",
    [
        "", "1979", "14 Mar", "14.3.79", "31.2.1979", "0.0.1979", "14 Foo 1979", "Demo 14 Mar 1979", "14.3.1899",
        "14.3.19790", "14 3 1979 5", "99999999", "--", "14 Mar 1979!", "5550100",
    ],
)  # fmt: skip
def test_is_no_date(text: str) -> None:
    assert read_birth_dates(text) == []


@given(st.text(max_size=60))
def test_never_fails(text: str) -> None:
    assert all(day.year >= 1900 for day in read_birth_dates(text))


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%Y%m%d"]))
def test_reads_back_what_was_written(day: date, notation: str) -> None:
    assert read_birth_dates(day.strftime(notation))[0] == day


@pytest.mark.parametrize(
    ("reported", "latest"),
    [
        ("1962", date(1962, 12, 31)), ("1962-05", date(1962, 5, 31)), ("1960-02", date(1960, 2, 29)), ("", None),
        ("1962-13", None), ("1850", None), ("soon", None),
    ],
)  # fmt: skip
def test_a_partial_date_counts_as_its_last_day(reported: str, latest: date | None) -> None:
    assert latest_birth(None, reported) == latest


def test_a_whole_date_counts_before_a_partial_one() -> None:
    assert latest_birth(MARCH, "1962") == MARCH


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2000, 5, 10), date(2026, 5, 9), 25), (date(2000, 5, 10), date(2026, 5, 10), 26),
        (date(2004, 2, 29), date(2022, 2, 28), 17), (date(2004, 2, 29), date(2022, 3, 1), 18),
        (date(2004, 2, 29), date(2024, 2, 29), 20),
    ],
)  # fmt: skip
def test_the_age_changes_on_the_birthday(born: date, on: date, years: int) -> None:
    assert age_years(born, on) == years
