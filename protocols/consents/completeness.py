"""When a consent script is complete: a pure rule."""

from collections.abc import Sequence

from django.utils.translation import gettext as _


def consent_gaps(statements: Sequence[str]) -> list[str]:
    """Return, in sentences, what is missing: consent without what the patient may expect isn't informed."""
    if statements:
        return []
    return [_("No expectation statement stands in it. Add what the treatment does and what it doesn't do.")]
