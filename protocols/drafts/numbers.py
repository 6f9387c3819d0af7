"""Numbers of a draft, each with its bounds and its unit."""

from decimal import Decimal
from typing import Any

from clinic.web.numbers import DecimalNumberField, WholeNumberField


def count(label: Any, low: int, high: int, unit: Any, hint: Any = "", *, tell_bounds: bool = True) -> WholeNumberField:
    """Return a field of a whole number with its unit beside it."""
    return WholeNumberField(
        label=label, min_value=low, max_value=high, unit=unit, help_text=hint, tell_bounds=tell_bounds
    )


class TenthsField(DecimalNumberField):
    """A number with one decimal, kept as a whole number of tenths."""

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        return None if number is None else int(number * 10)

    def prepare_value(self, value: Any) -> Any:
        return Decimal(value) / 10 if isinstance(value, int) else value
