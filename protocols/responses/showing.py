"""How a complication response is shown."""

from django.utils.translation import gettext as _

from protocols.decisions.showing import Row, Shown, Table, shown
from protocols.responses.models import ComplicationResponseVersion, ResponseStep


@shown.register
def show_response(version: ComplicationResponseVersion) -> Shown:
    """Show how it is recognised, the steps with their timers, and the kit."""
    return Shown(
        facts=(
            (_("Complication"), str(version.get_complication_display())),
            (_("Title"), version.title),
            (_("Who leads"), version.leader),
        ),
        texts=((_("How it is recognised"), version.recognise), (_("Kit"), version.kit)),
        table=Table(
            heading=_("Steps, in this order"),
            columns=(_("Step"), _("Timer")),
            rows=tuple(
                Row(
                    key="", label=_("Step %(number)s") % {"number": step.ordinal},
                    was=_("was step %(number)s") % {"number": step.ordinal},
                    cells=(step.text, timer_text(step)),
                )
                for step in version.steps.all()
            ),
        ),
    )  # fmt: skip


def timer_text(step: ResponseStep) -> str:
    """Return the step's timer in words, "" without one."""
    if step.timer_minutes is None:
        return ""
    template = _("every %(minutes)s min") if step.repeats else _("%(minutes)s min")
    return template % {"minutes": step.timer_minutes}
