"""How an aftercare leaflet is shown."""

from django.utils.translation import gettext as _

from protocols.aftercare.models import AftercareLeafletVersion
from protocols.decisions.showing import Row, Shown, Table, shown
from protocols.languages import language_name


@shown.register
def show_leaflet(version: AftercareLeafletVersion) -> Shown:
    """Show the paragraphs in their order."""
    return Shown(
        facts=(
            (_("Language"), language_name(version.language)),
            (_("Title"), version.title),
            (_("Telephone for questions"), version.telephone),
        ),
        table=Table(
            heading=_("What it says"),
            columns=(_("Part"), _("Text")),
            rows=tuple(
                Row(
                    key="", label=_("Paragraph %(number)s") % {"number": paragraph.ordinal},
                    was=_("was paragraph %(number)s") % {"number": paragraph.ordinal},
                    cells=(str(paragraph.get_advice_display()), paragraph.text),
                )
                for paragraph in version.paragraphs.all()
            ),
            wide=1,
        ),
    )  # fmt: skip
