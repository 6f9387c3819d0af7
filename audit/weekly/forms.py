"""Forms of the weekly audit."""

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.weekly.models import Verdict
from clinic.web.forms import ClinicForm, SignatureForm


class DecisionForm(ClinicForm):
    """A decision on one deviation."""

    submit_label = _("Decide")
    deviation = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    #: How many decisions the page showed of it.
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)
    verdict = forms.ChoiceField(label=_("Decision"), choices=Verdict.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=_("What was found"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class SignWeekForm(SignatureForm):
    """The manager's signature under the week."""

    submit_label = _("Sign the week")
    #: What the page showed of the week, as `state_of` says it.
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ["note", "password"]
