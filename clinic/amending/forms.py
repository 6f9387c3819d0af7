"""The form of an amendment."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.amending.entries import Entry
from clinic.signing.models import Meaning
from clinic.web.forms import SignatureForm


class AmendForm(SignatureForm):
    """What is wrong, what is right, why; signed."""

    submit_label = _("Sign the amendment")
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    entry = forms.ChoiceField(
        label=_("What is amended?"), required=False,
        help_text=_("The original stays as it was signed; the amendment stands beside it."),
    )  # fmt: skip
    correct = forms.CharField(label=_("What is right"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("How it came to be wrong, and how it was noticed."),
    )  # fmt: skip
    field_order = ("entry", "correct", "reason", "password")

    def __init__(self, *args: Any, entries: Sequence[Entry], seen: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = seen
        chosen: Any = self.fields["entry"]
        chosen.depends = True  # it is never left out: without an entry the whole record is meant
        chosen.choices = [
            ("", _("The record as a whole")),
            *((each.label, f"{each.label}: {each.value.strip()[:80] or _('nothing entered')}") for each in entries),
        ]


class CoSignForm(SignatureForm):
    """A second person's signature at somebody else's screen."""

    submit_label = _("Sign as the second person")
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    meaning = forms.ChoiceField(label=_("What is signed"), widget=forms.RadioSelect)
    email = forms.EmailField(
        label=_("E-mail address of the second person"), max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("Another person than the one who is signed in and the one who signed the record."),
    )  # fmt: skip
    field_order = ("meaning", "email", "password")

    def __init__(self, *args: Any, meanings: Sequence[Meaning], seen: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = seen
        chosen: Any = self.fields["meaning"]
        chosen.choices = [(meaning.value, meaning.label) for meaning in meanings]
        if len(meanings) == 1:
            chosen.initial = meanings[0].value
        self.fields["password"].label = _("Password of the second person")
        self.fields["password"].widget.attrs["autocomplete"] = "off"
