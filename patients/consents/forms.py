"""Forms of the consent."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.errors import Refused
from clinic.web.forms import ClinicForm
from patients.consents.drawing import ink_from_data_url
from protocols.consents.models import ConsentScriptVersion


class ConsentForm(ClinicForm):
    """The patient's consent: every statement confirmed, photographs decided, a drawn signature."""

    submit_label = _("Record the consent")
    script = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    statements = forms.TypedMultipleChoiceField(
        label=_("The patient confirms each statement"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    photos_for_record = forms.BooleanField(
        label=_("Photographs may be taken and kept for the record and the month-6 audit"), required=False
    )
    photos_for_teaching = forms.BooleanField(
        label=_("Photographs may also be used for teaching, without the name (may be declined)"), required=False
    )
    signed_name = forms.CharField(label=_("Name of the person who signs"), max_length=160)
    signature_image = forms.CharField(required=False, widget=forms.HiddenInput, max_length=600_000)
    signature_strokes = forms.CharField(required=False, widget=forms.HiddenInput, max_length=600_000)

    def __init__(self, *args: Any, script: ConsentScriptVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        statements: Any = self.fields["statements"]
        statements.choices = [(row.pk, row.text) for row in script.statements.order_by("ordinal")]
        statements.error_messages["required"] = gettext("Read the statements with the patient and tick each one.")
        self.fields["script"].initial = script.pk
        # The pad's own inputs carry the drawing; a refused page asks for the signature again.
        self.fields_of_the_pad = ("signature_image", "signature_strokes")
        self.helper.render_unmentioned_fields = False

    def clean_signature_image(self) -> bytes:
        """Return the drawing as clean PNG bytes."""
        try:
            return ink_from_data_url(self.cleaned_data["signature_image"])
        except Refused as refused:
            raise ValidationError(refused.message) from refused

    @property
    def drawing_errors(self) -> list[str]:
        """What is wrong with the drawing, for the place beside the pad."""
        return [str(error) for error in self.errors.get("signature_image", [])]


class WithdrawForm(ClinicForm):
    """Taking a consent back."""

    submit_label = _("Record the withdrawal")
    reason = forms.CharField(
        label=_("What did the patient say?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
