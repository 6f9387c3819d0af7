"""The form of a checklist."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from protocols.checklists.floor import Lead, Stricter, leads, may_choose
from protocols.checklists.models import ChecklistVersion, Rule
from protocols.checklists.services import LOOSER, ItemDraft
from protocols.drafts.forms import DraftForm
from protocols.drafts.rows import RowForm, rows_of


class ItemForm(RowForm):
    """A question, and the rule that judges its answer."""

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

    beside = "protocols/checklists/leads.html"

    def leads(self) -> list[Lead]:
        """Return what each answer leads to, as the row stands, saved or not."""
        rule, stricter = (str(self[name].value() or "") for name in ("rule", "stricter"))
        return list(leads(rule, stricter if may_choose(rule, stricter) else ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not may_choose(cleaned.get("rule") or "", cleaned.get("stricter") or ""):
            self.add_error("stricter", str(LOOSER))
        return cleaned


class ChecklistForm(DraftForm):
    """The questions asked at every session."""

    rows_class = rows_of(ItemForm)
    rows_title = _("Questions")
    rows_hint = _("One question for each contraindication. Ask so that yes is the answer that matters.")
    row_name = _("Question")
    row_add = _("Add a question")
    rows_style = "item"

    title = forms.CharField(label=_("Title"), max_length=120)

    def items_typed(self) -> list[ItemDraft]:
        """Return the questions as the services take them."""
        return [ItemDraft(**row) for row in self.rows.filled()] if self.rows is not None else []


def opened_with(version: ChecklistVersion) -> dict[str, Any]:
    """Return how the form opens for `version`."""
    rows = [
        {
            "code": item.code, "rule": item.rule, "question": item.question, "hint": item.hint,
            "stricter": item.stricter,
        }
        for item in version.items.all()
    ]  # fmt: skip
    return {"initial": {"title": version.title}, "rows_initial": rows}
