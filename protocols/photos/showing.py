"""How a photo protocol version is shown."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from protocols.decisions.showing import Row, Shown, Table, shown
from protocols.photos.models import PhotoProtocolVersion
from protocols.photos.outlines import alternative


@shown.register
def show_photo_protocol(version: PhotoProtocolVersion) -> Shown:
    """Show the views, how the patient is prepared, the windows, and the quality that is asked."""
    window = ngettext("± %(count)s day", "± %(count)s days", version.audit_window_days)
    return Shown(
        facts=(
            (_("Title"), version.title),
            (_("Baseline photographs"), _baseline(version.baseline_window_days)),
            (_("Window of the month-6 photographs"), window % {"count": version.audit_window_days}),
            (_("Quality: least pixels on the long side"), _asked(version.least_long_side_px, "%s px")),
            (_("Quality: least sharpness"), _asked(version.least_sharpness, _("%s grey levels²"))),
            (_("Quality: most burnt-out highlights"), _share(version.most_highlights_tenth_percent)),
            (_("Quality: most black shadows"), _share(version.most_shadows_tenth_percent)),
        ),
        texts=((_("Preparation, room, camera and light"), version.preparation),),
        table=Table(
            heading=_("Views, in this order"),
            columns=(_("View"), _("How it is taken"), _("Drawing"), _("Required"), _("Code")),
            rows=tuple(
                Row(
                    key=view.code,
                    label=view.name,
                    cells=(
                        view.name, view.instruction, str(view.get_outline_display()),
                        _("Yes") if view.required else _("Optional"), view.code,
                    ),
                    drawing=view.outline,
                    drawn_as=alternative(view.outline),
                )
                for view in version.views.all()
            ),
            wide=1,
        ),
        more=(
            Table(
                heading=_("Preparation, ticked before the first picture"),
                columns=(_("Point"), _("Note")),
                rows=tuple(
                    Row(
                        key="", label=_("Preparation, point %(number)s") % {"number": point.ordinal},
                        was=_("was point %(number)s") % {"number": point.ordinal},
                        cells=(point.text, _("Asked for") if point.asks_note else ""),
                    )
                    for point in version.points.all()
                ),
            ),
        ),
    )  # fmt: skip


def _baseline(days: int | None) -> str:
    if days is None:
        return _("as old as the treatment protocol allows")
    text = ngettext("at most %(count)s day before session 1", "at most %(count)s days before session 1", days)
    return text % {"count": days}


def _asked(value: int | None, text: str) -> str:
    return _("Not looked at") if value is None else text % value


def _share(tenths: int | None) -> str:
    return _("Not looked at") if tenths is None else f"{tenths / 10:.1f} %"
