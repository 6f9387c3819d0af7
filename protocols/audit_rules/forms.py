"""The form of the audit rules."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.numbers import DecimalNumberField
from protocols.audit_rules.models import AuditLimit, AuditRulesVersion, Chart, Indicator, Measure, Side
from protocols.drafts.numbers import count
from protocols.drafts.pages import DocumentForm
from protocols.drafts.rows import RowForm, rows_of


class LimitForm(RowForm):
    """A limit."""

    indicator = forms.ChoiceField(label=_("Indicator"), choices=Indicator.choices)
    side = forms.ChoiceField(label=_("Look when it is"), choices=Side.choices)
    threshold = DecimalNumberField(
        label=_("Limit"), min_value=Decimal(0), max_value=Decimal(1000), decimals=1, tell_bounds=False
    )
    measure = forms.ChoiceField(label=_("Of what"), choices=Measure.choices)
    chart = forms.ChoiceField(label=_("Chart"), choices=Chart.choices)

    def has_changed(self) -> bool:
        """Whether a limit is given: all the rest is always chosen."""
        return "threshold" in self.changed_data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        threshold = cleaned.get("threshold")
        if threshold is not None and threshold > 100 and cleaned.get("measure") == Measure.PERCENT:
            self.add_error("threshold", _("A share is at most 100 %."))
        return cleaned


class AuditRulesForm(DocumentForm):
    """Limits, charts and the criterion."""

    model = AuditRulesVersion
    row_model = AuditLimit
    rows_class = rows_of(LimitForm)
    rows_title = _("Limits")
    rows_hint = _("From which figure on somebody looks. One limit for each indicator.")
    row_name = _("Limit")
    row_add = _("Add a limit")
    rows_style = "limit"

    title = forms.CharField(label=_("Title"), max_length=120)
    least_points = count(
        _("Fewest points for a judgement"), 5, 52, _("points"), _("With fewer, a chart says “too few to judge”.")
    )
    consistency = forms.CharField(
        label=_("What counts as consistent"), max_length=1500, widget=forms.Textarea(attrs={"rows": 4})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.rows is not None and self.rows.is_valid():
            named = [row["indicator"] for row in self.rows.filled()]
            if len(set(named)) < len(named):
                self.add_error(None, _("Two limits are for the same indicator. Keep one of them."))
        return cleaned
