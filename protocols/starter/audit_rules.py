"""The example of the audit rules. The site must set its own limits."""

from typing import Any

from django.utils.translation import gettext as _

from protocols.audit_rules.models import Chart, Indicator, Measure, Side


def values() -> dict[str, Any]:
    """Return the version's own fields."""
    return {
        "title": _("Rules of the weekly and monthly audit"),
        "least_points": 10,
        "consistency": _(
            "A preparer is consistent when, over the last ten preparations or more, no unusually long run and no "
            "unusually small number of crossings of the median is seen, and every deviation beyond "
            "tolerance has its reason."
        ),
    }


def limits() -> list[dict[str, Any]]:
    """Return limits that ask somebody to look, without calling anybody wrong."""
    rows: list[tuple[Indicator, Side, str, Measure, Chart]] = [
        (Indicator.DEVIATING, Side.ABOVE, "10.0", Measure.PERCENT, Chart.P),
        (Indicator.MEAN_DEVIATION, Side.ABOVE, "5.0", Measure.PERCENT, Chart.RUN),
        (Indicator.LATE_LABEL, Side.ABOVE, "0.0", Measure.COUNT, Chart.NONE),
        (Indicator.BEYOND_USE, Side.ABOVE, "0.0", Measure.COUNT, Chart.NONE),
        (Indicator.FRIDGE_READINGS, Side.ABOVE, "0.0", Measure.COUNT, Chart.NONE),
        (Indicator.CHECKLIST_FIRST, Side.BELOW, "100.0", Measure.PERCENT, Chart.P),
        (Indicator.OUT_OF_RANGE, Side.ABOVE, "5.0", Measure.PERCENT, Chart.P),
        (Indicator.LATE_ENTRIES, Side.ABOVE, "24.0", Measure.HOURS, Chart.NONE),
        (Indicator.UNSIGNED, Side.ABOVE, "48.0", Measure.HOURS, Chart.NONE),
        (Indicator.OVERRIDES, Side.ABOVE, "0.0", Measure.COUNT, Chart.G),
        (Indicator.PHOTO_FAILURES, Side.ABOVE, "5.0", Measure.PERCENT, Chart.P),
        (Indicator.CONTACT_REACHED, Side.BELOW, "90.0", Measure.PERCENT, Chart.P),
        (Indicator.ADVERSE_EVENTS, Side.ABOVE, "0.0", Measure.COUNT, Chart.T),
        (Indicator.BALANCE_ERRORS, Side.ABOVE, "0.0", Measure.COUNT, Chart.NONE),
    ]
    return [
        {
            "indicator": str(indicator),
            "side": str(side),
            "threshold": threshold,
            "measure": str(measure),
            "chart": str(chart),
        }
        for indicator, side, threshold, measure, chart in rows
    ]  # fmt: skip


def opened(_asked: str = "") -> dict[str, Any]:
    """Return how the first audit rules open."""
    return {"initial": values(), "rows_initial": limits()}
