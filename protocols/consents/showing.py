"""How a consent script version is shown."""

from django.utils.translation import gettext as _

from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.showing import Row, Shown, Table, shown
from protocols.languages import language_name


@shown.register
def show_consent(version: ConsentScriptVersion) -> Shown:
    """Show the text and the statements."""
    return Shown(
        facts=((_("Language"), language_name(version.language)), (_("Title"), version.title)),
        texts=((_("What the patient reads"), version.body),),
        table=Table(
            heading=_("Expectation statements, confirmed one by one"),
            columns=(_("Statement"),),
            rows=tuple(
                Row(
                    key="",
                    label=_("Statement %(number)s") % {"number": statement.ordinal},
                    was=_("was statement %(number)s") % {"number": statement.ordinal},
                    cells=(statement.text,),
                )
                for statement in version.statements.all()
            ),
            numbered=True,
        ),
    )
