"""What somebody did, told in a sentence: when, as it is told on a day, and why, as a sentence's end."""

from datetime import date, datetime

from clinic import clock
from clinic.clock import HasTimeZone
from clinic.dates import day_text


def moment_text(at: datetime, site: HasTimeZone, on: date) -> str:
    """Return `at` as it is told on the day `on`: "10:42", of another day "24 Nov 2026, 10:42"."""
    local = clock.local(at, site)
    return f"{local:%H:%M}" if local.date() == on else f"{day_text(local.date())}, {local:%H:%M}"


def stopped(text: str) -> str:
    """Return what somebody typed as the end of a sentence."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
