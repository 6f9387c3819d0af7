"""Forms of one's own passkeys."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import SignatureForm


class AddPasskeyForm(SignatureForm):
    """A passkey that the browser makes when this is sent."""

    submit_label = _("Add a passkey")
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("Such as the device that it is on."))
    credential = forms.CharField(widget=forms.HiddenInput, max_length=20_000)
    field_order = ("name", "password")


class RemovePasskeyForm(SignatureForm):
    """Taking one away."""

    submit_label = _("Remove it")
    which = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)
