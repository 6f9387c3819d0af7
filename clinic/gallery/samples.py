"""What the gallery shows: plainly fictional values, made in memory."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from clinic.components.flow import Step
from clinic.components.layout import Tab
from clinic.components.records import Change
from clinic.components.status import Reason

NOW = dt.datetime(2026, 11, 23, 10, 8, tzinfo=dt.UTC)
KINDS = ("stop", "ask", "wait", "ready", "done", "plain")


@dataclass(frozen=True)
class SamplePatient:
    """Nobody."""

    full_name: str = "Bruno Demo"
    birth_date: dt.date = dt.date(1979, 3, 14)
    birth_date_text: str = ""
    record_number: str = "N-00412"


@dataclass(frozen=True)
class SampleSignature:
    """What a signature shows."""

    printed_name: str = "Clara Demo"
    role: str = "Operator"
    registration_number: str = "RN 204 117"
    method: str = "password"
    reason: str = ""
    content_sha256: str = "6b1f9a0c4e52d7738890aa41c3d2e5f60718293a4b5c6d7e8f9001122334455a"
    signed_at: dt.datetime = dt.datetime(2026, 11, 23, 9, 41, 7, tzinfo=dt.UTC)
    time_zone: str = "Europe/Berlin"

    def get_meaning_display(self) -> str:
        """What it says."""
        return _("assessed the patient today")

    def get_method_display(self) -> str:
        """How the signer showed who they are."""
        return _("password")


@dataclass(frozen=True)
class SamplePage:
    """A page in the middle of a list."""

    rows: list[tuple[str, int, int, str]] = field(default_factory=list)
    next_url: str = "?after=x"
    previous_url: str = "?before=x"
    has_next: bool = True
    has_previous: bool = True


ROWS = [("C. Demo", 17, 0, "week 31"), ("D. Demo", 14, 3, "not yet"), ("F. Demo", 10, 0, "too few to judge")]


def samples() -> dict[str, Any]:
    """Return the context of the gallery."""
    return {
        "now": NOW,
        "kinds": [(kind, kind.capitalize()) for kind in KINDS],
        "patient": SamplePatient(),
        "signature": SampleSignature(),
        "nobody": None,
        "page": SamplePage(rows=ROWS),
        "first_page": SamplePage(previous_url="", has_previous=False),
        "steps": [
            Step(_("Identity"), "done", "#stepper"),
            Step(_("Checklist"), "done", "#stepper"),
            Step(_("Consent"), "current", "#stepper"),
            Step(_("Photographs"), "todo"),
            Step(_("Vial"), "todo"),
            Step(_("Treat"), "todo"),
            Step(_("Sign"), "todo"),
        ],
        "stopped_steps": [
            Step(_("Draft"), "done"),
            Step(_("In review"), "stopped"),
            Step(_("Approved"), "todo"),
        ],
        "tabs": [
            Tab(_("Overview"), "#tabs", current=True),
            Tab(_("Sessions"), "#tabs", count=4),
            Tab(_("Photographs"), "#tabs"),
            Tab(_("Documents"), "#tabs", count=12),
        ],
        "changes": [
            Change(_("Biotin, per mL"), "0.10 mL", "0.12 mL"),
            Change(_("Tolerance"), "", "± 5 %"),
            Change(_("Beyond use"), "6 h", ""),
            Change(
                _("Step 4"),
                _("Look against the light."),
                _("Look against the light."),
                5,
                4,
                moved=True,
                place=_("was step 5"),
            ),
            Change(
                _("Step 5"),
                _("Label every vial by hand. · Critical"),
                _("Label each vial by hand. · Critical"),
                4,
                5,
                place=_("was step 4"),
            ),
        ],
        "reasons": [
            Reason(_("The checklist is not signed today."), "#checklist"),
            _("Baseline photographs: the vertex view is missing."),
        ],
        "prepared_at": NOW - dt.timedelta(hours=2),
        "late_at": NOW - dt.timedelta(minutes=48),
        "soon": NOW + dt.timedelta(minutes=22),
        "later": NOW + dt.timedelta(hours=4, minutes=12),
        "past": NOW - dt.timedelta(minutes=1),
        "volume_ul": 6_400,
        "interval": _("7 %, 95 % interval 3 to 19"),
    }
