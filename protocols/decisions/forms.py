"""Forms of the steps: sending back, approving, retiring."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm, SignatureForm
from protocols.decisions.models import Decision
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
    """Approving what was read; where the version asks for it, with the approver's reason.

    `in_force` is the version that stays in force until the day named, None where there is none.
    """

    submit_label = _("Approve")
    reason = forms.CharField(
        label=_("Reason for using them"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why these patients are treated with it all the same. It is signed and stays in the record."),
    )  # fmt: skip
    effective_from = forms.DateField(
        label=_("In force from"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty for now. Until that day none is in force."),
    )  # fmt: skip
    field_order = ("reason", "effective_from", "password")

    def __init__(self, *args: Any, asks_reason: bool = False, in_force: Decision | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if in_force is not None:
            self.fields["effective_from"].help_text = gettext(
                "Leave it empty for now. Until that day version %(number)s stays in force."
            ) % {"number": in_force.number}
        if not asks_reason:
            self.leave_out("reason")


class RetireForm(SignatureForm):
    """Taking a version out of force."""

    submit_label = _("Retire")
    reason = forms.CharField(
        label=_("Reason for retiring"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ("reason", "password")
