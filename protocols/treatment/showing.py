"""How a treatment protocol version is shown."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.amounts import millilitre_text
from protocols.decisions.showing import Shown, shown
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
            (_("Loading sessions"), str(version.loading_count)),
            (_("Interval of loading sessions"), _days(version.loading_interval_days)),
            (_("Window around a due date"), _("± %(days)s") % {"days": _days(version.window_days)}),
            (
                _("Baseline photographs"),
                _("at most %(days)s old") % {"days": _days(version.baseline_photos_within_days)},
            ),
            (_("Photo audit"), _("after %(months)s") % {"months": _months(version.audit_after_months)}),
            (
                _("Maintenance in year 1"),
                _("every %(months)s") % {"months": _months(version.maintenance_first_year_months)},
            ),
            (_("Maintenance later"), _("every %(months)s") % {"months": _months(version.maintenance_later_months)}),
        )
    )


def _days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def _months(count: int) -> str:
    return ngettext("%(count)s month", "%(count)s months", count) % {"count": count}
