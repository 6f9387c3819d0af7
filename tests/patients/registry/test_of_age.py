"""Who is old enough for a site, asked of Postgres: the same patients as the rule says."""

from datetime import date, timedelta

import pytest

from clinic.accounts.models import Site
from patients.registry.identity import under_age, under_age_told
from patients.registry.models import Patient
from patients.registry.queries import born_early_enough, of_age
from tests.patients.builders import registered_patient

pytestmark = pytest.mark.django_db

#: The site's day in question: an end of a year, of months, of a February, and a leap day.
DAYS = [
    date(2026, 11, 22),
    date(2026, 12, 31),
    date(2027, 1, 1),
    date(2026, 6, 30),
    date(2027, 2, 28),
    date(2028, 2, 29),
]
TEXTS = [
    "1962",
    "2008",
    "2009",
    "2010",
    "1962-05",
    "2008-11",
    "2008-12",
    "2009-02",
    "2010-02",
    "2010-03",
    "2008-13",
    "",
]


@pytest.mark.parametrize("minimum", [18, 19])
@pytest.mark.parametrize("on", DAYS)
def test_postgres_finds_whom_the_rule_lets_be_treated(site: Site, on: date, minimum: int) -> None:
    site.minimum_age_years = minimum
    for years in (17, 18, 19):
        for days in (-1, 0, 1):
            born = date(on.year - years, on.month, min(on.day, 28)) + timedelta(days=days)
            registered_patient(site, birth_date=born)
    for text in TEXTS:
        registered_patient(site, birth_date=None, birth_date_text=text)
    by_rule = {row.pk for row in Patient.objects.all() if not under_age(row, site=site, on=on)}
    found = Patient.objects.filter(of_age(born_early_enough(site, on)))
    assert set(found.values_list("pk", flat=True)) == by_rule
    assert by_rule


def test_who_is_too_young_is_told_from_which_day_on_it_isnt_so(site: Site) -> None:
    child = registered_patient(site, birth_date=None, birth_date_text="2012-05")
    told = under_age_told(child, site=site, on=date(2026, 11, 22))
    assert told.startswith("14 years old; this clinic treats from 18. The patient is old enough from 31 May 2030 on.")
    assert under_age_told(child, site=site, on=date(2030, 5, 31)) == ""
