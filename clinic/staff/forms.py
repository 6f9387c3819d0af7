"""Adding a person, changing roles, ending somebody's work, and choosing a first password."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.accounts.permissions import ROLES, Role
from clinic.web.forms import ClinicForm


def _said(role: Role) -> str:
    return format_html('<strong>{}</strong><br><span class="muted small">{}</span>', role.label, ROLES[role].sentence)


class RolesField(forms.TypedMultipleChoiceField):
    """Roles, each with the sentence of what it is for."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        choices = [(role.value, _said(role)) for role in Role]
        super().__init__(label=gettext_lazy("Roles"), coerce=Role, choices=choices, **kwargs)


class PersonForm(ClinicForm):
    """A person who begins to work here."""

    submit_label = gettext_lazy("Add this person")
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    full_name = forms.CharField(
        label=gettext_lazy("Full name"), max_length=120, help_text=gettext_lazy("As it is printed on records.")
    )
    registration_number = forms.CharField(
        label=gettext_lazy("Registration number"), max_length=40, required=False,
        help_text=gettext_lazy("Of a physician or nurse; printed beside the signature."),
    )  # fmt: skip
    roles = RolesField()


class RolesForm(ClinicForm):
    """The roles of somebody who works here; `shown` carries those that the page was opened with."""

    submit_label = gettext_lazy("Save the roles")
    roles = RolesField()
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def clean_shown(self) -> set[Role]:
        """Return the roles that the page was opened with; what isn't a role counts as none."""
        names = self.cleaned_data["shown"].split(",")
        return {Role(name) for name in names if name in Role.values}


class EndForm(ClinicForm):
    """Why somebody doesn't work here any more."""

    submit_label = gettext_lazy("End the work here")
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)


class PasswordAwayForm(ClinicForm):
    """Why somebody needs a new password."""

    submit_label = gettext_lazy("Take the password away")
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)


class FirstPasswordForm(ClinicForm):
    """The first password, twice."""

    submit_label = gettext_lazy("Set the password")
    password = forms.CharField(
        label=gettext_lazy("New password"), max_length=4096, strip=False,
        help_text=gettext_lazy("Twelve characters or more. A few words that only you put together are good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label=gettext_lazy("New password, again"), max_length=4096, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean_again(self) -> str:
        """Raise ValidationError unless both are the same."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise ValidationError(_("The two passwords aren't the same. Type both again."))
        return again
