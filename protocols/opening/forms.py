"""Forms of what is set up at a site."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm, SignatureForm
from protocols.opening.models import Arrangement

#: What each kind is asked for, in its own words: name, details and until when it holds.
ASKED = {
    Arrangement.PHOTO_STATION: (
        _("Name or place"),
        _("Camera, lens, distance mark, lights, background, and how it was checked"),
        _("To be checked again by"),
    ),
    Arrangement.FRIDGE: (
        _("Name or place"),
        _("Thermometer and its certificate, range 2 to 8 °C, alarm, who reads it when"),
        _("Calibration of the thermometer due on"),
    ),
    Arrangement.OPERATOR: (
        _("Operator"),
        _("Supervised sessions (three at least, with dates), drills, and what the operator may do alone"),
        _("To be checked again by"),
    ),
}


class SetUpForm(SignatureForm):
    """That something is set up, or somebody trained, signed by whoever checked it."""

    submit_label = _("Record it")
    name = forms.CharField(max_length=120)
    person = forms.TypedChoiceField(label=_("Operator"), coerce=int, empty_value=None)
    details = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    valid_until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    field_order = ("name", "person", "details", "valid_until", "password")

    def __init__(
        self, *args: Any, arrangement: Arrangement, people: Sequence[tuple[int, str]], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        name, details, until = ASKED[arrangement]
        self.fields["name"].label, self.fields["details"].label, self.fields["valid_until"].label = name, details, until
        self.fields["valid_until"].widget.attrs["min"] = today.isoformat()
        if arrangement == Arrangement.OPERATOR:
            self.leave_out("name")
            chosen: Any = self.fields["person"]
            chosen.choices = [("", gettext("Choose one")), *people]
        else:
            self.leave_out("person")

    def clean_valid_until(self) -> date | None:
        """Refuse a day that is over."""
        day: date | None = self.cleaned_data["valid_until"]
        if day is not None and day < self.today:
            raise ValidationError(gettext("This day is over. Check it again, then record until when it holds."))
        return day


class SetUpEndForm(ClinicForm):
    """That it isn't there any more."""

    submit_label = _("It isn't there any more")
    reason = forms.CharField(label=_("Why?"), max_length=300)
