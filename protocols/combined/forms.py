"""The form of a combined protocol."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import VolumeField
from protocols.combined.models import CombinedProtocolVersion, CombinedZone, First, Receives
from protocols.drafts.numbers import count
from protocols.drafts.pages import DocumentForm
from protocols.drafts.rows import RowForm, rows_of


class ZoneForm(RowForm):
    """A zone."""

    zone = forms.CharField(label=_("Zone"), max_length=60)
    receives = forms.ChoiceField(label=_("Receives"), choices=Receives.choices)

    def has_changed(self) -> bool:
        """Whether a zone is named: what it receives is always chosen."""
        return "zone" in self.changed_data


class CombinedForm(DocumentForm):
    """Both in one session."""

    model = CombinedProtocolVersion
    row_model = CombinedZone
    rows_class = rows_of(ZoneForm)
    rows_title = _("Zones")
    rows_hint = _("As they are named on the map of the scalp.")
    row_name = _("Zone")
    row_add = _("Add a zone")
    rows_style = "zone"

    title = forms.CharField(label=_("Title"), max_length=120)
    begins_with = forms.ChoiceField(label=_("Order"), choices=First.choices, widget=forms.RadioSelect)
    gap_minutes = count(_("Gap between the two"), 0, 240, _("min"))
    total_volume_max_ul = VolumeField(
        label=_("Most volume of both together"), min_ul=500, max_ul=30_000, help_text=_("From 0.5 to 30 mL.")
    )
    cohort_code = forms.CharField(
        label=_("Cohort code"), max_length=12,
        validators=[RegexValidator(r"^[A-Z0-9][A-Z0-9-]*\Z", _("Use capital letters, figures and dashes."))],
        help_text=_("Outcomes of combined sessions are told apart by it."),
    )  # fmt: skip
    rationale = forms.CharField(
        label=_("For whom, and why both"), max_length=1500, widget=forms.Textarea(attrs={"rows": 4})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.rows is not None and self.rows.is_valid():
            zones = [row["zone"].strip().casefold() for row in self.rows.filled()]
            if len(set(zones)) < len(zones):
                self.add_error(None, _("Two rows name the same zone. Keep one of them."))
        return cleaned
