"""Forms of treatment plans."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm
from protocols.formulations.models import FormulationVersion


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

    def __init__(self, *args: Any, site: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
        self.fields["due_on"].widget.attrs["min"] = today.isoformat()


class EndPlanForm(ClinicForm):
    """Ending a plan."""

    submit_label = _("End the plan")
    reason = forms.CharField(
        label=_("Why does the plan end?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
