"""The steps of a preparation: pure rules over how they are written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

_NUMBER = re.compile(r"^(?:\d{1,2}[.)]|[-•*])\s*")
_CRITICAL = re.compile(r"^CRITICAL\b\s*[:.–-]?\s*")


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A step before it is written; a `critical` one must not be missed."""

    text: str
    critical: bool = False


def steps_from_text(text: str) -> list[StepDraft]:
    """Return the steps of a running text: one a line, numbered or not, CRITICAL before those not to be missed.

    Versions of before wrote their steps so.
    """
    found = []
    for line in text.splitlines():
        words = _NUMBER.sub("", line.strip(), count=1)
        said = _CRITICAL.sub("", words, count=1).strip()
        if said:
            found.append(StepDraft(said, critical=said != words))
    return found


def step_gaps(steps: Sequence[StepDraft]) -> list[str]:
    """Return what keeps `steps` from review, in sentences."""
    return [] if steps else [_("There is no step yet. Add the steps of the preparation, and mark the critical ones.")]
