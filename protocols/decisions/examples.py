"""The mark of a version that was written as an example: it stays beside it until somebody has approved the version."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _


def example_reason() -> str:
    """Return why an example is written: its mark, for as long as it is a draft."""
    return _("Example, to be approved by your physician: read it, and change what is different here.")


def _sent_in() -> str:
    return _("First version, written after the example.")


def without_mark(reason: str) -> str:
    """Return `reason` as it goes to review: where it is the mark of an example, what is left of it then.

    The mark may have been written in any language that the clinic speaks.
    """
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            if reason == example_reason():
                return _sent_in()
    return reason


def is_of_example(reason: str) -> bool:
    """Whether a version with this reason was written as an example, in any language that the clinic speaks."""
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            if reason in {example_reason(), _sent_in()}:
                return True
    return False
