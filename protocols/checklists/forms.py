"""The form of a checklist."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from protocols.checklists.floor import Lead, Stricter, leads, leaves_to_prescriber, may_choose, objection
from protocols.checklists.models import ChecklistItem, ChecklistVersion, Rule
from protocols.checklists.services import ItemDraft
from protocols.checklists.topics import INSTRUCTION_LENGTH, MOST_WEEKS, TOPICS, Own, fitting, takes
from protocols.drafts.forms import DraftForm
from protocols.drafts.numbers import count
from protocols.drafts.rows import RowForm, rows_of

#: What only some rules take, besides the things of a list.
OWN_FIELDS = ("stricter", "instruction", "weeks")
#: The things that a version's own list can ask a prescriber about, each by the name of its box.
LISTED = {f"ask_{thing.key}": thing for topic in TOPICS.values() if topic.listed for thing in topic.things}


class ItemForm(RowForm):
    """A question, the rule that judges its answer, and what the version says of its own about it.

    What only some rules take stands below the question, beside what its answers lead to, and follows the rule chosen.
    """

    code = forms.CharField(label=_("Code"), max_length=8)
    rule = forms.ChoiceField(label=_("Asks about"), choices=[("", _("Choose one")), *Rule.choices])
    question = forms.CharField(label=_("Question"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    hint = forms.CharField(
        label=_("What to look at or ask"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    stricter = forms.ChoiceField(
        label=_("Where the safety floor asks a prescriber"), required=False,
        choices=[("", _("A prescriber decides")), *Stricter.choices],
    )  # fmt: skip
    instruction = forms.CharField(
        label=_("Instruction"), max_length=INSTRUCTION_LENGTH, required=False,
        help_text=_("Stands with the verdict, in the session and on its document. Empty: as written below."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    weeks = count(_("A transplant defers for"), 1, MOST_WEEKS, _("weeks"))

    beside = "protocols/checklists/leads.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["weeks"].required = False
        for name, thing in LISTED.items():
            label = _("%(thing)s: a prescriber decides") % {"thing": thing.label}
            self.fields[name] = forms.BooleanField(label=label, required=False)

    def visible_fields(self) -> list[BoundField]:
        """Return the fields of the question; what only some rules take is among `own_fields`."""
        return [field for field in super().visible_fields() if field.name not in {*OWN_FIELDS, *LISTED}]

    def own_fields(self) -> list[BoundField]:
        """Return what the rule takes of the version's own, and whether it may be stricter."""
        rule, taken = self._said("rule"), takes(self._said("rule"))
        # What was chosen stays in sight, so that it can be taken back.
        stricter = not rule or self._said("stricter") or leaves_to_prescriber(rule)
        names = ["stricter"] if stricter else []
        names += [name for name in ("instruction", "weeks") if name in taken]
        return [self[name] for name in [*names, *(LISTED if "listed" in taken else ())]]

    def leads(self) -> list[Lead]:
        """Return what each answer leads to, as the row stands, saved or not."""
        rule, stricter, weeks = (self._said(name) for name in ("rule", "stricter", "weeks"))
        listed = frozenset(thing.key for name, thing in LISTED.items() if self[name].value() not in {None, False, ""})
        own = Own(self._said("instruction"), int(weeks) if weeks.isdecimal() and len(weeks) < 4 else 0, listed)
        return list(leads(rule, stricter if may_choose(rule, stricter) else "", fitting(rule, own)))

    def _said(self, name: str) -> str:
        return str(self[name].value() or "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if words := objection(cleaned.get("rule") or "", cleaned.get("stricter") or ""):
            self.add_error("stricter", str(words))
        return cleaned

    @staticmethod
    def draft(row: dict[str, Any]) -> ItemDraft:
        """Return a cleaned row as the services take it."""
        listed = [thing.key for name, thing in LISTED.items() if row.get(name)]
        said = {name: value for name, value in row.items() if name not in LISTED}
        return ItemDraft(**{**said, "weeks": said.get("weeks") or 0, "listed": listed})


class ChecklistForm(DraftForm):
    """The questions asked at every session."""

    rows_class = rows_of(ItemForm)
    rows_title = _("Questions")
    rows_hint = _(
        "One question for each contraindication. Ask so that yes is the answer that matters; only what is confirmed, "
        "such as the consent, is asked so that yes is in order."
    )
    row_name = _("Question")
    row_add = _("Add a question")
    rows_style = "item"

    title = forms.CharField(label=_("Title"), max_length=120)

    def items_typed(self) -> list[ItemDraft]:
        """Return the questions as the services take them."""
        return [ItemForm.draft(row) for row in self.rows.filled()] if self.rows is not None else []


def opened_with(version: ChecklistVersion) -> dict[str, Any]:
    """Return how the form opens for `version`."""
    return {"initial": {"title": version.title}, "rows_initial": [row_of(item) for item in version.items.all()]}


def row_of(item: ChecklistItem | ItemDraft) -> dict[str, Any]:
    """Return how the row of a question opens."""
    listed = {name: True for name, thing in LISTED.items() if thing.key in item.own.listed}
    return {
        "code": item.code, "rule": item.rule, "question": item.question, "hint": item.hint, "stricter": item.stricter,
        "instruction": item.own.instruction, "weeks": item.own.weeks or None, **listed,
    }  # fmt: skip
