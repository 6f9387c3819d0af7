"""How a checklist version is shown: its questions, and what each answer leads to."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from protocols.checklists.floor import UNASKED, Lead, leads
from protocols.checklists.models import ChecklistItem, ChecklistVersion
from protocols.checklists.topics import TOPICS
from protocols.decisions.showing import Row, Shown, Table, shown


@shown.register
def show_checklist(version: ChecklistVersion) -> Shown:
    """Show the questions, and what the answers lead to."""
    return Shown(
        facts=((_("Title"), version.title),),
        texts=(
            (
                _("How it is judged"),
                _(
                    "A question that isn't answered keeps the checklist from being signed. The gravest outcome counts "
                    "for the session. The safety floor is part of the program; a version may only be stricter."
                ),
            ),
        ),
        table=Table(
            heading=_("Questions, asked at every session"),
            columns=(_("Code"), _("Question"), _("What to look at or ask"), _("Asks about")),
            rows=tuple(
                Row(
                    key=item.rule,
                    label=item.code,
                    cells=(item.code, item.question, item.hint, _about(item)),
                )
                for item in version.items.all()
            ),
            wide=1,
        ),
        more=(
            Table(
                heading=_("What each answer leads to"),
                columns=(
                    _("Code"), _("Answer"), _("Leads to"), _("What lifts it"), _("Depends on the formulation"),
                ),
                rows=tuple(_outcomes(version)),
                wide=1,
                ordered=False,  # it follows the questions
            ),
        ),
    )  # fmt: skip


def _about(item: ChecklistItem) -> str:
    """Return what the question asks about, with the kind of rule where several questions share it."""
    topic = TOPICS.get(item.rule)
    said = {"about": item.get_rule_display(), "kind": topic.kind.label if topic else ""}
    return _("%(about)s. %(kind)s") % said if topic else str(said["about"])


def _outcomes(version: ChecklistVersion) -> Iterator[Row]:
    for item in version.items.all():
        for place, lead in enumerate(leads(item.rule, item.stricter, item.own)):
            yield _row(f"{item.rule} {place}", item.code, lead)
    for place, (code, lead) in enumerate(UNASKED):
        yield _row(f"unasked {place}", code, lead)


def _row(key: str, code: str, lead: Lead) -> Row:
    label = _("%(code)s, answer “%(answer)s”") % {"code": code, "answer": lead.answer}
    depends = str(lead.depends) or _("No, all alike")
    return Row(key, label, (code, str(lead.answer), str(lead.outcome.label), str(lead.remark), depends))
