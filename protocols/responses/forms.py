"""The form of a complication response."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.numbers import WholeNumberField
from protocols.drafts.pages import DocumentForm
from protocols.drafts.rows import RowForm, rows_of
from protocols.responses.models import MOST_TIMER_MINUTES, Complication, ComplicationResponseVersion, ResponseStep


class StepForm(RowForm):
    """A step."""

    text = forms.CharField(label=_("Step"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))
    timer_minutes = WholeNumberField(
        label=_("Timer"), required=False, min_value=1, max_value=MOST_TIMER_MINUTES, unit=_("min"), tell_bounds=False
    )
    repeats = forms.BooleanField(label=_("Starts again"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("repeats") and not cleaned.get("timer_minutes") and "timer_minutes" not in self.errors:
            self.add_error("timer_minutes", _("Say after how many minutes it starts again."))
        return cleaned


class ResponseForm(DocumentForm):
    """The response to one complication."""

    model = ComplicationResponseVersion
    row_model = ResponseStep
    rows_class = rows_of(StepForm)
    rows_title = _("Steps, in the order in which they are taken")
    rows_hint = _("One thing to do in each. A timer tells when to look again, 60 minutes at most.")
    row_name = _("Step")
    row_add = _("Add a step")
    rows_style = "step"
    after_rows = ("kit",)

    complication = forms.ChoiceField(label=_("Complication"), choices=Complication.choices)
    title = forms.CharField(label=_("Title"), max_length=120)
    recognise = forms.CharField(
        label=_("How it is recognised"), max_length=1500, widget=forms.Textarea(attrs={"rows": 4})
    )
    leader = forms.CharField(
        label=_("Who leads"), max_length=120, help_text=_("A role, so that it holds on every day.")
    )
    kit = forms.CharField(
        label=_("Kit"), max_length=1500, required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One item a line, with where it is kept. Needed before the response can be reviewed."),
    )  # fmt: skip
