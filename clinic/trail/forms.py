"""What a list of trail entries is narrowed by."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.accounts.models import Site
from clinic.trail.models import Action
from clinic.trail.queries import object_types, patient_by_number, people_of


class TrailFilterForm(forms.Form):
    """Person, kind of action and day; on the site's page the patient's record number as well."""

    record_number = forms.CharField(label=gettext_lazy("Patient’s record number"), max_length=40, required=False)
    person = forms.TypedChoiceField(label=gettext_lazy("Person"), coerce=int, empty_value=None, required=False)
    action = forms.ChoiceField(label=gettext_lazy("What was done"), required=False)
    object_type = forms.ChoiceField(label=gettext_lazy("Kind of record"), required=False)
    object_id = forms.CharField(label=gettext_lazy("Its number in the database"), max_length=64, required=False)
    day = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, site: Site, of_patient: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        self.patient: Any = None
        fields: dict[str, Any] = self.fields
        people = people_of(site).values_list("pk", "full_name")
        fields["person"].choices = [("", _("Everybody")), *people]
        fields["object_type"].choices = [("", _("Every kind")), *object_types()]
        fields["action"].choices = [("", _("Everything")), *Action.choices]
        if of_patient:
            del fields["record_number"]
        else:
            fields["record_number"].widget.attrs.update({"autocomplete": "off", "spellcheck": "false"})

    def clean_record_number(self) -> str:
        """Find the patient; raises ValidationError when nobody here has that number."""
        text: str = self.cleaned_data["record_number"].strip().upper()
        if text:
            self.patient = patient_by_number(self.site, text)
            if self.patient is None:
                raise forms.ValidationError(
                    _("Nobody here has this record number. It reads like %(example)s."),
                    params={"example": f"{self.site.code}-00012"},
                )
        return text

    def chosen(self) -> dict[str, Any] | None:
        """Return what to narrow by, for `entries_of`; None while a field can't be read."""
        if not self.is_valid():
            return None
        values = {
            "person_id": self.cleaned_data["person"],
            "action": self.cleaned_data["action"],
            "object_type": self.cleaned_data["object_type"],
            "object_id": self.cleaned_data["object_id"].strip(),
            "day": self.cleaned_data["day"],
        }
        return values | ({"patient_id": self.patient.pk} if self.patient is not None else {})

    def described(self) -> list[tuple[str, str]]:
        """Return the filters that are set, in words: name and what is chosen."""
        told = []
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if value in (None, ""):
                continue
            words = dict(getattr(field, "choices", ())).get(value, value)
            told.append((str(field.label), str(words)))
        return told
