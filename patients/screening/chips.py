"""Outcomes as chips: a kind, a word, and where a clearance is signed."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.codes import known
from patients.screening.contraindications import Reason
from patients.screening.loading import Loaded
from patients.screening.outcomes import Outcome

#: The chip of each outcome: kind and word.
CHIPS: dict[Outcome, tuple[str, Promise]] = {
    Outcome.PROCEED: ("done", gettext_lazy("Proceed")),
    Outcome.CLEARANCE: ("ask", gettext_lazy("Ask prescriber")),
    Outcome.DEFER: ("wait", gettext_lazy("Defer")),
    Outcome.REDIRECT: ("stop", gettext_lazy("Surgical assessment")),
    Outcome.STOP: ("stop", gettext_lazy("Do not treat")),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """An outcome as a chip, with the words of why, and where a clearance is signed."""

    kind: str
    text: str
    words: str
    url: str = ""


def chip_of(outcome: str, words: str = "", url: str = "") -> Chip:
    """Return the chip of `outcome`; one that nobody knows, which was written in the database, stops."""
    found = known(Outcome, outcome)
    kind, text = CHIPS[found] if found is not None else ("stop", outcome)
    return Chip(kind, str(text), words, url)


def clearance_url(reason: Reason, loaded: Loaded, actor: Actor) -> str:
    if not reason.clearable or not actor.may(Permission.GIVE_CLEARANCE):
        return ""
    return reverse("clearance_new", args=[loaded.checklist.patient_id, reason.rule])
