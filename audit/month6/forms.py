"""Forms of the month-6 photo audit."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.month6.models import Decision
from audit.month6.services import GRADE_WORDS
from clinic.web.forms import ClinicForm, SignatureForm

GRADES = [(str(grade), f"{grade:+d} {words}" if grade else f"0 {words}") for grade, words in GRADE_WORDS.items()]


class GradeForm(ClinicForm):
    """The grade of one view."""

    submit_label = _("Save the grade")
    view_code = forms.SlugField(widget=forms.HiddenInput, max_length=24)
    grade = forms.TypedChoiceField(
        label=_("Hair at month 6, against the baseline"), choices=GRADES, coerce=int, empty_value=None, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip
    not_assessable = forms.CharField(label=_("Or: why it can't be assessed"), max_length=300, required=False)

    def __init__(self, *args: Any, assessable: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not assessable:
            self.leave_out("grade")
            self.fields["not_assessable"].label = _("Why it can't be assessed")
            self.fields["not_assessable"].required = True


class SignAuditForm(SignatureForm):
    """The decision and the signature under the audit."""

    submit_label = _("Sign the audit")
    decision = forms.ChoiceField(label=_("Decision"), choices=Decision.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ["decision", "note", "password"]
