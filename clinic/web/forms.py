"""What all data-entry forms share: kept input, one write per submission, and amounts that are exact."""

import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.amounts import MICROLITRES_PER_ML, millilitre_text
from clinic.errors import Refused, StaleWrite, Way
from clinic.web.instructions import instruct
from clinic.web.numbers import either_reading

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class FilterForm(forms.Form):
    """What narrows a list, sent by its address: it says what to do about a value that an old address holds."""

    def full_clean(self) -> None:
        instruct(self.fields.values())
        super().full_clean()


class ClinicForm(forms.Form):
    """A form that parses and validates, and never writes.

    `submission_key` makes a second click the same submission; `row_version`, where a row is edited, shows
    that somebody else saved first.
    """

    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    required_css_class = "required"
    submit_label: ClassVar[Any] = gettext_lazy("Save")
    #: How a list of errors calls a field whose own label says too little away from its place.
    summary_labels: Mapping[str, str] = MappingProxyType({})
    data: Any  # a stale form is shown again with the newest row version

    def __init__(self, *args: Any, row_version: int | None = None, **kwargs: Any) -> None:
        # A page may hold several forms that ask for a reason: each label has to lead to the field of its own form.
        kwargs.setdefault("auto_id", f"id_{type(self).__name__.lower()}_%s")
        super().__init__(*args, **kwargs)
        self.fields["submission_key"].initial = uuid.uuid4
        if row_version is None:
            del self.fields["row_version"]
        else:
            self.fields["row_version"].initial = row_version
        self.helper = self._fresh_helper()
        self.stale = False
        #: Where somebody goes on, by the error that says so.
        self.ways: dict[str, Way] = {}

    def _fresh_helper(self) -> FormHelper:
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        return helper

    def leave_out(self, *names: str) -> None:
        """Do without the fields `names`; the layout follows."""
        for name in names:
            del self.fields[name]
        self.helper = self._fresh_helper()

    @property
    def key(self) -> uuid.UUID:
        """The submission's key; a fresh one when the browser sent none."""
        return self.cleaned_data.get("submission_key") or uuid.uuid4()

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form: 200 unsent, 409 stale, 422 refused."""
        if not self.is_bound:
            return 200
        return 409 if self.stale else 422

    def carry_out[R](self, verb: Callable[[], R]) -> R | None:
        """Run `verb` when the form is valid; a refusal becomes an error of the form, and None is returned.

        After a stale write the newest `row_version` must be shown, so that the next save is a choice.
        """
        if not self.is_valid():
            return None
        try:
            return verb()
        except StaleWrite as stale:
            self.stale = True
            self.add_error(None, stale.message)
        except Refused as refused:
            field = refused.field if refused.field in self.fields else None
            self.add_error(field, refused.message)
            if refused.way is not None:
                self.ways[refused.message] = refused.way
            for reason in refused.reasons:
                self.add_error(None, reason)
        return None

    def carry_version(self, row_version: int) -> None:
        """Carry the newest `row_version` beside what was typed, so that sending it again is a choice and works."""
        if "row_version" in self.fields:
            self.carry("row_version", row_version)

    def carry(self, name: str, value: object) -> None:
        """Carry `value` in the field `name` of a form that came back, beside what was typed."""
        if self.is_bound:
            self.data = self.data.copy()  # of a request, every value of every field
            self.data[self.add_prefix(name)] = str(value)

    def full_clean(self) -> None:
        instruct(self.fields.values())
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # An error takes its value out of the dictionary: walk over a copy.
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and _CONTROL.search(value):
                self.add_error(name, _("This text holds characters that can't be printed. Type it again."))
            elif isinstance(value, str):
                cleaned[name] = unicodedata.normalize("NFC", value)
        return cleaned


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what a form was sent with, even when that is nothing; None when the page is only opened."""
    return request.POST if request.method == "POST" else None


class VolumeField(forms.CharField):
    """A volume typed in mL with a point, cleaned to whole microlitres.

    `min_ul` and `max_ul` are the bounds, in microlitres, and are shown in the error.
    """

    def __init__(self, *, min_ul: int = 0, max_ul: int = 50_000, **kwargs: Any) -> None:
        self.min_ul, self.max_ul = min_ul, max_ul
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off", "data-unit": "mL"})

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        return None if text in self.empty_values else self._microlitres(text.strip())

    def _microlitres(self, text: str) -> int:
        meant = _millilitres_meant(text)
        if either := either_reading(text):
            raise ValidationError(either, code="grouped")
        if "," in text:
            if not meant:
                told = _("Write the volume in mL with a point for the decimals and without commas, as in 1.25.")
                raise ValidationError(told, code="comma")
            raise ValidationError(
                _("Write the volume with a point, not with a comma: type %(typed)s."), params={"typed": meant},
                code="comma",
            )  # fmt: skip
        if re.search(r"[^\d.\s+-]", text):
            told = _("Leave out the unit: type %(typed)s.") % {"typed": meant} if meant else ""
            raise ValidationError(told or _("Type digits only, in mL, as in 1.25. Leave out the unit."), code="unit")
        try:
            millilitres = Decimal(text)
        except InvalidOperation:
            raise ValidationError(_("Type the volume in mL as a number, as in 1.25."), code="number") from None
        microlitres = millilitres * MICROLITRES_PER_ML
        if microlitres != microlitres.to_integral_value():
            raise ValidationError(_("Give at most three decimals: the smallest step is 0.001 mL."), code="step")
        if not self.min_ul <= microlitres <= self.max_ul:
            raise ValidationError(
                _("The volume must be from %(low)s to %(high)s mL."),
                params={"low": millilitre_text(self.min_ul), "high": millilitre_text(self.max_ul)},
                code="bounds",
            )
        return int(microlitres)

    def prepare_value(self, value: Any) -> Any:
        return millilitre_text(value) if isinstance(value, int) else value


def _millilitres_meant(text: str) -> str:
    """Return how a volume with a comma or with mL behind it is typed here, "" where that can't be told."""
    typed = re.fullmatch(r"([0-9]{1,4}(?:[.,][0-9]{1,3})?)\s*(?:ml|cc)?", text, re.IGNORECASE)
    return typed[1].replace(",", ".") if typed else ""


class PastDateField(forms.DateField):
    """A date that is not in the future, by the date `on` that the view passes in `set_today`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)
        self.today: date | None = None
        self.earliest = date(1900, 1, 1)

    def set_today(self, on: date) -> None:
        """Take `on` as today."""
        self.today = on
        self.widget.attrs["max"] = on.isoformat()

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if self.today and value > self.today:
            raise ValidationError(_("This date is in the future. Type the date again."), code="future")
        if value < self.earliest:
            raise ValidationError(_("This date is before 1900. Type the date again."), code="too_early")


class SignatureForm(ClinicForm):
    """Signing: the signer's own password, typed again."""

    submit_label = gettext_lazy("Sign")
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    #: What the signer's passkey answered, where one is asked for instead.
    passkey = forms.CharField(required=False, widget=forms.HiddenInput, max_length=20_000)

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        if data is not None and data.get("passkey"):
            self.fields["password"].required = False

    def ask_for_passkey(self) -> None:
        """Ask for a passkey in place of the password; what was refused at the password stands at the form."""
        unanswered = self.has_error("password", "required")
        refused = self.errors.pop("password", None)
        self.leave_out("password")
        if unanswered:
            self.add_error(None, _("Sign with your passkey: press the button that asks for it."))
        elif refused is not None:
            self.add_error(None, refused.as_data())
