"""The example of a combined protocol. A physician must approve it."""

from typing import Any

from django.utils.translation import gettext as _

from protocols.combined.models import First, Receives


def values() -> dict[str, Any]:
    """Return the version's own fields."""
    return {
        "title": _("PRP and mesotherapy in one session"),
        "begins_with": str(First.PRP),
        "gap_minutes": 15,
        "total_volume_max_ul": 8_000,
        "cohort_code": "PRP-MESO",
        "rationale": _(
            "For patients whose month-6 photographs show no change under mesotherapy alone. One consent and one "
            "leaflet cover both; outcomes are read apart from those of either alone."
        ),
    }


def zones() -> list[dict[str, Any]]:
    """Return what each zone receives."""
    return [
        {"zone": _("Frontal hairline"), "receives": str(Receives.PRP)},
        {"zone": _("Mid-scalp"), "receives": str(Receives.BOTH)},
        {"zone": _("Vertex"), "receives": str(Receives.BOTH)},
    ]


def opened(_asked: str = "") -> dict[str, Any]:
    """Return how the first combined protocol opens."""
    return {"initial": values(), "rows_initial": zones()}
