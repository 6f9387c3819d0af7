"""The week by the limits of the site's audit rules: which version, what is beyond, and what the page doesn't count."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.weekly.charts import Point, p_limits, run_chart
from audit.weekly.history import deviating_weeks, mean_deviations, outside_weeks
from audit.weekly.limits import Standing, judge_mean, judge_share
from audit.weekly.queries import WeekFigures
from clinic import clock
from clinic.accounts.models import Site
from clinic.codes import known
from clinic.dates import day_text
from protocols.audit_rules.models import AuditLimit, AuditRulesVersion, Chart, Indicator, Measure, Side
from protocols.audit_rules.showing import limit_text

#: The chip of each standing; how it is marked on paper.
KIND = {Standing.BEYOND: "ask", Standing.WITHIN: "done", Standing.TOO_FEW: "plain", Standing.UNLIKE: "plain"}
PRINTED = {Standing.BEYOND: "ask", Standing.WITHIN: "ok", Standing.TOO_FEW: "note", Standing.UNLIKE: "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure beside its limit: `url` opens the records counted, `chart` says what its chart says."""

    indicator: Indicator
    figure: str
    limit: str
    standing: Standing
    url: str = ""
    chart: str = ""

    @property
    def label(self) -> str:
        """What is counted."""
        return str(self.indicator.label)

    @property
    def kind(self) -> str:
        """The kind of the chip."""
        return KIND[self.standing]

    @property
    def words(self) -> str:
        """How the figure stands, in words."""
        return {
            Standing.BEYOND: _("Beyond the limit"),
            Standing.WITHIN: _("Within the limit"),
            Standing.TOO_FEW: _("Too few to judge"),
            Standing.UNLIKE: _("Not counted like this"),
        }[self.standing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A week by the audit rules. Without a `version` nothing is judged, and `why_not` says so."""

    version: AuditRulesVersion | None = None
    approved: str = ""
    why_not: str = ""
    lines: list[Line] = field(default_factory=list)
    uncounted: list[str] = field(default_factory=list)

    @property
    def by_indicator(self) -> Mapping[str, Line]:
        """The lines by the indicator's code, for the figures that they stand at."""
        return {line.indicator.value: line for line in self.lines}

    def to_json(self) -> dict[str, Any]:
        """Return what is signed of it."""
        if self.version is None:
            return {"version": "", "why_not": self.why_not}
        return {
            "version": str(self.version),
            "version_id": self.version.pk,
            "approved": self.approved,
            "least_points": self.version.least_points,
            "consistency": self.version.consistency,
            "lines": [
                {
                    "indicator": line.indicator.value, "label": line.label, "figure": line.figure,
                    "limit": line.limit, "standing": line.standing.value, "words": line.words,
                    "mark": PRINTED[line.standing], "chart": line.chart,
                }
                for line in self.lines
            ],
            "uncounted": self.uncounted,
        }  # fmt: skip


def rules_for(site: Site, figures: WeekFigures, *, at: datetime) -> tuple[AuditRulesVersion | None, bool]:
    """Return the version in force when the week ended (at `at` while it goes on), and whether there is a draft.

    What was approved later doesn't judge a week after the fact. One query, and one for the limits.
    """
    held_at = min(at, figures.week.bounds(site.time_zone)[1])
    in_force = Q(approved_at__lte=held_at) & (Q(retired_at=None) | Q(retired_at__gt=held_at))
    versions: Any = AuditRulesVersion.objects.for_site(site).select_related("approval_signature")
    rows = list(versions.filter(in_force | Q(approved_at=None)).order_by("-approved_at", "-number"))
    held = next((row for row in rows if row.approved_at is not None), None)
    return held, len(rows) > (held is not None)


def judge_week(site: Site, figures: WeekFigures, *, at: datetime) -> Judgement:
    """Return the week of `figures` by the site's audit rules; a fixed number of queries, two without rules in force."""
    version, draft = rules_for(site, figures, at=at)
    if version is None:
        return Judgement(why_not=_why_not(draft=draft))
    lines, uncounted = [], []
    for limit in version.limits.all():
        line = _line(limit, version, site, figures)
        if line is None:
            uncounted.append(_("%(indicator)s: %(limit)s") % {"indicator": limit, "limit": limit_text(limit)})
        else:
            lines.append(line)
    approved = _("approved by %(name)s on %(day)s") % {
        "name": version.approver,
        "day": day_text(clock.local(version.signed_at, site).date()) if version.signed_at else "",
    }
    return Judgement(version=version, approved=approved, lines=lines, uncounted=uncounted)


def _why_not(*, draft: bool) -> str:
    if draft:
        return _(
            "No audit rules were in force at this site in this week, so no figure is judged. The site's rules are a "
            "draft: their limits aren't used before a physician has approved them."
        )
    return _(
        "No audit rules were in force at this site in this week, so no figure is judged. The built-in example is a "
        "draft to begin from: its limits aren't used before a physician has approved the site's own."
    )


def _line(limit: AuditLimit, version: AuditRulesVersion, site: Site, figures: WeekFigures) -> Line | None:
    """Return the line of a limit; None for an indicator that this page doesn't count, and for a code of nobody's."""
    week = (figures.week.year, figures.week.number)
    indicator = known(Indicator, limit.indicator)
    if known(Side, limit.side) is None or known(Measure, limit.measure) is None:
        return None
    if indicator == Indicator.DEVIATING:
        url = f"{reverse('week_rows', args=week)}?kind=deviation"
        point = (figures.with_deviation, figures.preparations)
        return _share(limit, version, point, url, lambda: deviating_weeks(site, figures.week))
    if indicator == Indicator.OUT_OF_RANGE:
        url = reverse("week_sessions", args=week)
        point = (figures.outside_volume, figures.sessions)
        return _share(limit, version, point, url, lambda: outside_weeks(site, figures.week))
    if indicator == Indicator.MEAN_DEVIATION:
        return _mean(limit, version, site, figures)
    return None


def _share(limit: AuditLimit, version: AuditRulesVersion, point: tuple[int, int], url: str, weeks: Any) -> Line:
    part, whole = point
    said = _("%(part)s of %(whole)s") % {"part": part, "whole": whole}
    return Line(
        indicator=Indicator(limit.indicator),
        figure=f"{said} ({_percent(part / whole)})" if whole else said,
        limit=limit_text(limit),
        url=url,
        standing=judge_share(
            part=part, whole=whole, side=Side(limit.side), threshold=limit.threshold,
            measure=Measure(limit.measure), least=version.least_points,
        ),
        chart=chart_words(Chart(limit.chart), weeks(), least=version.least_points, this_week=bool(whole))
        if limit.chart in {Chart.RUN, Chart.P}
        else "",
    )  # fmt: skip


def _mean(limit: AuditLimit, version: AuditRulesVersion, site: Site, figures: WeekFigures) -> Line:
    """Return the largest mean of those that can be judged, else the largest of all."""
    least = version.least_points
    found = mean_deviations(site, figures.week, least=least)
    shown = next((each for each in found if each.of >= least), found[0] if found else None)
    if shown is None:
        return Line(
            indicator=Indicator.MEAN_DEVIATION, figure=_("nothing was prepared"), limit=limit_text(limit),
            standing=Standing.TOO_FEW,
        )  # fmt: skip
    week = (figures.week.year, figures.week.number)
    told = {
        "percent": format(shown.percent, ".1f"), "ingredient": shown.ingredient, "preparer": shown.preparer,
        "number": shown.of, "day": day_text(clock.local(shown.since, site).date()) if shown.since else "",
    }  # fmt: skip
    said = (
        _("%(percent)s %% of %(ingredient)s, %(preparer)s (n = %(number)s, the last ones since %(day)s)")
        if shown.since
        else _("%(percent)s %% of %(ingredient)s, %(preparer)s (n = %(number)s)")
    )
    return Line(
        indicator=Indicator.MEAN_DEVIATION,
        figure=said % told,
        limit=limit_text(limit),
        url=f"{reverse('week_rows', args=week)}?preparer={shown.preparer_id}",
        standing=judge_mean(
            mean=shown.percent, of=shown.of, side=Side(limit.side), threshold=limit.threshold,
            measure=Measure(limit.measure), least=least,
        ),
    )  # fmt: skip


def chart_words(chart: Chart, points: list[Point], *, least: int, this_week: bool) -> str:
    """Return what the chart of `points`, the weeks up to this one, says; too few to judge below `least` of them.

    `this_week` says whether the last of them is this week.
    """
    drawn = run_chart([point.share for point in points])
    if len(points) < least:
        return _("%(chart)s: %(number)s weeks, too few to judge") % {"chart": chart.label, "number": len(points)}
    # On the median lies no run: where most weeks are alike, as with no deviation at all, the few others say little.
    if drawn is None or drawn.useful < least:
        told = _("%(chart)s: %(number)s weeks, too few to judge, since only %(useful)s are above or below the median")
        useful = drawn.useful if drawn is not None else 0
        return told % {"chart": chart.label, "number": len(points), "useful": useful}
    values = {
        "number": drawn.points, "median": _percent(drawn.median), "run": drawn.longest_run,
        "run_limit": drawn.run_limit, "crossings": drawn.crossings, "fewest": drawn.fewest_crossings,
    }  # fmt: skip
    said = _(
        "%(number)s weeks, median %(median)s; longest run %(run)s, usual up to %(run_limit)s; median crossed "
        "%(crossings)s times, usual from %(fewest)s."
    )
    words = [_("Run chart unusual:") if drawn.unusual else _("Run chart as usual:"), said % values]
    if chart == Chart.P and this_week:
        low, high = p_limits(points)
        outside = not low <= points[-1].share <= high
        limits = {"low": _percent(low), "high": _percent(high)}
        words.append(
            (_("This week is outside of its p chart's limits, %(low)s to %(high)s.") if outside
             else _("This week is within its p chart's limits, %(low)s to %(high)s.")) % limits
        )  # fmt: skip
    return " ".join(words)


def _percent(share: float) -> str:
    return _("%(number)s %%") % {"number": round(100 * share)}
