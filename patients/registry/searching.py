"""How a search text becomes index look-ups: prefixes of words, record numbers, dates and telephone numbers.

Every branch begins with the site and a prefix that one of the indexes of `patients.registry.models` serves, and
stops after a bounded number of rows, so that the time doesn't grow with the clinic. The statements are written by hand:
somebody who types asks several times a second, and Django takes longer to write them than Postgres to answer.
"""

from typing import Any, NamedTuple

from clinic.accounts.models import Site
from patients.registry.birth_dates import EARLIEST_YEAR, read_birth_dates
from patients.registry.names import search_tokens
from patients.registry.phones import national_spellings, phone_digits, phone_tail
from patients.registry.record_numbers import record_number_prefixes

#: A telephone number is looked for by its beginning from so many digits on, and by its end from so many.
PHONE_BEGINS_DIGITS = 4
PHONE_ENDS_DIGITS = 6
MOST_WORDS = 8
MOST_TEXT = 200


class Reading(NamedTuple):
    """One thing that a text can mean: the statement that finds ids of patients, and its values."""

    sql: str
    values: tuple[Any, ...]


def readings(site: Site, text: str, *, most: int) -> list[Reading]:
    """Return what `text` can mean about patients of `site`, each finding at most `most`; none for an empty text."""
    text = text[:MOST_TEXT].replace("\x00", " ").strip()
    return [
        *_by_record_number(site, text, most),
        *_by_birth_date(site, text, most),
        *_by_phone(site, text, most),
        *_by_name(site, text, most),
        *_by_name_and_year(site, text, most),
    ]


def beginning(text: str) -> str:
    """Return the pattern of LIKE for what begins with `text`."""
    literally = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"{literally}%"


_WORDS = "SELECT patient_id FROM patients_nametoken WHERE site_id = %s AND token LIKE %s"
# Beside each word stand the others of its bearer, so that hardly anybody is looked up who isn't meant, however many
# bear the first word. Where the first is much more common than another, Postgres begins with that one. The look-up is
# of an index that holds all that is asked: a patient's words are of the patient's site.
_BEARS_TOO = """ AND (words LIKE %s OR words = '')
    AND patient_id IN (SELECT patient_id FROM patients_nametoken WHERE token LIKE %s)"""
_PATIENTS = "SELECT id FROM patients_patient p WHERE site_id = %s"
_NAMED = """ AND EXISTS (
    SELECT 1 FROM patients_nametoken n WHERE n.patient_id = p.id AND n.site_id = p.site_id AND token LIKE %s)"""
_BORN_IN = f"{_PATIENTS} AND birth_date BETWEEN make_date(%s::int, 1, 1) AND make_date(%s::int, 12, 31)"
_BORN_IN_PART = f"{_PATIENTS} AND birth_date IS NULL AND birth_date_text LIKE %s"
_WITH_PHONE = f"{_PATIENTS} AND phone_digits <> ''"


def _by_name(site: Site, text: str, most: int) -> list[Reading]:
    words = sorted(search_tokens(text)[:MOST_WORDS], key=len, reverse=True)
    if not words:
        return []
    first, *others = words
    values = [site.pk, beginning(first)]
    for word in others:
        values += [f"% {beginning(word)}", beginning(word)]
    return [Reading(f"{_WORDS}{_BEARS_TOO * len(others)} ORDER BY token LIMIT %s", (*values, most))]


def _by_name_and_year(site: Site, text: str, most: int) -> list[Reading]:
    """Take one number of four figures beside a name for the year of birth: "elodie 1990"."""
    words = search_tokens(text)[:MOST_WORDS]
    years = [word for word in words if len(word) == 4 and word.isdecimal() and int(word) >= EARLIEST_YEAR]
    names = [word for word in words if word not in years]
    if len(years) != 1 or not any(char.isalpha() for word in names for char in word):
        return []
    (year,) = years
    # Those of one year are few: the name is looked up patient by patient, however common it is.
    named = f"{_NAMED * len(names)} ORDER BY birth_date LIMIT %s"
    bearers = [beginning(name) for name in names]
    return [
        Reading(f"{_BORN_IN}{named}", (site.pk, int(year), int(year), *bearers, most)),
        Reading(f"{_BORN_IN_PART}{named}", (site.pk, beginning(str(int(year))), *bearers, most)),
    ]


def _by_record_number(site: Site, text: str, most: int) -> list[Reading]:
    numbered = f"{_PATIENTS} AND record_number LIKE %s ORDER BY record_number LIMIT %s"
    return [Reading(numbered, (site.pk, beginning(prefix), most)) for prefix in record_number_prefixes(site, text)]


def _by_birth_date(site: Site, text: str, most: int) -> list[Reading]:
    days = read_birth_dates(text)
    if not days:
        return []
    born = f"{_PATIENTS} AND birth_date = ANY(%s::date[]) LIMIT %s"
    return [Reading(born, (site.pk, sorted(days), most))]


def _by_phone(site: Site, text: str, most: int) -> list[Reading]:
    if any(char.isalpha() for char in text):
        return []
    digits = phone_digits(text)
    found = []
    if len(digits) >= PHONE_BEGINS_DIGITS:
        begins = sorted({digits, digits.removeprefix("0"), *national_spellings(digits, site.time_zone)})
        begun = " OR ".join(["phone_digits LIKE %s"] * len(begins))
        found.append(Reading(f"{_WITH_PHONE} AND ({begun}) LIMIT %s", (site.pk, *map(beginning, begins), most)))
    # A number kept as +43 1 5550100 and typed as 01 5550100, or the other way round, ends alike.
    tail = phone_tail(text).lstrip("0")
    if len(tail) >= PHONE_ENDS_DIGITS:
        found.append(
            Reading(f"{_WITH_PHONE} AND reverse(phone_digits) LIKE %s LIMIT %s", (site.pk, beginning(tail[::-1]), most))
        )
    return found
