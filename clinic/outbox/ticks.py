"""What fell due by the clock since the last look: written once per period, with the work it asks for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Max

from clinic.accounts.models import Site
from clinic.outbox.models import DueTick
from clinic.outbox.registry import Every, Tick, ticks
from clinic.outbox.services import defer

#: How many missed periods of one tick are made good in one look; the next look goes on from there.
MOST_AT_ONCE = 500


def write_due_ticks(*, at: datetime) -> int:
    """Write every tick that has fallen due by `at`, with its outbox entry; return how many were new.

    Counts from the last period written, so it doesn't matter who looked when, or whether two look at the same
    moment. A tick that was never written begins with its latest period.
    """
    sites = list(Site.objects.order_by("pk"))
    written = 0
    for tick in ticks():
        for site in sites if tick.per_site else [None]:
            written += _catch_up(tick, site, at=at)
    return written


def _catch_up(tick: Tick, site: Site | None, *, at: datetime) -> int:
    last = DueTick.objects.filter(name=tick.name, site=site).aggregate(last=Max("due_at"))["last"]
    zone = ZoneInfo(site.time_zone) if site else ZoneInfo("UTC")
    missed: list[tuple[str, datetime]] = []
    for period, due_at in periods_back_from(at, tick, zone):
        if last is not None and due_at <= last:
            break
        missed.append((period, due_at))
        if last is None or tick.latest_only:
            break
    missed.reverse()
    return sum(_write(tick, site, period=period, due_at=due_at) for period, due_at in missed[:MOST_AT_ONCE])


def periods_back_from(at: datetime, tick: Tick, zone: ZoneInfo) -> Iterator[tuple[str, datetime]]:
    """Yield the name and the due time (UTC) of the tick's periods, the latest that is due at `at` first."""
    local = at.astimezone(zone)
    step = 0
    while True:
        period, due_at = _period(local, tick, zone, step)
        if due_at <= at:
            yield period, due_at
        step += 1


def _period(local: datetime, tick: Tick, zone: ZoneInfo, back: int) -> tuple[str, datetime]:
    """Return the name and due time of the period `back` periods before the one that holds `local`."""
    if tick.every is Every.FIVE_MINUTES:
        moment = local.astimezone(UTC)
        moment = moment.replace(minute=moment.minute // 5 * 5, second=0, microsecond=0) - timedelta(minutes=5 * back)
        return moment.strftime("%Y-%m-%dT%H:%M"), moment
    if tick.every is Every.HOUR:
        hour = local.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=back)
        return hour.strftime("%Y-%m-%dT%H"), hour + timedelta(minutes=tick.at.minute)
    day = local.date()
    if tick.every is Every.DAY:
        day -= timedelta(days=back)
        name = day.isoformat()
    elif tick.every is Every.WEEK:
        day -= timedelta(days=day.weekday(), weeks=back)
        year, week, _weekday = day.isocalendar()
        name = f"{year}-W{week:02}"
    else:
        months = day.year * 12 + day.month - 1 - back
        day = day.replace(year=months // 12, month=months % 12 + 1, day=1)
        name = day.strftime("%Y-%m")
    return name, datetime.combine(day, tick.at, tzinfo=zone).astimezone(UTC)


def _write(tick: Tick, site: Site | None, *, period: str, due_at: datetime) -> bool:
    payload = {"period": period, "due_at": due_at.isoformat()} | ({"site_id": site.pk} if site else {})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_duetick (name, site_id, period, due_at) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING RETURNING id",
            [tick.name, site.pk if site else None, period, due_at],
        )
        if cursor.fetchone() is None:
            return False
        defer(tick.name, key=f"{period}@{site.code if site else 'clinic'}", payload=payload, run_after=due_at)
    return True
