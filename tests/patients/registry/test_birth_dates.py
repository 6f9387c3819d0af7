"""Dates of birth in the notations that people type."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from patients.registry.birth_dates import (
    age_years,
    born_by,
    latest_birth,
    of_age_on,
    read_birth_dates,
    under_age_words,
    until_of_age,
)
from patients.registry.forms import BirthDateField

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


@pytest.mark.parametrize("text", ["03/04/1980", "3-4-1980", "3 4 1980", "03041980"])
def test_figures_whose_day_and_month_can_be_exchanged_are_refused_with_both_readings(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        BirthDateField().clean(text)
    assert refusal.value.messages == [
        "This can be 3 Apr 1980 or 4 Mar 1980. Type the month as a word, as in 3 Apr 1980."
    ]


@pytest.mark.parametrize("text", ["1980-04-03", "3 Apr 1980", "03.04.1980", "19800403", "3. April 1980"])
def test_a_date_that_can_be_read_in_one_way_is_taken(text: str) -> None:
    assert BirthDateField().clean(text) == date(1980, 4, 3)


@pytest.mark.parametrize("text", ["04/04/1980", "14/03/1979", "03/14/1979"])
def test_figures_that_cannot_be_exchanged_are_taken(text: str) -> None:
    assert BirthDateField().clean(text) is not None


@pytest.mark.parametrize("text", ["01/02/1780", "1 Feb 1780", "1780-02-01"])
def test_a_birth_before_1900_is_said_to_be_too_long_ago(text: str) -> None:
    with pytest.raises(ValidationError, match="before 1900"):
        BirthDateField().clean(text)


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2008, 11, 22), ""),
        (date(2008, 11, 23), "17 years old; this clinic treats from 18."),
        (None, "The date of birth isn't known, so the patient could be under 18."),
    ],
)
def test_who_is_too_young_is_said_in_words(born: date | None, words: str) -> None:
    assert under_age_words(born, date(2026, 11, 22), 18) == words


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(2008, 11, 23), date(2026, 11, 23)), (date(2008, 2, 29), date(2026, 3, 1)),
        (date(2008, 2, 28), date(2026, 2, 28)), (date(1900, 1, 1), date(1918, 1, 1)),
    ],
)  # fmt: skip
def test_the_day_from_which_on_somebody_is_old_enough(born: date, first: date) -> None:
    assert of_age_on(born, 18) == first


@given(st.dates(date(1900, 1, 1), date(2060, 1, 1)), st.integers(16, 99))
def test_it_is_the_first_day_of_that_age(born: date, years: int) -> None:
    first = of_age_on(born, years)
    assert age_years(born, first) == years
    assert age_years(born, first - timedelta(days=1)) == years - 1


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(16, 99))
def test_nobody_born_later_is_of_that_age(on: date, years: int) -> None:
    latest = born_by(on, years)
    assert age_years(latest, on) >= years
    assert age_years(latest + timedelta(days=1), on) < years


def test_what_lets_somebody_too_young_be_treated_is_a_day_or_a_date_of_birth() -> None:
    assert until_of_age(date(2010, 5, 3), 18).startswith("The patient is old enough from 3 May 2028 on.")
    assert until_of_age(None, 18) == "Enter the date of birth first."


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("31.02.1980", "There is no such day: this month ends on 29 Feb 1980. Type the day again, in place of 31."),
        ("29 Feb 1979", "There is no such day: this month ends on 28 Feb 1979. Type the day again, in place of 29."),
        ("1979-04-31", "There is no such day: this month ends on 30 Apr 1979. Type the day again, in place of 31."),
        ("32.1.1980", "Type the whole date, such as 14 Mar 1979 or 14.3.1979."),
        ("14 Mar", "Type the whole date, such as 14 Mar 1979 or 14.3.1979."),
    ],
)
def test_a_day_that_its_month_does_not_have_is_told_so(typed: str, told: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        BirthDateField().clean(typed)
    assert refusal.value.messages == [told]
