"""What a field says when it can't take what was typed: what to do next, instead of what is wrong with it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

#: By kind of field and error's code; the first kind that fits counts.
INSTRUCTIONS: tuple[tuple[type[forms.Field], dict[str, Any]], ...] = (
    (forms.BooleanField, {"required": _("Tick this to go on.")}),
    (
        forms.FileField,
        {
            "required": _("Choose a file."),
            "empty": _("This file is empty. Choose another one."),
            "max_length": _("The file's name has %(length)d characters. Shorten it to %(max)d and choose it again."),
        },
    ),
    (
        forms.MultipleChoiceField,
        {"required": _("Choose at least one."), "invalid_choice": _("Choose among the answers offered.")},
    ),
    (
        forms.ChoiceField,
        {"required": _("Choose one of the answers."), "invalid_choice": _("Choose one of the answers offered.")},
    ),
    (
        forms.DateField,
        {"required": _("Give the date."), "invalid": _("This isn't a date. Give day, month and year.")},
    ),
    (
        forms.TimeField,
        {"required": _("Give the time."), "invalid": _("This isn't a time. Give hours and minutes, as in 14:20.")},
    ),
    (
        forms.DateTimeField,
        {"required": _("Give date and time."), "invalid": _("This isn't a date with a time. Give both again.")},
    ),
    (
        forms.DecimalField,
        {"required": _("Type the number."), "invalid": _("Type digits only, as in 1.25, without a unit.")},
    ),
    (
        forms.IntegerField,
        {"required": _("Type the number."), "invalid": _("Type digits only: a whole number, without a unit.")},
    ),
    (forms.EmailField, {"invalid": _("Type an e-mail address, as in name@example.org.")}),
)
FOR_ALL: dict[str, Any] = {
    "required": _("Fill this in."),
    "max_length": _("Shorten this to %(limit_value)d characters; it has %(show_value)d."),
    "null_characters_not_allowed": _("Delete the invisible character in this, or type it anew."),
    "min_length": _("Give at least %(limit_value)d characters; it has %(show_value)d."),
    "min_value": _("The smallest possible is %(limit_value)s."),
    "max_value": _("The largest possible is %(limit_value)s."),
}


def instruct(fields: Iterable[forms.Field]) -> None:
    """Give `fields` instructions in place of Django's own messages; a message that a form chose stays."""
    for field in fields:
        particular = next((texts for kind, texts in INSTRUCTIONS if isinstance(field, kind)), {})
        for code, text in (FOR_ALL | particular).items():
            if field.error_messages.get(code) == _usual(field, code):
                field.error_messages[code] = text


def _usual(field: forms.Field, code: str) -> object:
    """Return the message that Django gives the kind of field for `code`, None when a validator brings it."""
    for kind in type(field).__mro__:
        text = kind.__dict__.get("default_error_messages", {}).get(code)
        if text is not None:
            return text
    return None
