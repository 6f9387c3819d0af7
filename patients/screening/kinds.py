"""The kinds of rule that several questions share, one function each: pure; what a subject puts into them is its topic.

Source: the clinic's founding list of per-session contraindications, items CI-07 to CI-19. "Not sure" counts as yes
until clarified, of a confirmation as no; where a detail decides and isn't known, the gravest reading holds.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta

from django.utils.translation import gettext as _

from clinic.dates import day_text
from patients.screening.allergens import words_of
from patients.screening.case import Candidate, Case, Component, Given
from patients.screening.findings import D, Finding, P, RuleFunction, X, by_prescriber, counted
from patients.screening.outcomes import SEVERITY, Answer, Outcome
from protocols.checklists.models import Rule
from protocols.checklists.topics import Kind, Thing, Topic, outcome_of
from protocols.formulations.models import PregnancyClass

#: The stem by which the international names of 5-alpha-reductase inhibitors are known: finasteride, dutasteride.
_STEM = "sterid"


def is_five_ari(part: Component) -> bool:
    """Whether an ingredient is, or could be, a 5-alpha-reductase inhibitor: by its class or by its name.

    The class holds class X besides, so that one named by its brand is never missed.
    """
    named = any(_STEM in word for word in words_of(part.name))
    return named or part.pregnancy_class == PregnancyClass.CONTRAINDICATED


def is_asked(rule: str, candidate: Candidate | None) -> bool:
    """Whether a question about `rule` is asked when `candidate` is intended; unknown is asked."""
    return rule != Rule.FIVE_ARI or candidate is None or any(is_five_ari(part) for part in candidate.components)


def clearance(rule: Rule, topic: Topic) -> RuleFunction:
    """CI-09, CI-10, CI-12: a finding wants a prescriber's clearance."""

    def judged(case: Case, given: Given) -> Iterator[Finding]:
        if given.is_no:
            yield Finding(P, _("None known."))
            return
        instruction = str(topic.instruction)
        yield by_prescriber(
            case, given, rule, without=Outcome.CLEARANCE, words=counted(given, str(topic.finding)),
            granted=instruction, instruction=instruction,
        )  # fmt: skip

    return judged


def which(rule: Rule, topic: Topic) -> RuleFunction:
    """CI-07, CI-08, CI-19: each thing of a list comes to something; one that isn't said could be the gravest.

    A version's own list may ask a prescriber about what is only noted otherwise.
    """

    def judged(case: Case, given: Given) -> Iterator[Finding]:
        if given.is_no:
            yield Finding(P, _("None known."))
            return
        own = case.question(rule).own
        named = [thing for thing in topic.things if thing.key in given.which]
        for outcome, examined, things in _alike((outcome_of(topic, t, own), t) for t in named or topic.things):
            told = {"things": "; ".join(str(thing.label) for thing in things), "finding": topic.finding}
            if not named:
                told["things"] = _("It isn't said which")
            if outcome is P:
                yield Finding(P, counted(given, _("Noted: %(things)s.") % told))
            elif outcome is X and not examined:
                yield Finding(X, counted(given, _("%(things)s: do not treat.") % told))
            else:
                words = _("%(things)s. %(finding)s") % told
                if outcome is X:
                    words = _("%(things)s: do not treat until a physician has examined it and signs.") % told
                yield by_prescriber(case, given, rule, without=outcome, words=counted(given, words))

    return judged


def _alike(judged: Iterable[tuple[Outcome, Thing]]) -> list[tuple[Outcome, bool, list[Thing]]]:
    """Return the things together that come to the same, the gravest first."""
    found: dict[tuple[Outcome, bool], list[Thing]] = {}
    for outcome, thing in judged:
        found.setdefault((outcome, thing.examined), []).append(thing)
    graver_first = sorted(found.items(), key=lambda each: (-SEVERITY[each[0][0]], each[0][1]))
    return [(outcome, examined, things) for (outcome, examined), things in graver_first]


def instruction(rule: Rule, topic: Topic) -> RuleFunction:
    """CI-11: the session goes on, with an instruction."""

    def judged(case: Case, given: Given) -> Iterator[Finding]:
        if given.is_no:
            yield Finding(P, _("None known."))
            return
        words = case.question(rule).own.instruction or str(topic.instruction)
        yield Finding(P, counted(given, words), instruction=words)

    return judged


def until(rule: Rule, topic: Topic) -> RuleFunction:
    """CI-14: a transplant within so many weeks defers until the day from which the surgeon's letter allows it."""
    del topic

    def judged(case: Case, given: Given) -> Iterator[Finding]:
        if given.is_no:
            yield Finding(P, _("None."))
            return
        weeks, happened_on = case.question(rule).own.weeks, given.happened_on
        if weeks and happened_on and case.on >= happened_on + timedelta(weeks=weeks):
            told = {"day": day_text(happened_on), "weeks": weeks}
            yield Finding(P, _("Transplanted on %(day)s, %(weeks)s weeks ago or longer.") % told)
        elif given.allowed_on is None or not given.letter:
            yield Finding(
                D, counted(given, _("Defer until the surgeon's letter says from which day on it is allowed."))
            )
        elif case.on < given.allowed_on:
            words = _("Defer until %(day)s, by the surgeon's letter: %(letter)s.")
            yield Finding(D, counted(given, words % {"day": day_text(given.allowed_on), "letter": given.letter}))
        else:
            told = {"day": day_text(given.allowed_on), "letter": given.letter}
            letter = _("Surgeon's letter: %(letter)s") % told
            yield Finding(P, _("Allowed since %(day)s, by the surgeon's letter: %(letter)s.") % told, lifted_by=letter)

    return judged


def agreement(rule: Rule, topic: Topic) -> RuleFunction:
    """CI-16: without the agreement no formulation with a 5-alpha-reductase inhibitor; the others stay open."""
    del rule, topic

    def judged(case: Case, given: Given) -> Iterator[Finding]:
        for candidate in case.formulations:
            holds = sorted({part.name for part in candidate.components if is_five_ari(part)})
            if holds and given.answer == Answer.YES:
                yield Finding(P, _("Agreed and understood."), candidate.number)
            elif holds:
                told = {"formulation": candidate.label, "ingredients": ", ".join(holds)}
                words = _("%(formulation)s holds %(ingredients)s; the advice isn't agreed to: not for this patient.")
                yield Finding(X, words % told, candidate.number)

    return judged


def number(rule: Rule, topic: Topic) -> RuleFunction:
    """CI-17: a number that something planned needs; without it the session goes on without what was planned."""
    del rule
    asked = topic.number
    if asked is None:
        raise ValueError("a topic that asks for a number says which")

    def judged(case: Case, given: Given) -> Iterator[Finding]:
        del case
        if given.is_no:
            yield Finding(P, _("None planned."))
        elif given.number is None or not asked.low <= given.number <= asked.high:
            words = str(topic.instruction)
            yield Finding(P, counted(given, words), instruction=words)
        else:
            told = {"label": asked.label, "number": given.number, "unit": asked.unit}
            yield Finding(P, _("%(label)s: %(number)s %(unit)s.") % told)

    return judged


def in_force(rule: Rule, topic: Topic) -> RuleFunction:
    """CI-18: confirmed again at each session, or by a consent signed the same day.

    While no consent is in force the session's own gate stops it, whatever was answered, and signing one confirms all
    that the question asks.
    """
    del rule

    def judged(case: Case, given: Given) -> Iterator[Finding]:
        if case.consented_on is None:
            words = str(topic.instruction)
            yield Finding(P, words, instruction=words)
        elif given.answer == Answer.YES:
            day = day_text(case.consented_on)
            yield Finding(P, _("Confirmed again; the consent in force is of %(day)s.") % {"day": day})
        elif case.consented_on == case.on:
            words = _("The consent signed today confirms it.")
            yield Finding(P, words, lifted_by=words)
        else:
            yield Finding(D, str(topic.finding))

    return judged


#: What makes a rule of each kind, of a subject and its topic.
KINDS: Mapping[Kind, Callable[[Rule, Topic], RuleFunction]] = {
    Kind.CLEARANCE: clearance, Kind.WHICH: which, Kind.NOTE: which, Kind.INSTRUCTION: instruction, Kind.UNTIL: until,
    Kind.AGREEMENT: agreement, Kind.NUMBER: number, Kind.IN_FORCE: in_force,
}  # fmt: skip
