"""How a search text becomes index look-ups: prefixes of words, record numbers, dates and telephone numbers.

Every branch begins with the site and a prefix that one of the indexes of `patients.registry.models` serves, and
stops after a bounded number of rows, so that the time doesn't grow with the clinic.
"""

from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Reverse

from clinic.accounts.models import Site
from patients.registry.birth_dates import EARLIEST_YEAR, read_birth_dates
from patients.registry.models import NameToken, Patient
from patients.registry.names import search_tokens
from patients.registry.phones import national_spellings, phone_digits, phone_tail
from patients.registry.record_numbers import record_number_prefixes

#: A telephone number is looked for by its beginning from so many digits on, and by its end from so many.
PHONE_BEGINS_DIGITS = 4
PHONE_ENDS_DIGITS = 6
MOST_WORDS = 8
MOST_TEXT = 200


def matches(site: Site, text: str, *, most: int) -> QuerySet[Any] | None:
    """Return the ids of patients of `site` whom `text` can mean, at most `most` per reading; None for no reading.

    Postgres' LIKE takes a prefix as it stands: every text that gets here is escaped by Django.
    """
    text = text[:MOST_TEXT].replace("\x00", " ").strip()
    readings = [
        *_by_record_number(site, text, most),
        *_by_birth_date(site, text, most),
        *_by_phone(site, text, most),
        *_by_name(site, text, most),
        *_by_name_and_year(site, text, most),
    ]
    if not readings:
        return None
    first, *others = readings
    return first.union(*others, all=True) if others else first


def _by_name(site: Site, text: str, most: int) -> list[QuerySet[Any]]:
    words = sorted(search_tokens(text)[:MOST_WORDS], key=len, reverse=True)
    if not words:
        return []
    # Beside each word stand the others of its bearer, so that hardly anybody is looked up who isn't meant, however many
    # bear the first word. Where the first is much more common than another, Postgres begins with that one. The look-up
    # is of an index that holds all that is asked: a patient's words are of the patient's site.
    first = NameToken.objects.filter(site=site, token__startswith=words[0])
    for word in words[1:]:
        first = first.filter(
            Q(words__contains=f" {word}") | Q(words=""),
            patient__in=NameToken.objects.filter(token__startswith=word).values("patient"),
        )
    return [first.order_by("token").values_list("patient_id", flat=True)[:most]]


def _by_name_and_year(site: Site, text: str, most: int) -> list[QuerySet[Any]]:
    """Take one number of four figures beside a name for the year of birth: "elodie 1990"."""
    words = search_tokens(text)[:MOST_WORDS]
    years = [word for word in words if len(word) == 4 and word.isdecimal() and int(word) >= EARLIEST_YEAR]
    names = [word for word in words if word not in years]
    if len(years) != 1 or not any(char.isalpha() for word in names for char in word):
        return []
    year = int(years[0])
    born = Patient.objects.filter(site=site)
    known = born.filter(birth_date__range=(date(year, 1, 1), date(year, 12, 31)))
    in_part = born.filter(birth_date=None, birth_date_text__startswith=f"{year}")
    # Those of one year are few: the name is looked up patient by patient, however common it is.
    for name in names:
        token = Exists(NameToken.objects.filter(patient=OuterRef("pk"), site=site, token__startswith=name))
        known, in_part = known.filter(token), in_part.filter(token)
    return [patients.order_by("birth_date").values_list("pk", flat=True)[:most] for patients in (known, in_part)]


def _by_record_number(site: Site, text: str, most: int) -> list[QuerySet[Any]]:
    return [
        Patient.objects.filter(site=site, record_number__startswith=prefix)
        .order_by("record_number")
        .values_list("pk", flat=True)[:most]
        for prefix in record_number_prefixes(site, text)
    ]


def _by_birth_date(site: Site, text: str, most: int) -> list[QuerySet[Any]]:
    days = read_birth_dates(text)
    if not days:
        return []
    return [Patient.objects.filter(site=site, birth_date__in=days).values_list("pk", flat=True)[:most]]


def _by_phone(site: Site, text: str, most: int) -> list[QuerySet[Any]]:
    if any(char.isalpha() for char in text):
        return []
    digits = phone_digits(text)
    found = []
    begins = set()
    if len(digits) >= PHONE_BEGINS_DIGITS:
        begins = {digits, digits.removeprefix("0"), *national_spellings(digits, site.time_zone)}
    if begins:
        begun = reduce(or_, (Q(phone_digits__startswith=start) for start in sorted(begins)))
        found.append(
            Patient.objects.filter(begun, site=site).exclude(phone_digits="").values_list("pk", flat=True)[:most]
        )
    # A number kept as +43 1 5550100 and typed as 01 5550100, or the other way round, ends alike.
    tail = phone_tail(text).lstrip("0")
    if len(tail) >= PHONE_ENDS_DIGITS:
        found.append(
            Patient.objects.exclude(phone_digits="")
            .annotate(phone_reversed=Reverse("phone_digits"))
            .filter(site=site, phone_reversed__startswith=tail[::-1])
            .values_list("pk", flat=True)[:most]
        )
    return found
