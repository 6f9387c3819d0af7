"""How amounts and times are written, as template filters: exact decimals with a unit, 22 Nov 2026, 24 hours."""

import datetime as dt

from django.template import Library
from django.utils import formats
from django.utils.timezone import localtime

from clinic.amounts import millilitre_text

register = Library()


@register.filter
def ml(value_ul: int | None) -> str:
    """Write a volume in microlitres as millilitres, exact: 6400 is `6.40 mL`, 1234 is `1.234 mL`, None is a dash."""
    if value_ul is None:
        return "–"
    return f"{millilitre_text(value_ul)} mL".replace("-", "−")


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """Write a date as `22 Nov 2026`; None is a dash."""
    if value is None:
        return "–"
    return formats.date_format(_local(value), "j M Y")


@register.filter
def moment(value: dt.datetime | None) -> str:
    """Write a time as `22 Nov 2026, 09:41`, at the site; None is a dash."""
    if value is None:
        return "–"
    return formats.date_format(_local(value), "j M Y, H:i")


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
