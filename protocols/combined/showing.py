"""How a combined protocol is shown."""

from django.utils.translation import gettext as _

from clinic.amounts import millilitre_text
from protocols.combined.models import CombinedProtocolVersion
from protocols.decisions.showing import Row, Shown, Table, shown


@shown.register
def show_combined(version: CombinedProtocolVersion) -> Shown:
    """Show the order and what each zone receives."""
    return Shown(
        facts=(
            (_("Title"), version.title),
            (_("Order"), str(version.get_begins_with_display())),
            (_("Gap between the two"), _("%(minutes)s min") % {"minutes": version.gap_minutes}),
            (
                _("Volume of both together"),
                _("at most %(volume)s mL") % {"volume": millilitre_text(version.total_volume_max_ul)},
            ),
            (_("Cohort code"), version.cohort_code),
        ),
        texts=((_("For whom, and why both"), version.rationale),),
        table=Table(
            heading=_("Zones"),
            columns=(_("Zone"), _("Receives")),
            rows=tuple(
                Row(key=zone.zone, label=zone.zone, cells=(zone.zone, str(zone.get_receives_display())))
                for zone in version.zones.all()
            ),
        ),
    )
