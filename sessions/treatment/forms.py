"""Forms of the treatment room: few fields each, large, and in mL."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.amounts import millilitre_text
from clinic.web.forms import ClinicForm, VolumeField
from sessions.treatment.models import TreatmentSession, Zone


class VialForm(ClinicForm):
    """The vial for this session."""

    submit_label = _("Use this vial")
    code = forms.CharField(
        label=_("Code on the vial's label"),
        max_length=120,
        help_text=_("Scan the label, or type its six characters."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        """Take the code out of a scanned address too."""
        return str(self.cleaned_data["code"]).rstrip("/").rsplit("/", 1)[-1]


class ZoneForm(ClinicForm):
    """One injected zone."""

    submit_label = _("Add the zone")
    zone = forms.ChoiceField(label=_("Zone"), choices=[("", _("Choose a zone")), *Zone.choices])
    points = forms.IntegerField(
        label=_("Points"), min_value=1, max_value=300, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    volume_per_site = VolumeField(label=_("Volume per site"), min_ul=10, max_ul=200)

    def __init__(self, *args: Any, row: TreatmentSession, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        protocol = row.protocol_version
        #: Said below the row of fields.
        self.allowed = _("Protocol: %(least)s to %(most)s mL per site.") % {
            "least": millilitre_text(protocol.site_volume_min_ul),
            "most": millilitre_text(protocol.site_volume_max_ul),
        }


class RestForm(ClinicForm):
    """What was wasted and what is left."""

    submit_label = _("Save amounts")
    wasted = VolumeField(label=_("Wasted, in mL"), max_ul=100_000)
    remaining = VolumeField(label=_("Left in the vial, in mL"), max_ul=100_000)
    anaesthesia = forms.CharField(label=_("Anaesthesia given"), max_length=300, required=False)
    notes = forms.CharField(label=_("Notes"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class NotProceededForm(ClinicForm):
    """The session did not proceed."""

    submit_label = _("Record: did not proceed")
    reason = forms.CharField(label=_("Why?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    next_on = forms.DateField(
        label=_("Next date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["next_on"].widget.attrs["min"] = today.isoformat()


class EmptyForm(ClinicForm):
    """A button."""


class ZoneNameForm(ClinicForm):
    """Which zone to take out."""

    zone = forms.ChoiceField(choices=Zone.choices)
