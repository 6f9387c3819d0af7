"""Dates of birth as people write them: read for searching, for registering, and for the age. Pure.

Figures alone are read day first, then month; month first only where day first can't be (04/13/1979). A search
takes every reading, since a person looked for must be found; a registration refuses what can be read in two ways. With
points (03.04.1979) the day comes first wherever dates are written so.
"""

import re
import unicodedata
from calendar import isleap, monthrange
from datetime import date

from django.utils.translation import gettext as _

from clinic.dates import day_text, whole_years

EARLIEST_YEAR = 1900

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio", "feb february februar février fevrier febrero febbraio",
            "mar march märz maerz mars marzo", "apr april avril abril aprile", "may mai mayo maggio",
            "jun june juni juin junio giugno", "jul july juli juillet julio luglio",
            "aug august août aout agosto", "sep sept september septembre septiembre settembre",
            "oct october okt oktober octobre octubre ottobre", "nov november novembre noviembre",
            "dec december dez dezember décembre decembre diciembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b")
_PART = re.compile(r"\d+|[^\W\d_]+")
_SEPARATORS = re.compile(r"[\s./,\-–年月日]*")


def registered_readings(text: str, *, earliest: int = EARLIEST_YEAR) -> list[date]:
    """Return what a date to be registered can mean: one date, or two where day and month can be exchanged."""
    readings = read_birth_dates(text, earliest=earliest)
    return readings[:1] if "." in unicodedata.normalize("NFKC", text) else readings


def read_birth_dates(text: str, *, earliest: int = EARLIEST_YEAR) -> list[date]:
    """Return every date from the year `earliest` on that `text` can mean, the likeliest first; nothing when none."""
    return list(dict.fromkeys(day for y, m, d in _readings(text) if (day := _day(y, m, d, earliest)) is not None))


def missing_day(text: str) -> tuple[int, date] | None:
    """Return which day `text` names that its month doesn't have, and the month's last day; None when it names none.

    31.02.1980 is (31, 29 February 1980).
    """
    for year, month, day in _readings(text):
        if 1 <= month <= 12 and EARLIEST_YEAR <= year <= 9999:
            last = date(year, month, monthrange(year, month)[1])
            if last.day < day <= 31:
                return day, last
    return None


def _readings(text: str) -> list[tuple[int, int, int]]:
    """Return what `text` can mean as (year, month, day), whether there is such a day or not."""
    plain = _ORDINAL.sub("", unicodedata.normalize("NFKC", text).strip().casefold())
    plain = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain)
    parts = _PART.findall(plain)
    if _SEPARATORS.sub("", _PART.sub("", plain)):
        return []
    return _of_parts([part for part in parts if part not in {"年", "月", "日"}])


def _of_parts(parts: list[str]) -> list[tuple[int, int, int]]:
    """Return readings as (year, month, day)."""
    if len(parts) == 1 and parts[0].isdecimal() and len(parts[0]) == 8:
        run = parts[0]
        return [
            (int(run[:4]), int(run[4:6]), int(run[6:])),
            (int(run[4:]), int(run[2:4]), int(run[:2])),
            (int(run[4:]), int(run[:2]), int(run[2:4])),
        ]
    if len(parts) != 3:
        return []
    words = [part for part in parts if not part.isdecimal()]
    if words:
        return _with_month_word(parts, words)
    if any(len(part) > 4 for part in parts):
        return []
    first, second, third = (int(part) for part in parts)
    if len(parts[0]) == 4:
        return [(first, second, third)]
    if len(parts[2]) == 4:
        return [(third, second, first), (third, first, second)]
    return []


def _with_month_word(parts: list[str], words: list[str]) -> list[tuple[int, int, int]]:
    month = _MONTHS.get(words[0])
    figures = [part for part in parts if part.isdecimal()]
    if len(words) != 1 or month is None or any(len(part) > 4 for part in figures):
        return []
    years = [part for part in figures if len(part) == 4]
    days = [part for part in figures if len(part) <= 2]
    return [(int(years[0]), month, int(days[0]))] if years and days else []


def _day(year: int, month: int, day: int, earliest: int) -> date | None:
    try:
        return date(year, month, day) if year >= earliest else None
    except ValueError:
        return None


def latest_birth(birth_date: date | None, reported: str) -> date | None:
    """Return the latest day on which the person can have been born; None when nothing is known.

    `reported` is a partial date ("1962" or "1962-05"), used where `birth_date` isn't known. The latest day gives
    the least age, which is the one to judge by.
    """
    if birth_date is not None:
        return birth_date
    found = re.fullmatch(r"(\d{4})(?:-(\d{2}))?", reported.strip())
    if found is None or int(found[1]) < EARLIEST_YEAR:
        return None
    month = int(found[2] or 12)
    return date(int(found[1]), month, monthrange(int(found[1]), month)[1]) if 1 <= month <= 12 else None


def age_years(born: date, on: date) -> int:
    """Return the whole years of age on the day `on`; someone born on 29 February is a year older on 1 March."""
    return whole_years(born, on)


def of_age_on(born: date, minimum_years: int) -> date:
    """Return the day from which on `age_years` of somebody born on `born` is `minimum_years` or more."""
    year = born.year + minimum_years
    return date(year, 3, 1) if (born.month, born.day) == (2, 29) and not isleap(year) else born.replace(year=year)


def born_by(on: date, minimum_years: int) -> date:
    """Return the latest birth date with which `age_years` on the day `on` is `minimum_years` or more."""
    year = on.year - minimum_years
    return date(year, 2, 28) if (on.month, on.day) == (2, 29) and not isleap(year) else on.replace(year=year)


def until_of_age(born: date | None, minimum_years: int) -> str:
    """Say what lets a patient who is under age be treated: a day, or a date of birth.

    `born` is the latest day on which the patient can have been born.
    """
    if born is None:
        return _("Enter the date of birth first.")
    told = {"day": day_text(of_age_on(born, minimum_years))}
    return _("The patient is old enough from %(day)s on. Correct the date of birth first if that is wrong.") % told


def under_age_words(born: date | None, on: date, minimum_years: int) -> str:
    """Say that a patient isn't treated here for being younger than `minimum_years`; "" for one who may be.

    `born` is the latest day on which the patient can have been born. An unknown age could be below the minimum.
    """
    told = {"minimum": minimum_years}
    if born is None:
        return _("The date of birth isn't known, so the patient could be under %(minimum)s.") % told
    if (age := age_years(born, on)) < minimum_years:
        return _("%(age)s years old; this clinic treats from %(minimum)s.") % {**told, "age": age}
    return ""
