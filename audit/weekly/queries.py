"""The figures of a site's week, and the rows behind each of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast

from audit.weekly.models import DeviationDecision, WeekReview
from audit.weekly.weeks import Week
from clinic.accounts.models import Site
from clinic.kept import Kept
from clinic.statistics import Share, wilson
from clinic.trail.models import TrailEvent
from sessions.preparation.models import Deviation, Preparation, PreparationStatus
from sessions.treatment.models import SessionStatus, TreatmentSession
from sessions.treatment.queries import entered_late, outside_volumes

CLOSED = (PreparationStatus.SIGNED, PreparationStatus.REJECTED)


@dataclass(frozen=True, slots=True)
class PreparerFigures:
    """One preparer's week."""

    preparer_id: int
    name: str
    preparations: int
    rejected: int
    with_deviation: int
    deviations: int
    share: Share


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """A site's week: totals and one row per preparer."""

    week: Week
    preparations: int
    rejected: int
    with_deviation: int
    deviations: int
    to_decide: int
    share: Share
    preparers: list[PreparerFigures]
    #: Signed sessions of the week, and those of them with a volume per site outside of the protocol.
    sessions: int
    outside_volume: int
    #: Those of them with points that were entered after something had stopped them.
    entered_late: int = 0


def preparations_of(site: Site, week: Week) -> QuerySet[Preparation]:
    """Return the preparations finished in `week`, signed or rejected."""
    return finished_between(site, *week.bounds(site.time_zone))


def finished_between(site: Site | int, start: datetime, end: datetime) -> QuerySet[Preparation]:
    """Return the preparations finished from `start` until before `end`, signed or rejected."""
    return Preparation.objects.for_site(site).filter(status__in=CLOSED, finished_at__gte=start, finished_at__lt=end)


def sessions_of(site: Site, week: Week) -> QuerySet[TreatmentSession]:
    """Return the signed sessions that were given in `week`."""
    return TreatmentSession.objects.for_site(site).filter(
        status=SessionStatus.SIGNED, on__range=(week.monday, week.sunday)
    )


def outside_volume_of(site: Site, week: Week) -> QuerySet[TreatmentSession]:
    """Return the sessions of `week` with a volume per site outside of the protocol, with what is said of them."""
    return _told(outside_volumes(sessions_of(site, week)))


def entered_late_of(site: Site, week: Week) -> QuerySet[TreatmentSession]:
    """Return the sessions of `week` with points that were entered after a stop, with what is said of them."""
    return _told(entered_late(sessions_of(site, week)))


def _told(sessions: QuerySet[TreatmentSession]) -> QuerySet[TreatmentSession]:
    found = sessions.select_related("patient", "planned", "operator", "protocol_version", "site")
    return found.prefetch_related("zones").order_by("on", "id")


def deviations_of(site: Site, week: Week) -> QuerySet[Any]:
    """Return the deviations of `week`, each with its latest decision under `decision`."""
    latest = DeviationDecision.objects.filter(deviation=OuterRef("pk")).order_by("-decided_at", "-id")
    return (
        Deviation.objects.filter(preparation__in=preparations_of(site, week))
        .annotate(decision=Subquery(latest.values("verdict")[:1]))
        .select_related("preparation__preparer", "preparation__formulation_version__formulation", "line")
        .prefetch_related(
            Prefetch("decisions", queryset=DeviationDecision.objects.select_related("decided_by").order_by("-id"))
        )
        .order_by("preparation__finished_at", "id")
    )


def week_figures(site: Site, week: Week) -> WeekFigures:
    """Return the figures of a week; five queries."""
    rows: list[Any] = list(
        preparations_of(site, week)
        .values("preparer_id", "preparer__full_name")
        .annotate(
            total=Count("pk"),
            rejects=Count("pk", filter=Q(status=PreparationStatus.REJECTED)),
            with_deviation=Count("pk", filter=Q(deviation_count__gt=0)),
            departures=Sum("deviation_count"),
        )
        .order_by("preparer__full_name", "preparer_id")
    )
    preparers = [
        PreparerFigures(
            preparer_id=row["preparer_id"],
            name=row["preparer__full_name"],
            preparations=row["total"],
            rejected=row["rejects"],
            with_deviation=row["with_deviation"],
            deviations=row["departures"],
            share=wilson(row["with_deviation"], row["total"]),
        )
        for row in rows
    ]
    preparations, signed = sum(row.preparations for row in preparers), sessions_of(site, week)
    with_deviation = sum(row.with_deviation for row in preparers)
    return WeekFigures(
        week=week,
        preparations=preparations,
        rejected=sum(row.rejected for row in preparers),
        with_deviation=with_deviation,
        deviations=sum(row.deviations for row in preparers),
        to_decide=deviations_of(site, week).filter(decision=None).count(),
        share=wilson(with_deviation, preparations),
        preparers=preparers,
        sessions=signed.count(),
        outside_volume=outside_volumes(signed).count(),
        entered_late=entered_late(signed).count(),
    )


def records_begin(site: Site) -> datetime | None:
    """Return the time of a site's first record; None while it has none."""
    return TrailEvent.objects.filter(site=site).order_by("seq").values_list("occurred_at", flat=True).first()


def review_of(site: Site, week: Week) -> WeekReview | None:
    """Return the signed audit of a week; None while it isn't signed."""
    # Not joined with its signature: one whose signature is gone is there all the same, and its page says so.
    return _reviews(site, week.year, week.number).select_related("signed_by").first()


def _reviews(site: Site | int, year: int, number: int) -> QuerySet[WeekReview]:
    # As large numbers, since a kept query is written with some that no small column can hold.
    weeks = WeekReview.objects.for_site(site).alias(
        year=Cast("iso_year", BigIntegerField()), number=Cast("iso_week", BigIntegerField())
    )
    found: QuerySet[WeekReview] = weeks.filter(year=year, number=number)
    return found


#: The key of a preparation of a week that isn't signed.
_UNSIGNED: Kept[int] = Kept(
    lambda site, start, end, year, number: (
        finished_between(site, start, end)
        .exclude(Exists(_reviews(site, year, number)))
        .order_by()
        .values_list("pk", flat=True)
    )
)


def unsigned_weeks(site: Site, *, before: Week, most: int = 4) -> list[Week]:
    """Return the latest weeks before `before` that had preparations and aren't signed, the oldest first.

    One query for each week that is looked at.
    """
    weeks: list[Week] = []
    week = before.before
    for _step in range(most):
        if week is None:
            break
        start, end = week.bounds(site.time_zone)
        if _UNSIGNED.first(site=site.pk, start=start, end=end, year=week.year, number=week.number) is not None:
            weeks.append(week)
        week = week.before
    return weeks[::-1]


def late_entries(review: WeekReview, site: Site, week: Week) -> list[Preparation]:
    """Return the preparations of a signed week that came to the record after its signature, the first 50."""
    signed = review.figures.get("numbers", [])
    return list(preparations_of(site, week).exclude(number__in=signed).select_related("preparer").order_by("pk")[:50])
