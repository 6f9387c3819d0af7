"""The sample forms of the gallery; they validate and write nothing."""

from datetime import date
from typing import Any, cast

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm, PastDateField, SignatureForm, VolumeField

ANSWERS = (("yes", _("Yes")), ("no", _("No")), ("not_sure", _("Not sure")))


class SampleForm(ClinicForm):
    """Every kind of field."""

    name = forms.CharField(label=_("Full name"), max_length=60, help_text=_("As in the passport, in any script."))
    born = PastDateField(label=_("Date of birth"))
    volume_ul = VolumeField(label=_("Volume"), min_ul=100, max_ul=10_000, help_text=_("From 0.10 to 10.00 mL."))
    indication = forms.ChoiceField(
        label=_("Indication"),
        choices=[("", _("Choose one")), ("aga", _("Androgenetic alopecia")), ("te", _("Telogen effluvium"))],
    )
    zone = forms.MultipleChoiceField(
        label=_("Zones"),
        choices=[("front", _("Frontal")), ("vertex", _("Vertex")), ("temple", _("Temples"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    route = forms.ChoiceField(
        label=_("Route"),
        choices=[("mesotherapy", _("Mesotherapy")), ("prp", _("Combined with PRP"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    explained = forms.BooleanField(label=_("The procedure was explained to the patient."))

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("PastDateField", self.fields["born"]).set_today(on)
        self.helper.layout = Layout("name", "born", "volume_ul", "indication", "zone", "route", "note", "explained")


class SampleChecklist(ClinicForm):
    """Two items of a checklist."""

    infection = forms.ChoiceField(
        label=_("Is there an infection, wound or active herpes on the scalp today?"),
        choices=ANSWERS, widget=forms.RadioSelect,
    )  # fmt: skip
    blood_thinner = forms.ChoiceField(
        label=_("Does the patient take a medicine that thins the blood?"), choices=ANSWERS, widget=forms.RadioSelect
    )
    remark = forms.CharField(label=_("Remark"), max_length=200, required=False)


class SampleUpload(ClinicForm):
    """Two pictures."""

    vertex = forms.FileField(label=_("Vertex view"))
    front = forms.FileField(label=_("Frontal view"), required=False)


class SampleSignature(SignatureForm):
    """Signing, as every page that signs has it."""
