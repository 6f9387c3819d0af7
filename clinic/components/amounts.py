"""How amounts and times are written, as template filters: exact decimals with a unit, 22 Nov 2026, 24 hours."""

import datetime as dt
import re

from django.template import Library
from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from clinic.amounts import millilitre_column, millilitre_text
from clinic.dates import day_text

register = Library()


@register.filter
def ml(value_ul: int | None) -> str:
    """Write a volume in microlitres as millilitres, exact: 6400 is `6.40 mL`, 1234 is `1.234 mL`, None is a dash."""
    if value_ul is None:
        return "–"
    return f"{millilitre_text(value_ul)} mL".replace("-", "−")


@register.filter
def ml_column(value_ul: int | None) -> str:
    """Write a volume in a column of figures, with three decimals always, so that the points align: `6.400 mL`."""
    if value_ul is None:
        return "–"
    return f"{millilitre_column(value_ul)} mL".replace("-", "−")


#: What is read as one word: numbers of records, vials and preparations, dates, and amounts with their unit.
UNBROKEN = re.compile(
    r"(\b[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d[A-Z0-9]*(?:-[A-Z0-9]+)*\b|\b\d{4}-W\d{2}\b"
    r"|\b\d{1,2} [A-Z][a-z]{2}(?: \d{4})?(?:, \d{2}:\d{2})?(?!\w)"
    r"|(?:[±−] ?)?(?<![\w.])\d[\d.]* (?:[mµ]?g/mL|mL|µL|[mµk]?g(?!/)|mm|%)(?!\w))"
)


@register.filter
def unbroken(text: object) -> SafeString:
    """Keep numbers of records, dates and amounts on one line each, wherever the text around them breaks."""
    parts = UNBROKEN.split(str(text))
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<span class="nowrap">{}</span>', part) if number % 2 else part,)
            for number, part in enumerate(parts)
        ),
    )


#: What a list and a header put between their parts.
SEPARATOR = " · "
#: A part as short as this is never broken.
SHORT_PART = 28


@register.filter
def in_parts(text: object) -> SafeString:
    """Write parts with dots between them so that no line begins with a dot, and none breaks within a short part."""
    if isinstance(text, SafeString):  # written out already, as a template's own words are
        return SafeString("\u00a0· ".join(text.split(SEPARATOR)))
    parts = str(text).split(SEPARATOR)
    if len(parts) == 1:
        return unbroken(text)
    dots = ("\u00a0· ",) * (len(parts) - 1) + ("",)
    return format_html_join(
        "", "{}{}",
        (
            (format_html('<span class="nowrap">{}</span>', part) if len(part) <= SHORT_PART else unbroken(part), dot)
            for part, dot in zip(parts, dots, strict=True)
        ),
    )  # fmt: skip


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """Write a date as `22 Nov 2026`; None is a dash."""
    if value is None:
        return "–"
    return day_text(_local(value))


@register.filter
def moment(value: dt.datetime | None) -> str:
    """Write a time as `22 Nov 2026, 09:41`, at the site; None is a dash."""
    if value is None:
        return "–"
    local = localtime(value)
    return f"{day_text(local)}, {local:%H:%M}"


@register.filter
def clock(value: dt.datetime | None) -> str:
    """Write the time of day as `09:41`, at the site; None is a dash."""
    if value is None:
        return "–"
    return formats.time_format(localtime(value), "H:i")


@register.filter
def clock_seconds(value: dt.datetime | None) -> str:
    """Write the time of day as `09:41:07`, at the site; None is a dash."""
    if value is None:
        return "–"
    return formats.time_format(localtime(value), "H:i:s")


def _local(value: dt.date) -> dt.date:
    return localtime(value) if isinstance(value, dt.datetime) and value.tzinfo else value
