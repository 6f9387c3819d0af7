"""How a checklist version is shown."""

from django.utils.translation import gettext as _

from protocols.checklists.models import ChecklistVersion
from protocols.decisions.showing import Row, Shown, Table, shown


@shown.register
def show_checklist(version: ChecklistVersion) -> Shown:
    """Show the questions."""
    return Shown(
        facts=((_("Title"), version.title),),
        table=Table(
            heading=_("Questions, asked at every session"),
            columns=(_("Code"), _("Question"), _("What to look at or ask"), _("Rule")),
            rows=tuple(
                Row(
                    key=item.rule,
                    label=item.code,
                    cells=(item.code, item.question, item.hint, str(item.get_rule_display())),
                )
                for item in version.items.all()
            ),
            wide=1,
        ),
    )
