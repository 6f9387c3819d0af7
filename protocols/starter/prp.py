"""The example of a PRP protocol. A physician must approve it; kits differ, and their maker's instructions win."""

from typing import Any

from django.utils.translation import gettext as _


def values() -> dict[str, Any]:
    """Return the version's own fields: two gentle spins in the published range, no activation."""
    return {
        "title": _("Platelet-rich plasma"),
        "eligibility": _(
            "As for mesotherapy, and no platelet disorder or low platelet count, no sepsis, no anaemia, no "
            "antiplatelet medicine without the prescriber's clearance."
        ),
        "kit": _("The site's own kit: name it, with its registration."),
        "tubes": 2,
        "blood_ul_per_tube": 10_000,
        "anticoagulant": "ACD-A",
        "anticoagulant_ul_per_tube": 1_500,
        "rotor_radius_mm": 100,
        "layer": _("Plasma above the buffy coat after spin 1; the lower third after spin 2."),
        "activation": _("None: not needed in soft tissue."),
        "use_within_minutes": 60,
        "site_volume_min_ul": 50,
        "site_volume_max_ul": 100,
        "sessions": 3,
        "interval_days": 28,
    }


def spins() -> list[dict[str, Any]]:
    """Return 100-300 g for 5-10 min, then 400-700 g for 10-17 min, each in the middle of its range."""
    return [
        {"force_g": 200, "minutes": 8, "brake": False, "note": _("Plasma with platelets")},
        {"force_g": 500, "minutes": 13, "brake": False, "note": _("The lower third")},
    ]


def opened(_asked: str = "") -> dict[str, Any]:
    """Return how the first PRP protocol opens."""
    return {"initial": values(), "rows_initial": spins()}
