"""The form of a treatment protocol."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import VolumeField
from protocols.drafts.forms import DraftForm
from protocols.drafts.numbers import count
from protocols.treatment.services import Technique

SITE_UL = (20, 200)


class TreatmentForm(DraftForm):
    """One technique and one plan, kept."""

    needle_gauge = forms.TypedChoiceField(
        label=_("Needle gauge"), choices=[(30, "30G"), (32, "32G")], coerce=int, widget=forms.RadioSelect
    )
    needle_length_mm = forms.TypedChoiceField(
        label=_("Needle length"), choices=[(4, "4 mm"), (6, "6 mm")], coerce=int, widget=forms.RadioSelect,
        help_text=_("One length is chosen and kept."),
    )  # fmt: skip
    grid_spacing_mm = count(_("Grid spacing"), 5, 20, "mm", _("10 mm is one site per cm²."))
    site_volume_min_ul = VolumeField(
        label=_("Least volume per site"), min_ul=SITE_UL[0], max_ul=SITE_UL[1], help_text=_("From 0.02 to 0.20 mL.")
    )
    site_volume_max_ul = VolumeField(
        label=_("Most volume per site"), min_ul=SITE_UL[0], max_ul=SITE_UL[1], help_text=_("From 0.02 to 0.20 mL.")
    )
    anaesthesia = forms.CharField(label=_("Anaesthesia"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    loading_count = count(_("Loading sessions"), 1, 12, _("sessions"))
    loading_interval_days = count(_("Interval of loading sessions"), 7, 90, _("days"))
    window_days = count(_("Window around a due date"), 0, 30, _("days"), _("So many days before or after are in time."))
    baseline_photos_within_days = count(_("Baseline photographs at most"), 1, 90, _("days"), _("Before session 1."))
    audit_after_months = count(_("Photo audit after"), 1, 24, _("months"))
    maintenance_first_year_months = count(_("Maintenance interval in year 1"), 1, 12, _("months"))
    maintenance_later_months = count(_("Maintenance interval later"), 1, 24, _("months"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        low, high = cleaned.get("site_volume_min_ul"), cleaned.get("site_volume_max_ul")
        if low and high and low > high:
            self.add_error("site_volume_max_ul", _("The most can't be less than the least volume per site."))
        return cleaned

    def technique(self) -> Technique:
        """Return the technique as the services take it."""
        return cast("Technique", {name: self.cleaned_data[name] for name in Technique.__annotations__})
