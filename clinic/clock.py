"""The clinic's clock: the only place that asks what time it is.

Views, tasks and the outermost service take the time once and pass it on. `moved_to` sets the clock for
the demo clinic and for tests; a clock file moves it for whole processes (a journey through six months),
and only where CLINIC_CLOCK_FILE names one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

_moved: ContextVar[datetime | None] = ContextVar("clinic_clock", default=None)


class HasTimeZone(Protocol):
    """A site, or whatever else lives in one time zone."""

    time_zone: str


def now() -> datetime:
    """Return the aware UTC time that the clinic works at."""
    if (moved := _moved.get()) is not None:
        return moved
    return timezone.now() + _file_offset()


def today(site: HasTimeZone) -> date:
    """Return the date at `site`."""
    return local(now(), site).date()


def local(at: datetime, site: HasTimeZone) -> datetime:
    """Return the aware time `at` on the clocks of `site`."""
    return at.astimezone(ZoneInfo(site.time_zone))


@contextmanager
def moved_to(at: datetime) -> Iterator[None]:
    """Let the clock stand at `at` (aware) inside the block."""
    if timezone.is_naive(at):
        raise ValueError("the clinic's clock needs a time zone")
    token = _moved.set(at)
    try:
        yield
    finally:
        _moved.reset(token)


def _file_offset() -> timedelta:
    if not settings.CLOCK_FILE:
        return timedelta()
    path = Path(settings.CLOCK_FILE)
    return timedelta(seconds=int(path.read_text(encoding="ascii"))) if path.exists() else timedelta()
