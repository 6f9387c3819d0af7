"""Fields of numbers. What was typed is never changed on the way: a number that can't be meant is refused in words.

They are text inputs. A browser's own number input drops what it can't read as it is typed: 40,5 becomes 405, and
nobody is told.
"""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

# Figures of any script are figures: an Arabic-Indic three is a three.
_WHOLE = re.compile(r"\d+")
_WITH_POINT = re.compile(r"\d+\.?\d*|\.\d+")
_DECIMALS = re.compile(r"\d*[.,]\d+")
# A thousand as some write it: 1,000 or 1.000 or 1 000 or 1'000.
_GROUPED = re.compile(r"\d{1,3}(?:[.,\s'’]\d{3})+")
_GROUPED_BY_COMMA = re.compile(r"\d{1,3}(?:[,\s'’]\d{3})+")
_COMMA = re.compile(r"\d*,\d+")
_SIGNED = re.compile(r"[+\-\u2212\u2013]\s*[\d.,]+")
# A number with a unit behind it: 40 µL, 5 %, 70kg, 12 mm².
_WITH_UNIT = re.compile(r"([\d.]+)\s*(\D{1,12})")
#: More figures than any bound has. A longer number isn't worked out, only refused.
_MOST_FIGURES = 18


def _refuse_sign(text: str) -> None:
    """Raise ValidationError when `text` is a number with a sign before it."""
    if _SIGNED.fullmatch(text):
        raise ValidationError(_("Type the number without a sign."), code="sign")


def _refuse_unit(text: str, number: re.Pattern[str], unit: Any) -> None:
    """Raise ValidationError with what to type when `text` is a `number` with the field's own `unit` behind it.

    With another unit the figures mean another number.
    """
    typed = _WITH_UNIT.fullmatch(text)
    if typed and number.fullmatch(typed[1]) and _plain(typed[2]) == _plain(str(unit)):
        raise ValidationError(_("Leave out the unit: type %(typed)s.") % {"typed": typed[1]}, code="unit")


def _plain(unit: str) -> str:
    """Return `unit` as it is compared: a micro sign is a letter, and often typed as a u."""
    return unit.strip().casefold().replace("\N{GREEK SMALL LETTER MU}", "u")


def either_reading(text: str) -> str:
    """Return what to type in place of a number like 1,000, which can mean a thousand or one; "" for any other."""
    if not _GROUPED_BY_COMMA.fullmatch(text):
        return ""
    whole = _ungrouped(text)
    if text.count(",") != 1:
        told = _("Type the number without a separator between the thousands: %(whole)s.")
        return told % {"whole": whole}
    told = _("%(typed)s can be read in two ways. Type %(whole)s without a separator, or %(point)s with a point.")
    return told % {"typed": text, "whole": whole, "point": text.replace(",", ".")}


def _ungrouped(text: str) -> str:
    return re.sub(r"\D", "", text)


def _with_bounds(low: Any, high: Any, hint: Any) -> Any:
    """Return the bounds in words, and after them the `hint`."""
    bounds = format_lazy(gettext_lazy("From {low} to {high}."), low=low, high=high)
    return format_lazy("{bounds} {hint}", bounds=bounds, hint=hint) if hint else bounds


def _input(mode: str, unit: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off"} | ({"data-unit": unit} if unit else {}))


class WholeNumberField(forms.IntegerField):
    """A whole number from `min_value` to `max_value`, cleaned to an int; `unit` stands behind the field.

    The bounds are said below the field, before the `help_text`; without `tell_bounds` the page says them elsewhere.
    """

    def __init__(
        self, *, min_value: int, max_value: int, unit: Any = "", tell_bounds: bool = True, help_text: Any = "",
        **kwargs: Any,
    ) -> None:  # fmt: skip
        self.unit = unit
        super().__init__(
            min_value=min_value, max_value=max_value, widget=_input("numeric", unit),
            help_text=_with_bounds(min_value, max_value, help_text) if tell_bounds else help_text, **kwargs,
        )  # fmt: skip

    def to_python(self, value: Any) -> int | None:
        text = str(value).strip() if value is not None else ""
        if not text:
            return None
        if _WHOLE.fullmatch(text):
            return int(text) if len(text) <= _MOST_FIGURES else 10**_MOST_FIGURES
        _refuse_sign(text)
        if _GROUPED.fullmatch(text):
            told = _("Type the number without a separator between the thousands: %(typed)s.")
            raise ValidationError(told % {"typed": _ungrouped(text)}, code="grouped")
        if _DECIMALS.fullmatch(text):
            raise ValidationError(_("Type a whole number, without decimals."), code="decimals")
        _refuse_unit(text, _WHOLE, self.unit)
        raise ValidationError(_("Type digits only: a whole number, without a unit."), code="digits")


class DecimalNumberField(forms.DecimalField):
    """A number with at most `decimals` decimals from `min_value` to `max_value`, typed with a point; a Decimal.

    The bounds are said below the field, before the `help_text`; without `tell_bounds` the page says them elsewhere.
    """

    def __init__(
        self, *, min_value: Decimal, max_value: Decimal, decimals: int, unit: Any = "", tell_bounds: bool = True,
        help_text: Any = "", **kwargs: Any,
    ) -> None:  # fmt: skip
        self.decimals, self.unit = decimals, unit
        super().__init__(
            min_value=min_value, max_value=max_value, widget=_input("decimal", unit),
            help_text=_with_bounds(min_value, max_value, help_text) if tell_bounds else help_text, **kwargs,
        )  # fmt: skip

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        text = str(value).strip() if value is not None else ""
        if not text:
            return None
        if not _WITH_POINT.fullmatch(text):
            self._refuse(text)
        if len(text) > _MOST_FIGURES and len(text.partition(".")[0].lstrip("0")) > _MOST_FIGURES:
            return Decimal(10**_MOST_FIGURES)
        if len(text.partition(".")[2].rstrip("0")) > self.decimals:
            told = ngettext("Give at most %(count)d decimal.", "Give at most %(count)d decimals.", self.decimals)
            raise ValidationError(told % {"count": self.decimals}, code="decimals")
        return Decimal(text)

    def _refuse(self, text: str) -> None:
        _refuse_sign(text)
        if either := either_reading(text):
            raise ValidationError(either, code="grouped")
        if _COMMA.fullmatch(text):
            told = _("Write the number with a point, not with a comma: type %(typed)s.")
            raise ValidationError(told % {"typed": text.replace(",", ".")}, code="comma")
        _refuse_unit(text, _WITH_POINT, self.unit)
        raise ValidationError(_("Type digits only, as in 1.25, without a unit."), code="digits")
