"""What the audit rules judge beside the figures of one week: the weeks before it, and how far off the volumes were."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber, TruncWeek

from audit.weekly.charts import Point
from audit.weekly.queries import CLOSED, finished_between
from audit.weekly.weeks import Week
from clinic.accounts.models import Site
from sessions.preparation.models import Preparation, PreparationLine
from sessions.treatment.models import SessionStatus, TreatmentSession
from sessions.treatment.queries import outside_volumes

#: How many weeks a chart looks back on, this one among them.
WEEKS = 52


class MeanDeviation(NamedTuple):
    """How far one preparer's volumes of one ingredient were off their targets, on average and in percent.

    `since` is when the first of them was finished, where they aren't all of the week.
    """

    preparer_id: int
    preparer: str
    ingredient: str
    percent: Decimal
    of: int
    since: datetime | None = None


def deviating_weeks(site: Site, week: Week) -> list[Point]:
    """Return the weeks with preparations up to `week`, the oldest first: those with a deviation; one query."""
    zone = ZoneInfo(site.time_zone)
    start = datetime.combine(week.monday - timedelta(weeks=WEEKS - 1), time(0), tzinfo=zone)
    rows = (
        Preparation.objects.for_site(site)
        .filter(status__in=CLOSED, finished_at__gte=start, finished_at__lt=week.bounds(site.time_zone)[1])
        .annotate(week=TruncWeek("finished_at", tzinfo=zone))
        .values("week")
        .annotate(whole=Count("pk"), part=Count("pk", filter=Q(deviation_count__gt=0)))
        .order_by("week")
    )
    return [Point(row["part"], row["whole"]) for row in rows]


def outside_weeks(site: Site, week: Week) -> list[Point]:
    """Return the weeks with sessions up to `week`, the oldest first: those with a volume out of range; two queries."""
    first = week.monday - timedelta(weeks=WEEKS - 1)
    signed = TreatmentSession.objects.for_site(site).filter(
        status=SessionStatus.SIGNED, on__range=(first, week.sunday)
    )  # fmt: skip
    wholes, parts = _by_week(signed), _by_week(outside_volumes(signed))
    return [Point(parts.get(monday, 0), whole) for monday, whole in sorted(wholes.items())]


def _by_week(rows: Any) -> dict[date, int]:
    counted = rows.annotate(week=TruncWeek("on")).order_by().values("week").annotate(number=Count("pk"))
    return {row["week"]: row["number"] for row in counted}


def mean_deviations(site: Site, week: Week, *, least: int) -> list[MeanDeviation]:
    """Return the mean absolute deviation by preparer and ingredient, the largest first; one query.

    Of whoever prepared in `week`: of all volumes of the week where they are `least` or more, else of the `least` latest
    up to its end, so that somebody who prepares once a week and drifts is seen too. What lies more than `WEEKS` back
    isn't looked at.
    """
    start, end = week.bounds(site.time_zone)
    latest = Window(
        RowNumber(), partition_by=[F("preparation__preparer_id"), F("ingredient_name")],
        order_by=[F("preparation__finished_at").desc(), F("pk").desc()],
    )  # fmt: skip
    looked_at = finished_between(site, start - timedelta(weeks=WEEKS - 1), end)
    rows: Any = (
        PreparationLine.objects.filter(preparation__in=looked_at, measured_ul__isnull=False, target_ul__gt=0)
        .filter(preparation__preparer__in=finished_between(site, start, end).values("preparer"))
        .annotate(latest=latest)
        .filter(Q(latest__lte=least) | Q(preparation__finished_at__gte=start))
        .order_by("-preparation__finished_at", "-pk")
        .values_list(
            "preparation__preparer_id", "preparation__preparer__full_name", "ingredient_name", "measured_ul",
            "target_ul", "preparation__finished_at",
        )
    )  # fmt: skip
    volumes: dict[tuple[int, str, str], list[_Volume]] = {}
    for preparer_id, preparer, ingredient, measured, target, at in rows:
        off = abs(Decimal(measured - target)) * 100 / target
        volumes.setdefault((preparer_id, preparer, ingredient), []).append(_Volume(off, at))
    means = [_mean_of(*key, found, since=start, least=least) for key, found in volumes.items()]
    return sorted((each for each in means if each), key=lambda each: (-each.percent, each.preparer, each.ingredient))


class _Volume(NamedTuple):
    """How far a volume was off its target, in percent, and when its preparation was finished."""

    percent: Decimal
    at: datetime


def _mean_of(
    preparer_id: int, preparer: str, ingredient: str, volumes: list[_Volume], *, since: datetime, least: int
) -> MeanDeviation | None:
    """Return the mean of `volumes`, the latest first; None where none is of the week, which begins at `since`."""
    of_the_week = [volume for volume in volumes if volume.at >= since]
    if not of_the_week:
        return None
    counted = of_the_week if len(of_the_week) >= least else volumes[:least]
    mean = sum((volume.percent for volume in counted), Decimal(0)) / len(counted)
    beyond = counted[-1].at if len(counted) > len(of_the_week) else None
    return MeanDeviation(preparer_id, preparer, ingredient, round(mean, 6), len(counted), beyond)
