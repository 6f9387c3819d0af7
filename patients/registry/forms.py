"""The entry of a patient."""

from datetime import date
from typing import Any, ClassVar

from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.web.forms import ClinicForm
from patients.registry.birth_dates import missing_day, registered_readings
from patients.registry.identity import written_date
from patients.registry.models import Patient, Sex
from patients.registry.names import search_tokens
from patients.registry.phones import phone_error


class BirthDateField(forms.CharField):
    """A date of birth typed in any of the usual notations; cleaned to a date, if it can be only one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)
        self.today: date | None = None
        self.widget.attrs.update({"autocomplete": "off", "placeholder": "14 Mar 1979", "class": "short"})

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        readings = registered_readings(text)
        if not readings and registered_readings(text, earliest=1):
            raise ValidationError(_("This date of birth is before 1900. Type it again."), code="too_early")
        if not readings and (missing := missing_day(text)):
            day, last = missing
            raise ValidationError(
                _("There is no such day: this month ends on %(last)s. Type the day again, in place of %(day)s."),
                params={"last": written_date(last), "day": day}, code="no_day",
            )  # fmt: skip
        if not readings:
            raise ValidationError(_("Type the whole date, such as 14 Mar 1979 or 14.3.1979."), code="date")
        if len(readings) > 1:
            told = {"one": written_date(readings[0]), "other": written_date(readings[1])}
            raise ValidationError(
                _("This can be %(one)s or %(other)s. Type the month as a word, as in %(one)s."), params=told,
                code="ambiguous",
            )  # fmt: skip
        if self.today and readings[0] > self.today:
            raise ValidationError(_("This date of birth is in the future. Type it again."), code="future")
        return readings[0]

    def prepare_value(self, value: Any) -> Any:
        return written_date(value) if isinstance(value, date) else value


class PatientForm(ClinicForm):
    """Who the person is, and how they are reached."""

    family_name = forms.CharField(
        label=gettext_lazy("Family name"), max_length=120,
        help_text=gettext_lazy("As in the passport, in any script. The only name, if there is just one."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    given_name = forms.CharField(
        label=gettext_lazy("Given names"), max_length=120, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    birth_date = BirthDateField(label=gettext_lazy("Date of birth"))
    sex = forms.ChoiceField(
        label=gettext_lazy("Sex"), choices=[("", gettext_lazy("Choose one")), *Sex.choices],
    )  # fmt: skip
    phone = forms.CharField(
        label=gettext_lazy("Telephone"), max_length=40, required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), max_length=254, required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    address = forms.CharField(
        label=gettext_lazy("Address"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes for the front desk"), max_length=500, required=False,
        help_text=gettext_lazy("How to reach the person, a language, an aid. Nothing about health."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    layout: ClassVar[tuple[str, ...]] = (
        "family_name", "given_name", "birth_date", "sex", "phone", "email", "address", "notes",
    )  # fmt: skip

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(*self.layout)
        birth_date = self.fields["birth_date"]
        if isinstance(birth_date, BirthDateField):
            birth_date.today = today

    def clean_family_name(self) -> str:
        """Refuse a name that nobody could be found by."""
        name: str = self.cleaned_data["family_name"]
        if not search_tokens(name) or not any(map(str.isalpha, name)):
            raise ValidationError(_("Type a name with letters, so that the patient can be found by it."))
        return name

    def clean_phone(self) -> str:
        """Refuse what can't be a telephone number."""
        phone: str = self.cleaned_data["phone"]
        if phone and (error := phone_error(phone)):
            raise ValidationError(error)
        return phone

    def values(self) -> dict[str, Any]:
        """Return what the service takes."""
        return {name: self.cleaned_data[name] for name in PatientForm.layout}


class RegistrationForm(PatientForm):
    """A new patient."""

    submit_label = gettext_lazy("Register")


class PatientEditForm(PatientForm):
    """A change to an entry, with its reason where the person's identity changes."""

    submit_label = gettext_lazy("Save the entry")
    deceased = forms.BooleanField(label=gettext_lazy("The patient has died"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason for the change"), max_length=300, required=False,
        help_text=gettext_lazy("Needed when the name, the date of birth or the sex changes."),
    )  # fmt: skip

    layout = (*PatientForm.layout, "deceased", "reason")

    @classmethod
    def of(cls, patient: Patient, data: Any = None, *, today: date) -> "PatientEditForm":
        """Return the form that shows `patient` as it is now."""
        initial = {name: getattr(patient, name) for name in (*PatientForm.layout, "deceased")}
        form = cls(data, initial=initial, row_version=patient.row_version, today=today)
        # An entry that came from elsewhere may lack it, and is put right otherwise all the same.
        form.fields["birth_date"].required = patient.birth_date is not None
        return form
