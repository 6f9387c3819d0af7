"""Forms of the consent."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.errors import Refused
from clinic.web.forms import ClinicForm
from patients.consents.drawing import ink_from_data_url
from patients.consents.strokes import pen_way_px, strokes_again
from patients.consents.wording import NO_TREATMENT_WITHOUT_PHOTOGRAPHS
from protocols.consents.models import ConsentScriptVersion

#: The id of the drawing field of `signature_pad`, to which its errors lead.
PAD = "signature_image-pad"
SIGNERS = (("patient", _("The patient")), ("other", _("A guardian or legal representative")))
PAD_FIELDS = ("signature_image", "signature_strokes")


class ConsentForm(ClinicForm):
    """The patient's consent: every statement confirmed, photographs decided, a drawn signature."""

    submit_label = _("Record the consent")
    script = forms.CharField(widget=forms.HiddenInput, required=False)
    lines_read = forms.CharField(widget=forms.HiddenInput, required=False)
    statements = forms.TypedMultipleChoiceField(
        label=_("The patient confirms each statement"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    photos_for_record = forms.BooleanField(
        label=_("Photographs may be taken and kept for the record and the month-6 audit"),
        error_messages={"required": NO_TREATMENT_WITHOUT_PHOTOGRAPHS},
    )
    photos_for_teaching = forms.BooleanField(
        label=_("Photographs may also be used for teaching, without the name (may be declined)"), required=False
    )
    signed_as = forms.ChoiceField(label=_("Who signs?"), choices=SIGNERS, widget=forms.RadioSelect)
    relation = forms.CharField(
        label=_("In which relation to the patient?"), max_length=80, required=False,
        help_text=_("Only where somebody else signs, as in: mother, legal guardian."),
    )  # fmt: skip
    signed_name = forms.CharField(label=_("Name of the person who signs"), max_length=160)
    signature_image = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-anchor": PAD}))
    signature_strokes = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-anchor": PAD}))

    def __init__(self, *args: Any, script: ConsentScriptVersion, lines_read: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lines_read"].initial = lines_read
        relation: Any = self.fields["relation"]
        relation.depends = True  # asked where somebody else signs
        statements: Any = self.fields["statements"]
        statements.choices = [(row.pk, row.text) for row in script.statements.all()]
        statements.error_messages["required"] = gettext("Read the statements with the patient and tick each one.")
        self.fields["script"].initial = script.pk

    def clean_statements(self) -> list[int]:
        """Refuse fewer than all of the statements."""
        ticked: list[int] = self.cleaned_data["statements"]
        choices: Any = self.fields["statements"]
        left = [text for number, text in choices.choices if number not in ticked]
        if left:
            raise ValidationError([gettext("Not confirmed yet: %(statement)s") % {"statement": text} for text in left])
        return ticked

    def clean_relation(self) -> str:
        """Return the relation of somebody else, "" of the patient, whatever was typed there before."""
        if self.cleaned_data.get("signed_as") != "other":
            return ""
        relation = " ".join(self.cleaned_data["relation"].split())
        if not relation:
            raise ValidationError(gettext("Say in which relation to the patient this person signs."))
        return relation

    def clean_signature_image(self) -> bytes:
        """Return the drawing as clean PNG bytes."""
        return self._checked(lambda: ink_from_data_url(self.cleaned_data["signature_image"]))

    def clean_signature_strokes(self) -> float:
        """Return how far the pen went in the pad; said once where the drawing itself is refused already."""
        if "signature_image" in self.errors:
            return 0.0
        return self._checked(lambda: pen_way_px(self.cleaned_data["signature_strokes"]))

    def _checked[R](self, check: Callable[[], R]) -> R:
        try:
            return check()
        except Refused as refused:
            raise ValidationError(refused.message) from refused

    def for_script(self, script: ConsentScriptVersion, lines_read: str) -> "ConsentForm":
        """Return an unsent form about `script`, with what was typed here that no script asks; the drawing isn't."""
        kept = ("signed_as", "relation", "signed_name", "photos_for_record", "photos_for_teaching")
        return ConsentForm(script=script, lines_read=lines_read, initial={name: self[name].value() for name in kept})

    @property
    def pad_errors(self) -> list[str]:
        """What is wrong with the signature of a form that came back."""
        if not self.is_bound:
            return []
        return [str(error) for name in PAD_FIELDS for error in self.errors.get(name, [])]

    @property
    def kept_strokes(self) -> str:
        """The patient's signature, for the pad to draw again when something else on the form has to be put right.

        Only one that is none of the errors, and only on a form about the same script: what was signed under another
        text is never carried to this one.
        """
        if not self.is_bound or self.is_valid() or self.stale or self.pad_errors:
            return ""
        return strokes_again(self["signature_strokes"].value() or "")


class PaperConsentForm(ConsentForm):
    """A consent signed by pen, as it is read off the paper."""

    submit_label = _("Record what was signed on paper")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_out(*PAD_FIELDS)


class WithdrawForm(ClinicForm):
    """Taking a consent back."""

    submit_label = _("Record the withdrawal")
    reason = forms.CharField(
        label=_("What did the patient say?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
