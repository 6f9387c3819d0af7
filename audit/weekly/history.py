"""What the audit rules judge beside the figures of one week: the weeks before it, and how far off the volumes were."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count, F, FloatField, Q
from django.db.models.functions import Abs, Cast, TruncWeek

from audit.weekly.charts import Point
from audit.weekly.queries import CLOSED, preparations_of
from audit.weekly.weeks import Week
from clinic.accounts.models import Site
from sessions.preparation.models import Preparation, PreparationLine
from sessions.treatment.models import SessionStatus, TreatmentSession
from sessions.treatment.queries import outside_volumes

#: How many weeks a chart looks back on, this one among them.
WEEKS = 52


class MeanDeviation(NamedTuple):
    """How far one preparer's volumes of one ingredient were off their targets in a week, on average and in percent."""

    preparer_id: int
    preparer: str
    ingredient: str
    percent: Decimal
    of: int


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


def mean_deviations(site: Site, week: Week) -> list[MeanDeviation]:
    """Return the mean absolute deviation by preparer and ingredient, the largest first; one query."""
    off = Abs(Cast(F("measured_ul") - F("target_ul"), FloatField())) * 100.0 / F("target_ul")
    rows = (
        PreparationLine.objects.filter(
            preparation__in=preparations_of(site, week), measured_ul__isnull=False, target_ul__gt=0
        )
        .order_by()
        .values("preparation__preparer_id", "preparation__preparer__full_name", "ingredient_name")
        .annotate(mean=Avg(off), number=Count("pk"))
    )
    found = [
        MeanDeviation(
            row["preparation__preparer_id"], row["preparation__preparer__full_name"], row["ingredient_name"],
            Decimal(str(round(row["mean"], 6))), row["number"],
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: (-each.percent, each.preparer, each.ingredient))
