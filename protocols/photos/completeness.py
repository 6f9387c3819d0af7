"""When a photo protocol is complete: a pure rule."""

from collections.abc import Sequence

from django.utils.translation import gettext as _


def photo_gaps(required: Sequence[bool]) -> list[str]:
    """Return, in sentences, what is missing; `required` says for each view whether every set must have it."""
    if any(required):
        return []
    return [_("No view is required. Add the views that every set of photographs must have.")]
