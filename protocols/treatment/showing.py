"""How a treatment protocol version is shown."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.amounts import millilitre_text
from protocols.decisions.showing import Row, Shown, Table, shown
from protocols.treatment.models import TreatmentProtocolVersion


@shown.register
def show_treatment(version: TreatmentProtocolVersion) -> Shown:
    """Show the technique and the plan."""
    return Shown(
        facts=(
            (
                _("Needle"),
                _("%(gauge)sG, %(length)s mm") % {"gauge": version.needle_gauge, "length": version.needle_length_mm},
            ),
            (_("Depth of injection"), _tenths(version.depth_tenth_mm, "mm")),
            (_("Grid spacing"), _("%(spacing)s mm") % {"spacing": version.grid_spacing_mm}),
            (
                _("Volume per site"),
                _("%(low)s to %(high)s mL")
                % {
                    "low": millilitre_text(version.site_volume_min_ul),
                    "high": millilitre_text(version.site_volume_max_ul),
                },
            ),
            (_("Anaesthesia"), version.anaesthesia),
            (_("A session's time"), _durations(version)),
            (_("Loading sessions"), str(version.loading_count)),
            (_("Interval of loading sessions"), _days(version.loading_interval_days)),
            (_("Window around a due date"), _("± %(days)s") % {"days": _days(version.window_days)}),
            (_("Baseline photographs"), _baseline(version.baseline_photos_within_days)),
            (_("Photo audit"), _("after %(months)s") % {"months": _months(version.audit_after_months)}),
            (
                _("Maintenance in year 1"),
                _("every %(months)s") % {"months": _months(version.maintenance_first_year_months)},
            ),
            (_("Maintenance later"), _("every %(months)s") % {"months": _months(version.maintenance_later_months)}),
        ),
        texts=((_("Zones"), version.zones), (_("Response to late visits"), version.late_response)),
        table=Table(
            heading=_("Choices of anaesthesia"),
            columns=(_("How it is given"), _("Agent and strength"), _("Most by weight"), _("Most in all"), _("Note")),
            rows=tuple(
                Row(
                    key="", label=_("Choice %(number)s") % {"number": choice.ordinal},
                    was=_("was choice %(number)s") % {"number": choice.ordinal},
                    cells=(
                        str(choice.get_way_display()), choice.agent, _tenths(choice.most_tenth_mg_per_kg, "mg/kg"),
                        f"{choice.most_mg} mg" if choice.most_mg else "", choice.note,
                    ),
                )
                for choice in version.anaesthesia_choices.all()
            ),
            numeric=(2, 3), wide=1,
        ),
    )  # fmt: skip


def _tenths(tenths: int | None, unit: str) -> str:
    return "" if tenths is None else f"{Decimal(tenths) / 10} {unit}"


def _baseline(days: int | None) -> str:
    if days is None:
        return _("as old as the photo protocol allows")
    return _("at most %(days)s old") % {"days": _days(days)}


def _durations(version: TreatmentProtocolVersion) -> str:
    """Say how long the stages take; "" in a version that was written before it was asked."""
    stages = (
        (_("preparation and consent"), version.preparation_minutes), (_("anaesthesia"), version.anaesthesia_minutes),
        (_("injection"), version.injection_minutes), (_("briefing"), version.briefing_minutes),
    )  # fmt: skip
    return ", ".join(f"{name} {minutes} min" for name, minutes in stages if minutes is not None)


def _days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def _months(count: int) -> str:
    return ngettext("%(count)s month", "%(count)s months", count) % {"count": count}
