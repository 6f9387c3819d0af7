"""Dates and times as people read them here: 22 Nov 2026, 14:20."""

from datetime import date, datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.dates import MONTHS_3
from django.utils.formats import date_format
from django.utils.translation import get_language


def day_text(day: date) -> str:
    """Return `day` as "22 Nov 2026"."""
    # A list says it in every row, and Django takes its formats apart anew each time.
    return f"{day.day} {_month(day.month, get_language())} {day.year:04}"


@lru_cache(maxsize=12 * 8)
def _month(number: int, language: str | None) -> str:
    """Return the short name of a month in `language`, which is the one in force."""
    return str(MONTHS_3[number]).title()


def reported_day_text(said: str) -> str:
    """Return a moment as another system wrote it ("2018-03-19T04:55:29+00:00") as its day; what isn't one, as it is."""
    try:
        return day_text(date.fromisoformat(said[:10]))
    except ValueError:
        return said


def time_text(at: datetime) -> str:
    """Return the aware time `at` as "22 Nov 2026 14:20 CET", on the clocks of the site at work."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'j M Y H:i', use_l10n=False)} {local.tzname()}"


def second_text(local: datetime) -> str:
    """Return `local`, on the clocks of whoever reads it, as "22 Nov 2026, 14:20:05": who came first is told by it."""
    return f"{day_text(local.date())}, {local:%H:%M:%S}"


def whole_years(since: date, on: date) -> int:
    """Return the whole years from `since` to the day `on`; from 29 February on, a year is full on 1 March."""
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))
