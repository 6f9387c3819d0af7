"""What a rule finds, and what a prescriber's decision makes of it; shared by all rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from clinic.dates import day_text
from patients.screening.case import Case, Cleared, Given
from patients.screening.outcomes import Answer, Outcome
from protocols.checklists.models import Rule

P, C, D, R, X = Outcome.PROCEED, Outcome.CLEARANCE, Outcome.DEFER, Outcome.REDIRECT, Outcome.STOP


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: for one formulation, or for all (None).

    `clearable`: a prescriber's clearance would lift it. `clearance`: the number of the clearance relied on.
    `offered`: of one on file that counts once it is confirmed to be about what was answered. `instruction`: what has to
    be done when the session goes on. `lifted_by`: what else than a clearance lifted it, in words.
    """

    outcome: Outcome
    words: str
    formulation: int | None = None
    clearable: bool = False
    clearance: int | None = None
    offered: int | None = None
    instruction: str = ""
    lifted_by: str = ""


RuleFunction = Callable[[Case, Given], Iterator[Finding]]


def clearance_of(case: Case, rule: Rule) -> Cleared | None:
    """Return the prescriber's latest decision on `rule` that is valid on the day."""
    valid = [one for one in case.clearances if one.rule == rule and one.valid_from <= case.on <= one.valid_until]
    return max(valid, key=lambda one: (one.given_at, one.number), default=None)


def counted(given: Given, words: str) -> str:
    """Return `words`, with what a not sure counts as before them."""
    return _("Not sure counts as yes. %(words)s") % {"words": words} if given.answer == Answer.UNSURE else words


def _granted(cleared: Cleared, words: str, formulation: int | None = None) -> Finding:
    told = {"prescriber": cleared.prescriber, "until": day_text(cleared.valid_until), "about": cleared.about}
    text = (_("Cleared by %(prescriber)s until %(until)s: %(about)s.") if cleared.about
            else _("Cleared by %(prescriber)s until %(until)s.")) % told  # fmt: skip
    if cleared.conditions and cleared.conditions != cleared.about:
        ended = cleared.conditions if cleared.conditions[-1] in ".!?" else f"{cleared.conditions}."
        text = f"{text} {_('Conditions: %(conditions)s') % {'conditions': ended}}"
    return Finding(P, f"{text} {words}".strip(), formulation, clearance=cleared.number)


def _refused(cleared: Cleared, formulation: int | None = None) -> Finding:
    # A refusal is asked for no days: it holds from the day on which it was signed until somebody decides anew.
    why = cleared.conditions if cleared.conditions[-1:] in {".", "!", "?"} else f"{cleared.conditions}."
    told = {"prescriber": cleared.prescriber, "day": day_text(cleared.valid_from), "why": why}
    words = _("Refused by %(prescriber)s on %(day)s: %(why)s") % told
    return Finding(X, words, formulation, clearance=cleared.number)


def by_prescriber(
    case: Case, given: Given, rule: Rule, *, without: Outcome, words: str, granted: str = "",
    instruction: str = "", formulation: int | None = None,
) -> Finding:  # fmt: skip
    """The outcome that a clearance decides; `without` holds while there is none, with `words`.

    A clearance counts once whoever asked confirmed that it is about what was answered; a refusal counts at once.
    `granted` is said once it counts, and `instruction` goes with the session then.
    """
    cleared = clearance_of(case, rule)
    if cleared is None:
        return Finding(without, words, formulation, clearable=True)
    if not cleared.granted:
        return _refused(cleared, formulation)
    if given.confirmed == cleared.number:
        return replace(_granted(cleared, granted, formulation), instruction=instruction)
    told = {"about": cleared.about or _("not named"), "prescriber": cleared.prescriber, "words": words}
    if given.denied == cleared.number:
        text = _("%(words)s The clearance on file is about something else: %(about)s.") % told
        return Finding(without, text, formulation, clearable=True, offered=cleared.number)
    text = _("A clearance is on file: %(about)s (%(prescriber)s). It counts once you confirm that this is what was "
             "cleared.") % told  # fmt: skip
    return Finding(without, text, formulation, offered=cleared.number)
