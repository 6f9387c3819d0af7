"""Forms of treatment plans."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm
from protocols.formulations.models import FormulationVersion
from sessions.plans.services import FURTHEST_MOVE


def day_to_come(day: date, today: date) -> date:
    """Return `day`, to which a session is moved; ValidationError for the past and for more than a year ahead."""
    if day < today:
        raise ValidationError(gettext("This day is in the past. Type the date again."))
    if day > today + FURTHEST_MOVE:
        raise ValidationError(gettext("This day is more than a year away. Type the date again, or end the plan."))
    return day


class PlanForm(ClinicForm):
    """A new plan: which formulation, from when."""

    submit_label = _("Make the plan")
    formulation_version = forms.ModelChoiceField(
        label=_("Formulation"),
        queryset=FormulationVersion.objects.none(),
        empty_label=_("Choose a formulation"),
        help_text=_("The formulations in force at this site."),
    )
    first_on = forms.DateField(
        label=_("First session on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The other sessions follow from this date and the treatment protocol."),
    )

    again_reason = forms.CharField(
        label=_("Why does treatment begin again?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It was stopped before. The reason stays with the plan."),
    )  # fmt: skip

    def __init__(self, *args: Any, site: Any, today: date, again: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not again:
            self.leave_out("again_reason")
        choices: Any = self.fields["formulation_version"]
        choices.queryset = FormulationVersion.objects.for_site(site).active().select_related("formulation")
        self.fields["first_on"].initial = today
        self.fields["first_on"].widget.attrs["min"] = today.isoformat()


class MoveForm(ClinicForm):
    """Another day for the session that is due next."""

    submit_label = _("Move the session")
    planned = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    due_on = forms.DateField(label=_("New day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(
        label=_("Why is it moved?"),
        max_length=300,
        help_text=_("For example: the patient didn't come, or can't come that day."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["due_on"].widget.attrs["min"] = today.isoformat()

    def clean_due_on(self) -> date:
        """Refuse a day that the service would refuse, beside whatever else is wrong."""
        return day_to_come(self.cleaned_data["due_on"], self.today)


class EndPlanForm(ClinicForm):
    """Ending a plan."""

    submit_label = _("End the plan")
    reason = forms.CharField(
        label=_("Why does the plan end?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
