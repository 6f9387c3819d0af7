"""Forms of the steps: sending back, approving, retiring."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm, SignatureForm
from protocols.decisions.services import REASON_LENGTH


def carry_newest(form: ClinicForm, row_version: int) -> None:
    """Let a form that came back carry the newest `row_version`, so that sending it once more is a choice."""
    data = QueryDict(mutable=True)
    data.update(form.data)
    data["row_version"] = str(row_version)
    form.data = data


class SendBackForm(ClinicForm):
    """Why a version goes back to its author."""

    submit_label = _("Send back")
    reason = forms.CharField(
        label=_("What to change"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class ApproveForm(SignatureForm):
    """Approving what was read."""

    submit_label = _("Approve")


class RetireForm(SignatureForm):
    """Taking a version out of force."""

    submit_label = _("Retire")
    reason = forms.CharField(
        label=_("Reason for retiring"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ("reason", "password")
