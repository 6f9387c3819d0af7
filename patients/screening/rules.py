"""The rules of the contraindication checklist, one function each.

Source of each rule: the clinic's founding list of per-session contraindications, items CI-01 to CI-06, with CI-13
(stage) and CI-15 (age), which no question asks; what the other items ask is judged by one of a few kinds (`kinds`).
"Not sure" counts as yes until clarified; where a detail decides and isn't known, the gravest reading holds. A rule
that changes gets a new version beside the old one, so that a stored case can be judged again as it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from django.utils.translation import gettext as _

from clinic.dates import day_text
from patients.registry.birth_dates import age_years, under_age_words
from patients.screening.allergens import Named, named_in
from patients.screening.case import Candidate, Case, Given
from patients.screening.findings import C, D, Finding, P, R, RuleFunction, X, by_prescriber, clearance_of, counted
from patients.screening.kinds import KINDS
from patients.screening.outcomes import Answer
from protocols.checklists.models import Rule
from protocols.checklists.topics import TOPICS
from protocols.formulations.models import AllergenClass, PregnancyClass

#: Classes that say nothing about likeness: two ingredients in them don't react alike.
NO_LIKENESS = frozenset({AllergenClass.NONE, AllergenClass.OTHER})


def _whatever_was_answered(function: RuleFunction, rule: Rule) -> RuleFunction:
    """Return `function` as it was before: a clearance counted for anything that was answered to its question."""

    def as_it_was(case: Case, given: Given) -> Iterator[Finding]:
        cleared = clearance_of(case, rule)
        yield from function(case, replace(given, confirmed=cleared.number if cleared else 0))

    return as_it_was


def scalp_infection(case: Case, given: Given) -> Iterator[Finding]:
    """CI-01: infection, wound, folliculitis or active herpes: defer until healed, and a physician has looked."""
    if not given.is_no:
        words = _("Defer until it has healed. A physician looks at it before the next session.")
        yield by_prescriber(case, given, Rule.SCALP_INFECTION, without=D, words=counted(given, words))
        return
    if case.awaiting_look is not None:
        words = _("The session of %(day)s was deferred for the scalp. A physician must look before treatment goes on.")
        yield by_prescriber(
            case, given, Rule.SCALP_INFECTION, without=D, words=words % {"day": day_text(case.awaiting_look)},
        )  # fmt: skip
        return
    yield Finding(P, _("Nothing found today."))


def bleeding_disorder(case: Case, given: Given) -> Iterator[Finding]:
    """CI-02: untreated: do not treat; treated: with a prescriber's clearance."""
    if given.is_no:
        yield Finding(P, _("None known."))
    elif given.treated != Answer.YES:
        untreated = _("A bleeding disorder that isn't treated, or isn't known to be: do not treat.")
        yield Finding(X, counted(given, untreated))
    else:
        words = _("A treated bleeding disorder: ask a prescriber for a clearance.")
        yield by_prescriber(case, given, Rule.BLEEDING_DISORDER, without=C, words=counted(given, words))


def anticoagulant(case: Case, given: Given) -> Iterator[Finding]:
    """CI-03 as it was before the pressure plan went with the session: it was said beside the question alone."""
    yield from (replace(finding, instruction="") for finding in anticoagulant_3(case, given))


def anticoagulant_3(case: Case, given: Given) -> Iterator[Finding]:
    """CI-03: no valid clearance on file: ask for one; with it: proceed with a pressure plan."""
    if given.is_no:
        yield Finding(P, _("None taken."))
        return
    words = _("No clearance in force: ask a prescriber. The session can go on once one is signed.")
    plan = _("Pressure plan: press each point until it is dry, and look again before the patient leaves.")
    yield by_prescriber(
        case, given, Rule.ANTICOAGULANT, without=C, words=counted(given, words), granted=plan, instruction=plan
    )


def malignancy(case: Case, given: Given) -> Iterator[Finding]:
    """CI-04: do not treat; the exception is a physician's signed clearance."""
    if given.is_no:
        yield Finding(P, _("None known."))
        return
    words = _("Active malignancy or cancer treatment: do not treat, unless a physician signs an exception.")
    exception = _("An exception that a physician signed.")
    yield by_prescriber(case, given, Rule.MALIGNANCY, without=X, words=counted(given, words), granted=exception)


def pregnancy(case: Case, given: Given) -> Iterator[Finding]:
    """CI-05 as it was first: a formulation without an ingredient of concern goes on without anybody's decision."""
    if given.is_no:
        yield Finding(P, _("No."))
        return
    for candidate in case.formulations:
        classes = {part.pregnancy_class for part in candidate.components}
        if classes & {PregnancyClass.CONTRAINDICATED, PregnancyClass.CLEARANCE}:
            yield _pregnancy_of(case, given, candidate)
        else:
            words = _("%(formulation)s holds no ingredient of concern.") % {"formulation": candidate.label}
            yield Finding(P, words, candidate.number)


def pregnancy_2(case: Case, given: Given) -> Iterator[Finding]:
    """CI-05: an ingredient that is contraindicated closes its formulation; any other wants a prescriber's clearance."""
    if given.is_no:
        yield Finding(P, _("No."))
        return
    for candidate in case.formulations:
        yield _pregnancy_of(case, given, candidate)


def _pregnancy_of(case: Case, given: Given, candidate: Candidate) -> Finding:
    told = {"formulation": candidate.label}
    if PregnancyClass.CONTRAINDICATED in {part.pregnancy_class for part in candidate.components}:
        words = _("%(formulation)s holds an ingredient that is contraindicated: not for this patient.") % told
        return Finding(X, counted(given, words), candidate.number)
    words = _("%(formulation)s only with a prescriber's clearance.") % told
    return by_prescriber(
        case, given, Rule.PREGNANCY, without=C, words=counted(given, words), formulation=candidate.number
    )


def hypersensitivity(case: Case, given: Given) -> Iterator[Finding]:
    """CI-06 as it was first: what was typed in words is always taken for something that no formulation holds."""
    yield from _hypersensitivity(
        case, given, Named(frozenset(), given.other),
        _("No formulation lists %(what)s. Ask a prescriber whether the session can be made without it."),
    )  # fmt: skip


def hypersensitivity_2(case: Case, given: Given) -> Iterator[Finding]:
    """CI-06: not the formulations with the ingredient or one of its class; the others stay open.

    An ingredient named in words counts like one that was ticked. Something that no formulation holds (latex, an
    antiseptic) is for a prescriber to decide; a reaction to something unknown could be to anything.
    """
    every = {part.name for candidate in case.formulations for part in candidate.components}
    yield from _hypersensitivity(
        case, given, named_in(given.other, every),
        _(
            "Nothing in the formulations' ingredients has this name: %(what)s. "
            "Ask a prescriber whether the session can be made without it."
        ),
    )  # fmt: skip


def _hypersensitivity(case: Case, given: Given, typed: Named, unlisted: str) -> Iterator[Finding]:
    if given.is_no:
        yield Finding(P, _("None known."))
        return
    if not given.names_something:
        yield Finding(X, _("A reaction to something unknown could be to any formulation. Find out to what."))
        return
    for candidate in case.formulations:
        if named := _matching(case, given, candidate, typed.names):
            words = _("%(formulation)s holds %(ingredients)s: not for this patient.")
            told = {"formulation": candidate.label, "ingredients": ", ".join(named)}
            yield Finding(X, counted(given, words % told), candidate.number)
        else:
            yield Finding(
                P, _("%(formulation)s holds none of it.") % {"formulation": candidate.label}, candidate.number
            )
    if typed.left:
        words = counted(given, unlisted % {"what": typed.left})
        yield by_prescriber(case, given, Rule.HYPERSENSITIVITY, without=C, words=words)


def _matching(case: Case, given: Given, candidate: Candidate, typed: frozenset[str]) -> list[str]:
    """Return the names of the candidate's ingredients that the patient may react to.

    An ingredient is matched by itself, by its name at another concentration or in words (`typed`), and by its
    allergen class.
    """
    parts = [
        part
        for one in case.formulations
        for part in one.components
        if part.ingredient in given.ingredients or part.name in typed
    ]
    names = {part.name.casefold() for part in parts}
    classes = (given.classes | {part.allergen_class for part in parts}) - NO_LIKENESS
    return sorted(
        {
            part.name
            for part in candidate.components
            if part.ingredient in given.ingredients or part.name.casefold() in names or part.allergen_class in classes
        }
    )


def stage(case: Case) -> Iterator[Finding]:
    """CI-13 as it was first: every intake has a stage; without an intake it is unknown."""
    if case.stage is None:
        yield Finding(D, _("No stage is recorded yet: take the intake first."))
    elif case.stage[1]:
        yield Finding(R, _("%(stage)s: for surgical assessment, not for this treatment.") % {"stage": case.stage[0]})
    else:
        yield Finding(P, case.stage[0])


def stage_2(case: Case) -> Iterator[Finding]:
    """CI-13: Norwood VI-VII and Ludwig III are for surgical assessment. Without an intake the stage is unknown.

    Where no scale applied at the intake, the stage is looked at today all the same: a pattern may show since.
    """
    if case.stage is None or case.staged or case.stage[1]:
        yield from stage(case)
        return
    words = _("%(stage)s at the intake. Look at the hair today; when a pattern shows, take a new intake first.")
    yield Finding(P, words % {"stage": case.stage[0]})


def minimum_age(case: Case) -> Iterator[Finding]:
    """CI-15: younger than the site's minimum age: do not treat. An unknown age could be below it."""
    if words := under_age_words(case.born, case.on, case.minimum_age_years):
        yield Finding(X, words)
    elif case.born is not None:
        yield Finding(P, _("%(age)s years old.") % {"age": age_years(case.born, case.on)})


#: Every version of every question's rule; the highest is in force.
RULES: dict[str, dict[int, RuleFunction]] = {
    Rule.SCALP_INFECTION: {1: _whatever_was_answered(scalp_infection, Rule.SCALP_INFECTION), 2: scalp_infection},
    Rule.BLEEDING_DISORDER: {
        1: _whatever_was_answered(bleeding_disorder, Rule.BLEEDING_DISORDER),
        2: bleeding_disorder,
    },
    Rule.ANTICOAGULANT: {
        1: _whatever_was_answered(anticoagulant, Rule.ANTICOAGULANT),
        2: anticoagulant,
        3: anticoagulant_3,
    },
    Rule.MALIGNANCY: {1: _whatever_was_answered(malignancy, Rule.MALIGNANCY), 2: malignancy},
    Rule.PREGNANCY: {1: _whatever_was_answered(pregnancy, Rule.PREGNANCY), 2: pregnancy_2},
    Rule.HYPERSENSITIVITY: {
        1: _whatever_was_answered(hypersensitivity, Rule.HYPERSENSITIVITY),
        2: _whatever_was_answered(hypersensitivity_2, Rule.HYPERSENSITIVITY),
        3: hypersensitivity_2,
    },
    **{rule: {1: KINDS[topic.kind](Rule(rule), topic)} for rule, topic in TOPICS.items()},
}
#: The rules that no question asks, with the code they stand under.
UNASKED: dict[str, tuple[str, dict[int, Callable[[Case], Iterator[Finding]]]]] = {
    "stage": ("CI-13", {1: stage, 2: stage_2}),
    "minimum_age": ("CI-15", {1: minimum_age}),
}
#: The code of each rule's row in the founding list.
SOURCES: dict[str, str] = {
    Rule.SCALP_INFECTION: "CI-01", Rule.BLEEDING_DISORDER: "CI-02", Rule.ANTICOAGULANT: "CI-03",
    Rule.MALIGNANCY: "CI-04", Rule.PREGNANCY: "CI-05", Rule.HYPERSENSITIVITY: "CI-06",
    "stage": "CI-13", "minimum_age": "CI-15",
    **{rule: topic.source for rule, topic in TOPICS.items()},
}  # fmt: skip
