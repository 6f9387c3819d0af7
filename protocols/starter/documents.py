"""The example texts of consent, photographs and treatment. A physician must approve them."""

from typing import Any

from django.utils.translation import gettext as _

from protocols.photos.outlines import USUAL
from protocols.photos.services import PointDraft, ViewDraft
from protocols.photos.thresholds import Thresholds


def technique() -> dict[str, Any]:
    """Return one technique and one plan: four sessions, one every 28 days, audit at month 6, then maintenance."""
    return {
        "needle_gauge": 30,
        "needle_length_mm": 4,
        "depth_tenth_mm": 20,
        "zones": _(
            "Pattern hair loss in men: frontal forelock, mid-scalp and vertex, as far as the hair is thin.\n"
            "Pattern hair loss in women: mid-scalp along the parting, and vertex.\n"
            "Telogen effluvium: the whole scalp, the thinnest zones first."
        ),
        "grid_spacing_mm": 10,
        "site_volume_min_ul": 50,
        "site_volume_max_ul": 100,
        "preparation_minutes": 10,
        "anaesthesia_minutes": 5,
        "injection_minutes": 25,
        "briefing_minutes": 5,
        "loading_count": 4,
        "loading_interval_days": 28,
        "window_days": 7,
        "audit_after_months": 6,
        "maintenance_first_year_months": 3,
        "maintenance_later_months": 6,
        "late_response": _(
            "More than a week late: go on, and keep the interval from that day. More than eight weeks late in the "
            "loading phase: photographs again, and the physician decides whether loading begins anew."
        ),
        "anaesthesia": _("Topical anaesthetic cream for 30 minutes, or cold. No block without a recorded weight."),
    }


def anaesthesia_choices() -> list[dict[str, Any]]:
    """Return the choices: commonly quoted ceilings of lidocaine, to be checked against the product's label."""
    return [
        {"way": "none", "agent": _("Cold air or ice"), "most_tenth_mg_per_kg": None, "most_mg": None, "note": ""},
        {
            "way": "topical", "agent": _("Lidocaine and prilocaine cream"), "most_tenth_mg_per_kg": None,
            "most_mg": None, "note": _("30 minutes; wiped off before the first injection"),
        },
        {
            "way": "block", "agent": _("Lidocaine 10 mg/mL, plain"), "most_tenth_mg_per_kg": 45, "most_mg": 300,
            "note": _("Only with a recorded weight"),
        },
    ]  # fmt: skip


def technique_opened(_asked: str = "") -> dict[str, Any]:
    """Return how the first treatment protocol opens: with the usual numbers."""
    return {"initial": technique(), "rows_initial": anaesthesia_choices()}


def consent_body() -> str:
    """Return what the patient reads before consenting."""
    return _(
        "You are offered injections of small amounts of a documented preparation into the skin of the scalp, in a "
        "grid, with a fine needle. A session takes 30 to 45 minutes. The plan is four sessions, one every 28 "
        "days, photographs after six months that are compared with those of the beginning, and maintenance sessions "
        "only when that comparison supports them.\n\n"
        "Common: redness, tenderness, small bumps or bruises and itching for hours to two days; swelling of the "
        "forehead or around the eyes on day one to four, which settles. Uncommon: infection, a longer local "
        "reaction, fainting, allergic reaction. Rare: loss of hair or scarring at injection sites.\n\n"
        "There are other ways: medicines on the scalp or by mouth, transplantation, or no treatment. You may stop "
        "at any time without giving a reason.\n\n"
        "Photographs are taken for your record. Whether they may be used for teaching is asked separately, and "
        "saying no changes nothing for you."
    )


def expectation_statements() -> list[str]:
    """Return the sentences that the patient confirms one by one."""
    return [
        _("I understand that this treatment slows hair loss."),
        _("I understand that it modestly improves the visible density of hair."),
        _("I understand that it does not regrow lost follicles."),
        _("I understand that the result is judged at month 6 by photographs, not earlier."),
    ]


def photo_preparation() -> str:
    """Return how room, camera and light are for every set of photographs."""
    return _(
        "Fixed camera and distance mark, chin or floor mark, two fixed lights, plain background, manual exposure and "
        "white balance, colour card in the first frame. No beauty mode, no digital zoom, no flash of the telephone."
    )


def photo_points() -> list[PointDraft]:
    """Return how the patient is prepared, point by point."""
    return [
        PointDraft(_("Hair washed")),
        PointDraft(_("Fully dry: wet hair clumps and shows more scalp")),
        PointDraft(_("No product in the hair")),
        PointDraft(_("Combed as in all of the patient's sets")),
        PointDraft(_("Parted as in all of the patient's sets")),
        PointDraft(_("Colour, length and hours since washing"), asks_note=True),
    ]


#: Month 6 is taken so many days before or after its day.
AUDIT_WINDOW_DAYS = 21


def photo_thresholds() -> Thresholds:
    """Return the quality asked for: our proposal, to be tried at the clinic's own photo station."""
    return Thresholds(
        least_long_side_px=1600, least_sharpness=100, most_highlights_tenth_percent=50, most_shadows_tenth_percent=50
    )


def photo_views() -> list[ViewDraft]:
    """Return the global views, the optional obliques and the close-up, each with its drawing."""
    profile = _("Profile, hair combed back from the temple.")
    halfway = _("Halfway between frontal and profile.")
    rows = [
        ("frontal", _("Frontal, chin level"), _("Eyes to the lens, forehead free.")),
        ("frontal-bowed", _("Frontal, head bowed 45°"), _("Hairline and forelock fill the frame.")),
        ("top", _("Top, centre part"), _("From above; comb a straight centre part.")),
        ("vertex", _("Vertex"), _("The whorl in the middle of the frame.")),
        ("left-temporal", _("Left temporal"), profile),
        ("right-temporal", _("Right temporal"), profile),
        ("occipital", _("Back of the head"), _("Donor area; chin level.")),
        ("left-oblique", _("Left, 45°"), halfway),
        ("right-oblique", _("Right, 45°"), halfway),
        ("macro", _("Close-up at the measured point"), _("Same point every time.")),
    ]
    optional = {"left-oblique", "right-oblique", "macro"}
    return [
        ViewDraft(code, name, instruction, required=code not in optional, outline=USUAL[code])
        for code, name, instruction in rows
    ]


def consent_opened(language: str = "") -> dict[str, Any]:
    """Return how a new consent script opens: in English, since its text is; another language is typed over it."""
    return {
        "initial": {
            "language": language or "en", "title": _("Consent to scalp mesotherapy"), "body": consent_body(),
        },
        "rows_initial": [{"text": text} for text in expectation_statements()],
    }  # fmt: skip
