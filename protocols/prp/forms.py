"""The form of a PRP protocol."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import VolumeField
from protocols.drafts.numbers import count
from protocols.drafts.pages import DocumentForm
from protocols.drafts.rows import RowForm, rows_of
from protocols.prp.models import PrpProtocolVersion, PrpSpin


class SpinForm(RowForm):
    """A spin."""

    force_g = count(_("Force"), 50, 4_000, "g", tell_bounds=False)
    minutes = count(_("Time"), 1, 60, _("min"), tell_bounds=False)
    brake = forms.BooleanField(label=_("With brake"), required=False)
    note = forms.CharField(label=_("What is taken on"), max_length=200, required=False)


class PrpForm(DocumentForm):
    """Blood, spins and plasma."""

    model = PrpProtocolVersion
    row_model = PrpSpin
    rows_class = rows_of(SpinForm)
    rows_title = _("Spins, in their order")
    rows_hint = _("The force in g is what counts; the speed for this rotor is worked out from it.")
    row_name = _("Spin")
    row_add = _("Add a spin")
    rows_style = "spin"
    after_rows = (
        "layer", "activation", "use_within_minutes", "site_volume_min_ul", "site_volume_max_ul", "sessions",
        "interval_days",
    )  # fmt: skip

    title = forms.CharField(label=_("Title"), max_length=120)
    eligibility = forms.CharField(
        label=_("Who may be treated"), max_length=1500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Also who may not: platelet disorders, low counts, sepsis, antiplatelets, anaemia."),
    )  # fmt: skip
    kit = forms.CharField(label=_("Kit or tubes"), max_length=200)
    tubes = count(_("Tubes"), 1, 12, _("tubes"))
    blood_ul_per_tube = VolumeField(label=_("Blood in each tube"), min_ul=1_000, max_ul=60_000)
    anticoagulant = forms.CharField(label=_("Anticoagulant"), max_length=80)
    anticoagulant_ul_per_tube = VolumeField(label=_("Anticoagulant in each tube"), min_ul=0, max_ul=10_000)
    rotor_radius_mm = count(_("Radius of the rotor"), 30, 300, "mm", _("From the axis to the bottom of the tube."))
    layer = forms.CharField(label=_("Layer that is taken"), max_length=200)
    activation = forms.CharField(label=_("Activation"), max_length=200)
    use_within_minutes = count(_("From drawing to injecting, at most"), 5, 240, _("min"))
    site_volume_min_ul = VolumeField(label=_("Least volume per site"), min_ul=20, max_ul=500)
    site_volume_max_ul = VolumeField(label=_("Most volume per site"), min_ul=20, max_ul=500)
    sessions = count(_("Sessions"), 1, 12, _("sessions"))
    interval_days = count(_("Interval of sessions"), 7, 180, _("days"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        least, most = cleaned.get("site_volume_min_ul"), cleaned.get("site_volume_max_ul")
        if least is not None and most is not None and least > most:
            self.add_error("site_volume_max_ul", _("The most is less than the least."))
        return cleaned
