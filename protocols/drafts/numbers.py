"""Numbers of a draft, each with its bounds and its unit."""

from typing import Any

from clinic.web.numbers import WholeNumberField


def count(label: Any, low: int, high: int, unit: Any, hint: Any = "", *, tell_bounds: bool = True) -> WholeNumberField:
    """Return a field of a whole number with its unit beside it."""
    return WholeNumberField(
        label=label, min_value=low, max_value=high, unit=unit, help_text=hint, tell_bounds=tell_bounds
    )
