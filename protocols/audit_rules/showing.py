"""How the audit rules are shown."""

from django.utils.translation import gettext as _

from protocols.audit_rules.models import AuditLimit, AuditRulesVersion
from protocols.decisions.showing import Row, Shown, Table, shown


@shown.register
def show_audit_rules(version: AuditRulesVersion) -> Shown:
    """Show the limits with their charts."""
    return Shown(
        facts=((_("Title"), version.title), (_("Fewest points for a judgement"), str(version.least_points))),
        texts=((_("What counts as consistent"), version.consistency),),
        table=Table(
            heading=_("Somebody looks when"),
            columns=(_("Indicator"), _("Limit"), _("Chart")),
            rows=tuple(
                Row(
                    key=limit.indicator, label=str(limit),
                    cells=(str(limit.get_indicator_display()), limit_text(limit), str(limit.get_chart_display())),
                )
                for limit in version.limits.all()
            ),
        ),
    )  # fmt: skip


def limit_text(limit: AuditLimit) -> str:
    """Return the limit in words, such as "above 5 %"."""
    figure = format(limit.threshold, "f").removesuffix(".0")
    return f"{limit.get_side_display()} {figure} {limit.get_measure_display()}"
