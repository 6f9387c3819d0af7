"""The mark of a draft that was written as an example, and how it goes: who sends it to review takes it on."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _


def example_reason() -> str:
    """Return why an example is written: its mark, for as long as it is a draft."""
    return _("Example, to be approved by your physician: read it, and change what is different here.")


def without_mark(reason: str) -> str:
    """Return `reason` as it goes to review: where it is the mark of an example, what is left of it then.

    The mark may have been written in any language that the clinic speaks.
    """
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            if reason == example_reason():
                return _("First version, written after the example.")
    return reason
