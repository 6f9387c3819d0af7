"""What a version of the checklist decides more strictly than the safety floor, and that it is never looser.

The floor is the founding list, CI-01 to CI-06; the outcomes are P proceed, C clearance, D defer, X do not treat.
"""

from dataclasses import replace
from random import Random

import pytest

from patients.screening.case import Case, Given
from patients.screening.contraindications import Verdict, judge, replay
from patients.screening.outcomes import SEVERITY, Answer, Outcome
from protocols.checklists.floor import FLOOR, UNASKED, Lead, Stricter, leads, may_choose
from protocols.checklists.rules import ALWAYS_ASKED, Rule
from tests.patients.screening import naive
from tests.patients.screening.cases import CODE, ITEMS, LIDOCAINE, NO, ON, UNSURE, YES, A, B, C, case, clearance
from tests.patients.screening.test_differential import random_case

P, CL, D, X = Outcome.PROCEED, Outcome.CLEARANCE, Outcome.DEFER, Outcome.STOP
TREATED = Given(Answer.YES, treated="yes", confirmed=1)
UNTREATED = Given(Answer.YES, treated="no", confirmed=1)
DRUG = Given(Answer.YES, drug="apixaban", confirmed=1)
FOUND = Given(Answer.YES, confirmed=1)
LATEX = Given(Answer.YES, other="latex", confirmed=1)
REACTS = Given(Answer.YES, ingredients=frozenset({LIDOCAINE.ingredient}), confirmed=1)


def decided(of: Case, rule: Rule, stricter: str) -> Case:
    """Return the case as a version asks that is `stricter` about `rule`."""
    return replace(of, items=tuple(replace(item, stricter=stricter) if item.rule is rule else item for item in ITEMS))


def judged(rule: Rule, given: Given, stricter: str, *, cleared: bool | None = None, chosen: int = A.number) -> Verdict:
    clearances = () if cleared is None else (clearance(rule, granted=cleared),)
    return judge(decided(case({rule: given}, clearances=clearances, chosen=chosen), rule, stricter))


@pytest.mark.parametrize(
    ("rule", "given", "stricter", "cleared", "outcome"),
    [
        (Rule.SCALP_INFECTION, FOUND, "", True, P),
        (Rule.SCALP_INFECTION, FOUND, "defer", None, D),
        (Rule.SCALP_INFECTION, FOUND, "defer", True, D),
        (Rule.SCALP_INFECTION, UNSURE, "stop", None, X),
        (Rule.SCALP_INFECTION, NO, "stop", None, P),
        (Rule.BLEEDING_DISORDER, TREATED, "", None, CL),
        (Rule.BLEEDING_DISORDER, TREATED, "defer", None, D),
        (Rule.BLEEDING_DISORDER, TREATED, "stop", True, X),
        (Rule.BLEEDING_DISORDER, TREATED, "stop", None, X),
        (Rule.BLEEDING_DISORDER, UNTREATED, "defer", True, X),
        (Rule.BLEEDING_DISORDER, NO, "stop", None, P),
        (Rule.ANTICOAGULANT, DRUG, "", True, P),
        (Rule.ANTICOAGULANT, DRUG, "defer", True, D),
        (Rule.ANTICOAGULANT, DRUG, "stop", True, X),
        (Rule.ANTICOAGULANT, DRUG, "stop", None, X),
        (Rule.ANTICOAGULANT, DRUG, "defer", False, X),
        (Rule.ANTICOAGULANT, UNSURE, "stop", None, X),
        (Rule.ANTICOAGULANT, NO, "stop", None, P),
        (Rule.MALIGNANCY, FOUND, "", True, P),
        (Rule.MALIGNANCY, FOUND, "stop", True, X),
        (Rule.MALIGNANCY, FOUND, "stop", None, X),
        (Rule.PREGNANCY, FOUND, "", True, P),
        (Rule.PREGNANCY, FOUND, "defer", True, D),
        (Rule.PREGNANCY, FOUND, "stop", None, X),
        (Rule.HYPERSENSITIVITY, LATEX, "", None, CL),
        (Rule.HYPERSENSITIVITY, LATEX, "defer", True, D),
        (Rule.HYPERSENSITIVITY, LATEX, "stop", True, X),
        # What the formulations don't hold stays open: nothing of it was left to a prescriber.
        (Rule.HYPERSENSITIVITY, REACTS, "stop", None, P),
    ],
)
def test_what_the_floor_leaves_to_a_prescriber_a_version_decides_more_strictly(
    rule: Rule, given: Given, stricter: str, cleared: bool | None, outcome: Outcome
) -> None:
    assert judged(rule, given, stricter, cleared=cleared).outcome is outcome


def test_a_formulation_that_the_floor_closes_stays_closed_under_a_mere_deferral() -> None:
    verdict = judged(Rule.PREGNANCY, FOUND, "defer", chosen=A.number)
    assert verdict.by_formulation == {A.number: D, B.number: D, C.number: X}
    assert judged(Rule.HYPERSENSITIVITY, REACTS, "defer").by_formulation[B.number] is X


def test_no_clearance_is_asked_for_where_none_would_lift_it() -> None:
    verdict = judged(Rule.ANTICOAGULANT, DRUG, "stop", cleared=True)
    (reason,) = verdict.deciding()
    assert not reason.clearable
    assert reason.clearance is None
    assert reason.offered is None
    assert reason.words == (
        "Do not treat. This checklist is stricter than the safety floor here: no clearance lifts it."
    )


def test_whoever_was_deferred_for_the_scalp_is_not_locked_out_by_a_stricter_version() -> None:
    waiting = case({Rule.SCALP_INFECTION: Given(Answer.NO, confirmed=1)}, awaiting_look=ON)
    assert judge(decided(waiting, Rule.SCALP_INFECTION, "stop")).outcome is D
    looked = replace(waiting, clearances=(clearance(Rule.SCALP_INFECTION),))
    assert judge(decided(looked, Rule.SCALP_INFECTION, "stop")).outcome is P


def test_a_stored_verdict_is_judged_again_as_strictly_as_it_was() -> None:
    verdict = judged(Rule.ANTICOAGULANT, DRUG, "stop", cleared=True)
    assert replay(verdict.to_json()).outcome is X


def test_the_case_of_a_version_that_keeps_the_floor_is_stored_as_before() -> None:
    stored = judge(case()).to_json()["case"]["items"]
    assert stored[0] == {"code": "CI-01", "ordinal": 1, "rule": "scalp_infection"}


def test_no_version_is_ever_looser_than_the_floor_or_than_a_second_reading_of_it() -> None:
    chance = Random(2026)
    for _round in range(400):
        floor = random_case(chance)
        items = tuple(replace(item, stricter=chance.choice(["", *Stricter.values])) for item in ITEMS)
        strict = judge(replace(floor, items=items))
        for number, outcome in judge(floor).by_formulation.items():
            assert SEVERITY[strict.by_formulation[number]] >= SEVERITY[outcome]
            snapshot = floor.snapshot()
            assert naive.ORDER.index(strict.by_formulation[number]) >= naive.ORDER.index(
                naive.outcome(snapshot, number)
            )


@pytest.mark.parametrize("rule", list(ALWAYS_ASKED))
def test_what_may_be_chosen_is_nowhere_looser(rule: Rule) -> None:
    assert may_choose(rule, "")
    assert may_choose(rule, "stop")
    assert may_choose(rule, "defer") == (rule is not Rule.MALIGNANCY)
    assert not may_choose(rule, "proceed")
    assert not may_choose(rule, "clearance")


#: For each answer that the page tells of, what is answered and which formulation it is about.
SAID: dict[str, list[tuple[Given, int, bool]]] = {
    Rule.SCALP_INFECTION: [(NO, A.number, False), (NO, A.number, True), (YES, A.number, False)],
    Rule.BLEEDING_DISORDER: [
        (NO, A.number, False), (Given(Answer.YES, treated="yes"), A.number, False), (UNSURE, A.number, False),
    ],
    Rule.ANTICOAGULANT: [(NO, A.number, False), (UNSURE, A.number, False)],
    Rule.MALIGNANCY: [(NO, A.number, False), (YES, A.number, False)],
    Rule.PREGNANCY: [(NO, A.number, False), (YES, C.number, False), (YES, A.number, False)],
    Rule.HYPERSENSITIVITY: [
        (NO, A.number, False), (replace(REACTS, confirmed=0), B.number, False),
        (replace(REACTS, confirmed=0), A.number, False), (Given(Answer.YES, other="latex"), A.number, False),
        (YES, A.number, False),
    ],
}  # fmt: skip


@pytest.mark.parametrize("stricter", ["", *Stricter.values])
@pytest.mark.parametrize("rule", list(ALWAYS_ASKED))
def test_what_the_page_says_an_answer_leads_to_is_what_it_leads_to(rule: Rule, stricter: str) -> None:
    if not may_choose(rule, stricter):
        return
    told = list(leads(rule, stricter))
    assert len(told) == len(SAID[rule])
    for lead, (given, formulation, waiting) in zip(told, SAID[rule], strict=True):
        asked = case({rule: given}, chosen=formulation, awaiting_look=ON if waiting else None)
        verdict = judge(decided(asked, rule, stricter))
        reasons = [reason for reason in verdict.of(CODE[rule]) if reason.concerns(formulation)]
        gravest = max(reasons, key=lambda reason: SEVERITY[reason.outcome])
        assert gravest.outcome is lead.outcome, lead
        assert gravest.clearable is lead.asks_prescriber, lead


def test_every_rule_has_its_words() -> None:
    assert set(FLOOR) == set(ALWAYS_ASKED)
    assert [code for code, _lead in UNASKED] == ["CI-13", "CI-13", "CI-15"]
    assert all(isinstance(lead, Lead) and lead.answer for lead in (*FLOOR[Rule.PREGNANCY], UNASKED[0][1]))
