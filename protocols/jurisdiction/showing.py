"""How a jurisdiction table is shown."""

from django.utils.translation import gettext as _

from clinic.dates import day_text
from protocols.decisions.showing import Row, Shown, Table, shown
from protocols.jurisdiction.models import JurisdictionTableVersion


@shown.register
def show_jurisdiction_table(version: JurisdictionTableVersion) -> Shown:
    """Show each ingredient with its status, its source, and what the patient reads."""
    return Shown(
        facts=((_("Country or region"), version.jurisdiction),),
        texts=((_("How an entry is looked up"), version.method),),
        table=Table(
            heading=_("Ingredients, as looked up by the site"),
            columns=(
                _("Ingredient"), _("Legal status"), _("Where it was looked up"), _("Looked up on"),
                _("What the patient reads"),
            ),
            rows=tuple(
                Row(
                    key=str(entry.ingredient_id), label=entry.ingredient_name,
                    cells=(
                        entry.ingredient_name, str(entry.get_legal_status_display()), entry.source,
                        day_text(entry.checked_on), entry.consent_line,
                    ),
                )
                for entry in version.entries.all()
            ),
            wide=4,
        ),
    )  # fmt: skip
