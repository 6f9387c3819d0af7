"""How a search text becomes index look-ups: prefixes of words, record numbers, dates and telephone numbers.

Every branch begins with the site and a prefix that one of the indexes of `patients.registry.models` serves, and
stops after a bounded number of rows, so that the time doesn't grow with the clinic. The statements are written by hand:
somebody who types asks several times a second, and Django takes longer to write them than Postgres to answer. What
bounds the rows stands in them as a number, so that Postgres knows it before it knows the text.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

from clinic.accounts.models import Site
from patients.registry.birth_dates import read_birth_dates
from patients.registry.names import search_tokens
from patients.registry.phones import national_spellings, phone_digits, phone_tail
from patients.registry.record_numbers import record_number_prefixes

#: A telephone number is looked for by its beginning from so many digits on, and by its end from so many.
PHONE_BEGINS_DIGITS = 4
PHONE_ENDS_DIGITS = 4
#: A nought before fewer digits is one of the number's own, not the one that is dialled before it within the country.
TRUNK_DIGITS = 6
MOST_WORDS = 8
MOST_TEXT = 200
_IN_FIGURES = re.compile(r"\b\d{1,4}([./-]|\. )\d{1,2}([./-]|\. )\d{1,4}\b")


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
    ]


#: The last character that there is, which no name and no number holds.
_LAST_CHARACTER = "\U0010ffff"


def beginning(text: str) -> tuple[str, str]:
    """Return between what, the second outside, everything lies that begins with `text`, compared byte by byte."""
    return text, f"{text}{_LAST_CHARACTER}"


def _begins(column: str) -> str:
    """Return the condition that `column` lies in a `beginning`.

    The bounds are subqueries, which Postgres reads as the statement runs: so one plan serves all texts and is kept.
    What LIKE is given has to be looked at to plan it, each time anew, which took longer than to search.
    """
    return f"{column} >= (SELECT %s::text) AND {column} < (SELECT %s::text)"


_BEARERS = "SELECT patient_id FROM patients_nametoken WHERE site_id = %s"
_WORD = f"{_BEARERS} AND {_begins('token')} ORDER BY token"
# Read in one index, which passes over what doesn't go on with the second word: a few steps, however common each is.
_BEARERS_OF_TWO = "SELECT patient_id FROM patients_namepair p WHERE site_id = %s"
_PAIR = f"{_BEARERS_OF_TWO} AND {_begins('token')} AND {_begins('beside')}"
_BEARS = f""" AND EXISTS (
    SELECT FROM patients_nametoken n WHERE n.patient_id = {{patient}} AND {_begins("n.token")})"""
_BEARS_TOO = _BEARS.format(patient="p.patient_id")
_PATIENTS = "SELECT id FROM patients_patient p WHERE site_id = %s"
_BORN = f"{_PATIENTS} AND birth_date = ANY(%s::date[])"
_NAMED = _BEARS.format(patient="p.id")
_WITH_PHONE = f"{_PATIENTS} AND phone_digits <> ''"


def _by_name(site: Site, text: str, most: int) -> list[Reading]:
    """Read `text` as words of a name, and beside them the year of birth: "elodie 1990"."""
    words = search_tokens(text)[:MOST_WORDS]
    # A year is kept in our figures; a name may hold others.
    spelt = dict.fromkeys([tuple(words), tuple(map(_in_our_figures, words))])
    return [_bearers(site, each, most) for each in spelt if each]


def _bearers(site: Site, words: Sequence[str], most: int) -> Reading:
    # Who bears "anna" is found by "ann" as well: one word of theirs is both.
    needed = [word for word in words if not any(other != word and other.startswith(word) for other in words)]
    # How many steps are taken depends on the first. Figures are rare in names, and years are few.
    needed.sort(key=lambda word: (word.isdecimal(), len(word)), reverse=True)
    bounds = _bounds(needed)
    if len(needed) == 1:
        return Reading(f"{_WORD} LIMIT {most}", (site.pk, *bounds))
    return Reading(f"{_PAIR}{_BEARS_TOO * (len(needed) - 2)} ORDER BY token LIMIT {most}", (site.pk, *bounds))


def _bounds(words: Sequence[str]) -> list[str]:
    return [bound for word in words for bound in beginning(word)]


def _in_our_figures(word: str) -> str:
    return "".join(str(unicodedata.decimal(char)) for char in word) if word.isdecimal() else word


def _by_record_number(site: Site, text: str, most: int) -> list[Reading]:
    numbered = f"{_PATIENTS} AND {_begins('record_number')} ORDER BY record_number LIMIT {most}"
    return [Reading(numbered, (site.pk, *beginning(prefix))) for prefix in record_number_prefixes(site, text)]


def _by_birth_date(site: Site, text: str, most: int) -> list[Reading]:
    """Read `text` as a date of birth, or as one in figures beside words of a name: "elodie 16.3.1979"."""
    days, names = read_birth_dates(text), []
    if not days and (figures := _IN_FIGURES.search(text)):
        days = read_birth_dates(figures[0])
        names = search_tokens(text[: figures.start()] + text[figures.end() :])[:MOST_WORDS]
    if not days:
        return []
    return [Reading(f"{_BORN}{_NAMED * len(names)} LIMIT {most}", (site.pk, sorted(days), *_bounds(names)))]


def _by_phone(site: Site, text: str, most: int) -> list[Reading]:
    if any(char.isalpha() for char in text):
        return []
    digits = phone_digits(text)
    found = []
    if len(digits) >= PHONE_BEGINS_DIGITS:
        begun = f"{_WITH_PHONE} AND {_begins('phone_digits')} LIMIT {most}"
        begins = sorted({digits, digits.removeprefix("0"), *national_spellings(digits, site.time_zone)})
        found += [Reading(begun, (site.pk, *beginning(spelt))) for spelt in begins]
    # A number kept as +43 1 5550100 and typed as 01 5550100, or the other way round, ends alike.
    tail = phone_tail(text)
    if len(within := tail.lstrip("0")) >= TRUNK_DIGITS:
        tail = within
    if len(tail) >= PHONE_ENDS_DIGITS:
        ended = f"{_WITH_PHONE} AND {_begins('reverse(phone_digits)')} LIMIT {most}"
        found.append(Reading(ended, (site.pk, *beginning(tail[::-1]))))
    return found
