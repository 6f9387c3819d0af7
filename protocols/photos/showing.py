"""How a photo protocol version is shown."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from protocols.decisions.showing import Row, Shown, Table, shown
from protocols.photos.models import PhotoProtocolVersion


@shown.register
def show_photo_protocol(version: PhotoProtocolVersion) -> Shown:
    """Show the views and how the patient is prepared."""
    window = ngettext("± %(count)s day", "± %(count)s days", version.audit_window_days)
    return Shown(
        facts=(
            (_("Title"), version.title),
            (_("Window of the month-6 photographs"), window % {"count": version.audit_window_days}),
        ),
        texts=((_("Preparing the patient"), version.preparation),),
        table=Table(
            heading=_("Views, in this order"),
            columns=(_("View"), _("How it is taken"), _("Required"), _("Code")),
            rows=tuple(
                Row(
                    key=view.code,
                    label=view.name,
                    cells=(view.name, view.instruction, _("Yes") if view.required else _("Optional"), view.code),
                )
                for view in version.views.all()
            ),
            wide=1,
        ),
    )
