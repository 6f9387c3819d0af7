"""When a photo protocol is complete: a pure rule."""

from collections.abc import Sequence

from django.utils.translation import gettext as _


def photo_gaps(required: Sequence[bool], *, points: int) -> list[str]:
    """Return, in sentences, what is missing.

    `required` says for each view whether every set must have it, `points` how many points the preparation has.
    """
    gaps = []
    if not any(required):
        gaps.append(_("No view is required. Add the views that every set of photographs must have."))
    if not points:
        gaps.append(_("The preparation has no points. Add those that are ticked before the first picture."))
    return gaps
