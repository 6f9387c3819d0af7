"""Finding patients, and what is reported of them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.http import Http404

from clinic.accounts.models import Site
from clinic.web.paging import Place
from patients.registry.birth_dates import EARLIEST_YEAR, born_by
from patients.registry.models import FactStatus, Patient, ReportedFact
from patients.registry.names import index_tokens
from patients.registry.searching import readings

SEARCH_LIMIT = 25
#: How alike two names written out must be to be shown as perhaps the same (1 is equal).
ALIKE = 0.8
_SAME_DAY_AT_MOST = 200


class ListedPatient(NamedTuple):
    """What a list shows of a patient, and what it is ordered by."""

    pk: int
    record_number: str
    family_name: str
    given_name: str
    sort_name: str
    birth_date: date | None
    birth_date_text: str
    sex: str
    phone: str
    deceased: bool


def patient_for(site: Site, pk: int) -> Patient:
    """Return the patient `pk` of `site`; raises Patient.DoesNotExist for any other."""
    patient: Patient = Patient.objects.for_site(site).get(pk=pk)
    return patient


def search(site: Site, text: str, limit: int = SEARCH_LIMIT) -> list[ListedPatient]:
    """Return at most `limit` patients of `site` whom `text` can mean, by name; one query.

    `text` is the beginning of words of the name (any script, any order), a record number, a date of birth in
    many notations, or a telephone number; a year beside a name is the year of birth. Text that holds nothing to look
    for finds nobody.
    """
    meant = readings(site, text, most=limit * 3)
    if not meant:
        return []
    found = " UNION ALL ".join(f"({reading.sql})" for reading in meant)
    values = [value for reading in meant for value in reading.values]
    return _rows(f"{_SELECTED} WHERE id IN ({found}) ORDER BY sort_name, id LIMIT %s", [*values, limit])


# The list is opened all day, and Django takes five times longer to write its statement than Postgres to answer it.
_SELECTED = """
SELECT id, record_number, family_name, given_name, sort_name, birth_date, birth_date_text, sex, phone, deceased
FROM patients_patient"""
_LISTED = f"{_SELECTED} WHERE site_id = %s"
_FIRST = f"{_LISTED} ORDER BY sort_name, id LIMIT %s"
_LAST = f"{_LISTED} ORDER BY sort_name DESC, id DESC LIMIT %s"
_AFTER = f"{_LISTED} AND (sort_name, id) > (%s::text, %s::bigint) ORDER BY sort_name, id LIMIT %s"
_BEFORE = f"{_LISTED} AND (sort_name, id) < (%s::text, %s::bigint) ORDER BY sort_name DESC, id DESC LIMIT %s"


def listed(site: Site, place: Place, most: int) -> list[ListedPatient]:
    """Return at most `most` patients of `site` from `place` on, by sort name and key; one query.

    Raises Http404 for a place that no patient can have.
    """
    if place.values and [type(value) for value in place.values] != [str, int]:
        raise Http404("broken page address")
    beyond, whole = (_BEFORE, _LAST) if place.backwards else (_AFTER, _FIRST)
    return _rows(beyond if place.values else whole, [site.pk, *place.values, most])


def _rows(statement: str, values: Sequence[Any]) -> list[ListedPatient]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [ListedPatient(*row) for row in cursor.fetchall()]


def similar_patients(site: Site, values: Mapping[str, Any]) -> list[Patient]:
    """Return patients with the date of birth in `values` and a name that shares a word, or is nearly the same."""
    if values["birth_date"] is None:
        return []
    wanted = f"{values['family_name']} {values['given_name']}"
    same_day = born_on(site, values["birth_date"])
    return [patient for patient in same_day if is_alike(wanted, f"{patient.family_name} {patient.given_name}")]


class BornBy(NamedTuple):
    """The latest birth dates of those who are old enough: a day, and the last month (2008-11) and year over by then."""

    day: date
    month: str
    year: str


def born_early_enough(site: Site, on: date) -> BornBy:
    """Return the latest birth dates with which somebody is old enough for `site` on the day `on`."""
    by = born_by(on, site.minimum_age_years)
    month = f"{by:%Y-%m}" if (by + timedelta(days=1)).day == 1 else f"{by.replace(day=1) - timedelta(days=1):%Y-%m}"
    year = month[:4] if month.endswith("-12") else f"{int(month[:4]) - 1}"
    return BornBy(by, month, year)


def of_age(by: BornBy) -> Q:
    """Return the condition of those whom `under_age` of `patients.registry.identity` says nothing of.

    `by` is `born_early_enough` of the site and the day. Of a date of birth that is known in part, the last day that it
    can mean counts.
    """
    first = f"{EARLIEST_YEAR}"
    return Q(birth_date__lte=by.day) | Q(birth_date=None) & (
        Q(birth_date_text__regex=r"^[0-9]{4}-(0[1-9]|1[0-2])$", birth_date_text__range=(first, by.month))
        | Q(birth_date_text__regex=r"^[0-9]{4}$", birth_date_text__range=(first, by.year))
    )


def born_on(site: Site, day: date) -> QuerySet[Patient]:
    """Return the patients of `site` who were born on `day`, as many as are looked through for one who is alike."""
    return Patient.objects.for_site(site).filter(birth_date=day).order_by("sort_name", "id")[:_SAME_DAY_AT_MOST]


def is_alike(one: str, other: str) -> bool:
    """Whether two names share a word, or are nearly the same written out. Pure."""
    ours, theirs = index_tokens(one), index_tokens(other)
    if not ours or not theirs:
        return False
    if not set(ours).isdisjoint(theirs):
        return True
    return SequenceMatcher(None, " ".join(sorted(ours)), " ".join(sorted(theirs))).ratio() >= ALIKE


def open_facts(patient: Patient, category: str | None = None) -> QuerySet[ReportedFact]:
    """Return what is reported of `patient` and not stated absent, the latest first; perhaps of one category."""
    facts = ReportedFact.objects.filter(patient=patient).exclude(status=FactStatus.NEGATED)
    return facts if category is None else facts.filter(category=category)
