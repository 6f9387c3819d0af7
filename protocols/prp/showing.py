"""How a PRP protocol is shown."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.amounts import millilitre_text
from protocols.decisions.showing import Row, Shown, Table, shown
from protocols.prp.models import PrpProtocolVersion
from protocols.prp.physics import rpm_for


@shown.register
def show_prp(version: PrpProtocolVersion) -> Shown:
    """Show drawing, spins with the speed that the rotor needs, and injecting."""
    days = ngettext("%(count)s day", "%(count)s days", version.interval_days) % {"count": version.interval_days}
    return Shown(
        facts=(
            (_("Title"), version.title),
            (_("Kit or tubes"), version.kit),
            (_("Tubes"), str(version.tubes)),
            (_("Blood in each tube"), _ml(version.blood_ul_per_tube)),
            (_("Anticoagulant"), f"{version.anticoagulant}, {_ml(version.anticoagulant_ul_per_tube)}"),
            (_("Radius of the rotor"), _("%(radius)s mm") % {"radius": version.rotor_radius_mm}),
            (_("Layer that is taken"), version.layer),
            (_("Activation"), version.activation),
            (_("From drawing to injecting"), _("at most %(minutes)s min") % {"minutes": version.use_within_minutes}),
            (
                _("Volume per site"),
                _("%(low)s to %(high)s mL")
                % {
                    "low": millilitre_text(version.site_volume_min_ul),
                    "high": millilitre_text(version.site_volume_max_ul),
                },
            ),
            (_("Sessions"), _("%(count)s, %(interval)s apart") % {"count": version.sessions, "interval": days}),
        ),
        texts=((_("Who may be treated"), version.eligibility),),
        table=Table(
            heading=_("Spins, in this order"),
            columns=(_("Force"), _("Time"), _("Speed with this rotor"), _("Brake"), _("What is taken on")),
            rows=tuple(
                Row(
                    key="", label=_("Spin %(number)s") % {"number": spin.ordinal},
                    was=_("was spin %(number)s") % {"number": spin.ordinal},
                    cells=(
                        _("%(force)s g") % {"force": spin.force_g},
                        _("%(minutes)s min") % {"minutes": spin.minutes},
                        _("%(speed)s rpm") % {"speed": rpm_for(spin.force_g, version.rotor_radius_mm)},
                        _("Yes") if spin.brake else _("No"),
                        spin.note,
                    ),
                )
                for spin in version.spins.all()
            ),
            numeric=(0, 1, 2),
            wide=4,
        ),
    )  # fmt: skip


def _ml(volume_ul: int) -> str:
    return _("%(volume)s mL") % {"volume": millilitre_text(volume_ul)}
