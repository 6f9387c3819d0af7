"""What a list of trail entries is narrowed by."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.accounts.models import Site
from clinic.trail.kinds import kinds
from clinic.trail.models import Action
from clinic.trail.queries import object_types, patients_meant, people_of
from clinic.web.forms import FilterForm

#: So many patients are offered to choose from.
MOST_CHOICES = 10


class TrailFilterForm(FilterForm):
    """Person, what was done, kind of record and day; on the site's page the patient as well, by name or number.

    An entry's own link narrows to the one record that it is about.
    """

    record_number = forms.CharField(label=gettext_lazy("Patient: name or record number"), max_length=80, required=False)
    person = forms.TypedChoiceField(label=gettext_lazy("Person"), coerce=int, empty_value=None, required=False)
    action = forms.ChoiceField(label=gettext_lazy("What was done"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of record"), required=False)
    object_type = forms.ChoiceField(label=gettext_lazy("Record"), required=False)
    object_id = forms.CharField(label=gettext_lazy("Its number in the database"), max_length=64, required=False)
    day = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    own_work = forms.BooleanField(label=gettext_lazy("Show the clinic's own work too"), required=False)

    def __init__(self, *args: Any, site: Site, of_patient: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        self.patient: Any = None
        #: Several patients whom the text can mean, to choose one of.
        self.patients: list[Any] = []
        fields: dict[str, Any] = self.fields
        people = people_of(site).values_list("pk", "full_name")
        fields["person"].choices = [("", _("Everybody")), *people]
        fields["kind"].choices = [("", _("Every kind")), *kinds()]
        fields["object_type"].choices = [("", _("Every record")), *object_types()]
        fields["action"].choices = [("", _("Everything")), *Action.choices]
        if of_patient:
            del fields["record_number"]
        else:
            fields["record_number"].widget.attrs.update({"autocomplete": "off", "spellcheck": "false"})

    def clean_record_number(self) -> str:
        """Find the patient; raises ValidationError when nobody here is meant, and when several are."""
        text: str = self.cleaned_data["record_number"].replace("\x00", "").strip()
        if not text:
            return ""
        found = patients_meant(self.site, text, most=MOST_CHOICES + 1)
        if not found:
            raise forms.ValidationError(
                _("Nobody here has this name or record number. A number reads like %(example)s."),
                params={"example": f"{self.site.code}-00012"},
            )
        if len(found) > 1:
            self.patients = found[:MOST_CHOICES]
            told = _("Several patients can be meant. Choose one of them, or type more of the name.")
            raise forms.ValidationError(told)
        self.patient = found[0]
        return str(self.patient.record_number)

    def choices_of_patients(self) -> list[dict[str, str]]:
        """Return the patients to choose from, each with the address that narrows to them and keeps the rest."""
        kept = {name: self.data[name] for name in self.fields if name != "record_number" and self.data.get(name)}
        return [
            {
                "name": str(each), "number": each.record_number,
                "query": urlencode(kept | {"record_number": each.record_number}),
            }
            for each in self.patients
        ]  # fmt: skip

    def chosen(self) -> dict[str, Any] | None:
        """Return what to narrow by, for `entries_of`; None while a field can't be read."""
        if not self.is_valid():
            return None
        values = {
            "person_id": self.cleaned_data["person"],
            "action": self.cleaned_data["action"],
            "kind": self.cleaned_data["kind"],
            "object_type": self.cleaned_data["object_type"],
            "object_id": self.cleaned_data["object_id"].strip(),
            "day": self.cleaned_data["day"],
            "own_work": self._shows_own_work(),
        }
        return values | ({"patient_id": self.patient.pk} if self.patient is not None else {})

    def _shows_own_work(self) -> bool:
        """Whether what the clinic did by itself is shown: when asked for, of one record, and of one person."""
        asked = ("own_work", "object_id", "person")
        return any(self.cleaned_data[name] for name in asked)

    def one_record(self) -> str:
        """Return in words the one record that this narrows to; nothing when it doesn't."""
        if not self.is_valid() or not (self.cleaned_data["object_type"] and self.cleaned_data["object_id"]):
            return ""
        fields: dict[str, Any] = self.fields
        name = dict(fields["object_type"].choices)[self.cleaned_data["object_type"]]
        return _("%(kind)s, number %(number)s in the database") % {
            "kind": name, "number": self.cleaned_data["object_id"].strip(),
        }  # fmt: skip

    def described(self) -> list[tuple[str, str]]:
        """Return the filters that are set, in words: name and what is chosen."""
        told = []
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if value in (None, "", False):
                continue
            words = dict(getattr(field, "choices", ())).get(value, value)
            told.append((str(field.label), _("Yes") if words is True else str(words)))
        if not self._shows_own_work():
            told.append((_("The clinic's own work"), _("left out")))
        return told
