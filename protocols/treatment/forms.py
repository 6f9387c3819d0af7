"""The form of a treatment protocol."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import VolumeField
from clinic.web.numbers import WholeNumberField
from protocols.drafts.numbers import TenthsField, count
from protocols.drafts.pages import DocumentForm
from protocols.drafts.rows import RowForm, rows_of
from protocols.treatment.models import AnaesthesiaChoice, TreatmentProtocolVersion, Way

SITE_UL = (20, 200)


class ChoiceForm(RowForm):
    """A choice of anaesthesia."""

    way = forms.ChoiceField(label=_("How it is given"), choices=Way.choices)
    agent = forms.CharField(label=_("Agent and strength"), max_length=120)
    most_tenth_mg_per_kg = TenthsField(
        label=_("Most by weight"), required=False, min_value=Decimal("0.1"), max_value=Decimal(20), decimals=1,
        unit=_("mg/kg"), tell_bounds=False,
    )  # fmt: skip
    most_mg = WholeNumberField(
        label=_("Most in all"), required=False, min_value=1, max_value=2_000, unit=_("mg"), tell_bounds=False
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def has_changed(self) -> bool:
        """A way alone, which is always chosen, is no choice yet."""
        return bool(set(self.changed_data) - {"way"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("way") in (Way.INFILTRATION, Way.BLOCK):
            for name in ("most_tenth_mg_per_kg", "most_mg"):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, _("What is injected has a ceiling. Give it."))
        return cleaned


class TreatmentForm(DocumentForm):
    """One technique and one plan, kept."""

    model = TreatmentProtocolVersion
    row_model = AnaesthesiaChoice
    rows_class = rows_of(ChoiceForm)
    rows_title = _("Choices of anaesthesia, each with its ceiling")
    rows_hint = _("The ceiling counts what the formulation holds too. Check it against the product's label.")
    row_name = _("Choice")
    row_add = _("Add a choice")
    rows_style = "choice"
    after_rows = (
        "preparation_minutes", "anaesthesia_minutes", "injection_minutes", "briefing_minutes", "loading_count",
        "loading_interval_days", "window_days", "audit_after_months",
        "maintenance_first_year_months", "maintenance_later_months", "late_response",
    )  # fmt: skip

    needle_gauge = forms.TypedChoiceField(
        label=_("Needle gauge"), choices=[(30, "30G"), (32, "32G")], coerce=int, widget=forms.RadioSelect
    )
    needle_length_mm = forms.TypedChoiceField(
        label=_("Needle length"), choices=[(4, "4 mm"), (6, "6 mm")], coerce=int, widget=forms.RadioSelect,
        help_text=_("One length is chosen and kept."),
    )  # fmt: skip
    depth_tenth_mm = TenthsField(
        label=_("Depth of injection"), min_value=Decimal("0.5"), max_value=Decimal(6), decimals=1, unit="mm"
    )
    zones = forms.CharField(
        label=_("Zones"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Which zones are treated for which finding, one a line."),
    )  # fmt: skip
    grid_spacing_mm = count(_("Grid spacing"), 5, 20, "mm", _("10 mm is one site per cm²."))
    site_volume_min_ul = VolumeField(
        label=_("Least volume per site"), min_ul=SITE_UL[0], max_ul=SITE_UL[1], help_text=_("From 0.02 to 0.20 mL.")
    )
    site_volume_max_ul = VolumeField(
        label=_("Most volume per site"), min_ul=SITE_UL[0], max_ul=SITE_UL[1], help_text=_("From 0.02 to 0.20 mL.")
    )
    anaesthesia = forms.CharField(
        label=_("Anaesthesia, the rule"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    preparation_minutes = count(_("Preparation and consent"), 1, 60, _("min"))
    anaesthesia_minutes = count(_("Anaesthesia"), 0, 120, _("min"))
    injection_minutes = count(_("Injection, at most"), 1, 120, _("min"))
    briefing_minutes = count(_("Briefing"), 1, 60, _("min"))
    loading_count = count(_("Loading sessions"), 1, 12, _("sessions"))
    loading_interval_days = count(_("Interval of loading sessions"), 7, 90, _("days"))
    window_days = count(_("Window around a due date"), 0, 30, _("days"), _("So many days before or after are in time."))
    audit_after_months = count(_("Photo audit after"), 1, 24, _("months"))
    maintenance_first_year_months = count(_("Maintenance interval in year 1"), 1, 12, _("months"))
    maintenance_later_months = count(_("Maintenance interval later"), 1, 24, _("months"))
    late_response = forms.CharField(
        label=_("Response to late visits"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What happens when a session is given later than its window."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        low, high = cleaned.get("site_volume_min_ul"), cleaned.get("site_volume_max_ul")
        if low and high and low > high:
            self.add_error("site_volume_max_ul", _("The most can't be less than the least volume per site."))
        return cleaned
