"""The truth table of the contraindication checklist, row by row of the founding list: CI-01 to CI-06, CI-13, CI-15.

P proceed, C clearance needed, D defer, R surgical assessment, X do not treat.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from patients.screening.case import Candidate, Case, Given, Question
from patients.screening.contraindications import judge
from patients.screening.outcomes import Answer, Outcome
from protocols.checklists.models import Rule
from protocols.checklists.rules import ALWAYS_ASKED
from tests.patients.screening.cases import (
    GIVEN_AT,
    NO,
    ON,
    UNSURE,
    YES,
    A,
    B,
    C,
    case,
    clearance,
)

P, CL, D, R, X = Outcome.PROCEED, Outcome.CLEARANCE, Outcome.DEFER, Outcome.REDIRECT, Outcome.STOP
TREATED = Given(Answer.YES, treated="yes")
UNTREATED = Given(Answer.YES, treated="no")
MAYBE_TREATED = Given(Answer.YES, treated="unsure")
DRUG = Given(Answer.YES, drug="apixaban")
CONFIRMED = Given(Answer.YES, drug="apixaban", confirmed=1)
PREGNANT = Given(Answer.YES, status="pregnant")


def test_nothing_found_proceeds_with_every_formulation_open() -> None:
    verdict = judge(case())
    assert verdict.may_proceed
    assert verdict.open_formulations == (A.number, B.number, C.number)
    assert not verdict.deciding()


@pytest.mark.parametrize(
    ("rule", "given", "granted", "outcome"),
    [
        # CI-01: yes: defer until healed, a physician looks.
        (Rule.SCALP_INFECTION, YES, None, D),
        (Rule.SCALP_INFECTION, UNSURE, None, D),
        (Rule.SCALP_INFECTION, YES, True, P),
        (Rule.SCALP_INFECTION, YES, False, X),
        # CI-02: untreated: X; treated: C. No clearance makes an untreated disorder safe.
        (Rule.BLEEDING_DISORDER, UNTREATED, None, X),
        (Rule.BLEEDING_DISORDER, UNTREATED, True, X),
        (Rule.BLEEDING_DISORDER, MAYBE_TREATED, None, X),
        (Rule.BLEEDING_DISORDER, YES, True, X),
        (Rule.BLEEDING_DISORDER, UNSURE, None, X),
        (Rule.BLEEDING_DISORDER, TREATED, None, CL),
        (Rule.BLEEDING_DISORDER, TREATED, True, P),
        (Rule.BLEEDING_DISORDER, TREATED, False, X),
        # CI-03: no clearance on file and valid: C; with it: P with a pressure plan.
        (Rule.ANTICOAGULANT, DRUG, None, CL),
        (Rule.ANTICOAGULANT, UNSURE, None, CL),
        (Rule.ANTICOAGULANT, DRUG, True, P),
        (Rule.ANTICOAGULANT, UNSURE, True, P),
        (Rule.ANTICOAGULANT, DRUG, False, X),
        # CI-04: X; the exception is a physician's signature.
        (Rule.MALIGNANCY, YES, None, X),
        (Rule.MALIGNANCY, UNSURE, None, X),
        (Rule.MALIGNANCY, YES, True, P),
        (Rule.MALIGNANCY, YES, False, X),
    ],
)
def test_a_finding_and_its_clearance_decide(rule: Rule, given: Given, granted: bool | None, outcome: Outcome) -> None:
    clearances = () if granted is None else (clearance(rule, granted=granted),)
    assert judge(case({rule: replace(given, confirmed=1)}, clearances=clearances)).outcome is outcome


def test_a_cleared_anticoagulant_brings_the_pressure_plan_and_the_prescribers_conditions() -> None:
    verdict = judge(case({Rule.ANTICOAGULANT: CONFIRMED}, clearances=(clearance(Rule.ANTICOAGULANT),)))
    words = verdict.of("CI-03")[0].words
    assert "Cleared by Prescriber Demo until 2 Dec 2026: Apixaban 5 mg." in words
    assert "Conditions: Press each site for two minutes." in words
    assert "Pressure plan" in words
    (instruction,) = verdict.instructions()
    assert instruction.instruction.startswith("Pressure plan: press each point until it is dry")


@pytest.mark.parametrize(
    ("rule", "given", "without"),
    [
        (Rule.SCALP_INFECTION, YES, D),
        (Rule.BLEEDING_DISORDER, TREATED, CL),
        (Rule.ANTICOAGULANT, DRUG, CL),
        (Rule.ANTICOAGULANT, UNSURE, CL),
        (Rule.MALIGNANCY, YES, X),
        (Rule.PREGNANCY, PREGNANT, CL),
        (Rule.HYPERSENSITIVITY, Given(Answer.YES, other="latex"), CL),
    ],
)
def test_a_clearance_counts_only_once_it_is_confirmed_to_be_about_the_answer(
    rule: Rule, given: Given, without: Outcome
) -> None:
    on_file = (clearance(rule, number=17),)

    def outcome(**said: int) -> Outcome:
        return judge(case({rule: replace(given, **said)}, clearances=on_file, formulations=(A,))).outcome

    assert outcome() is without
    assert outcome(denied=17) is without
    assert outcome(confirmed=16) is without
    assert outcome(confirmed=17) is P


def test_a_clearance_on_file_is_named_for_the_person_to_confirm_and_not_asked_for_again() -> None:
    on_file = (clearance(Rule.ANTICOAGULANT, number=17),)
    (open_yet,) = judge(case({Rule.ANTICOAGULANT: DRUG}, clearances=on_file)).of("CI-03")
    assert "A clearance is on file: Apixaban 5 mg (Prescriber Demo)." in open_yet.words
    assert (open_yet.offered, open_yet.clearable) == (17, False)
    (denied,) = judge(case({Rule.ANTICOAGULANT: replace(DRUG, denied=17)}, clearances=on_file)).of("CI-03")
    assert "about something else: Apixaban 5 mg" in denied.words
    assert (denied.offered, denied.clearable) == (17, True)


@pytest.mark.parametrize("rule", [Rule.ANTICOAGULANT, Rule.MALIGNANCY, Rule.SCALP_INFECTION])
def test_a_verdict_from_before_clearances_were_confirmed_is_judged_as_it_was(rule: Rule) -> None:
    stored = case({rule: DRUG}, clearances=(clearance(rule),), versions={rule: 1})
    assert judge(stored).outcome is P
    old = stored.snapshot()
    for given in old["answers"].values():
        del given["confirmed"], given["denied"]
    for cleared in old["clearances"]:
        del cleared["about"], cleared["conditions"]
    assert judge(Case.from_snapshot(old)).outcome is P


@pytest.mark.parametrize(
    ("chosen", "given", "granted", "outcome"),
    [
        # CI-05: a contraindicated ingredient: X whatever a prescriber says; any other formulation: C.
        (A, PREGNANT, None, CL),
        (A, UNSURE, None, CL),
        (A, Given(Answer.YES, status="planning"), None, CL),
        (A, Given(Answer.YES, status="breastfeeding"), None, CL),
        (A, PREGNANT, True, P),
        (B, PREGNANT, None, CL),
        (B, UNSURE, None, CL),
        (B, PREGNANT, True, P),
        (B, PREGNANT, False, X),
        (C, PREGNANT, None, X),
        (C, PREGNANT, True, X),
        (C, UNSURE, None, X),
        (C, NO, None, P),
    ],
)
def test_pregnancy_is_judged_formulation_by_formulation(
    chosen: Candidate, given: Given, granted: bool | None, outcome: Outcome
) -> None:
    clearances = () if granted is None else (clearance(Rule.PREGNANCY, granted=granted),)
    given = replace(given, confirmed=1)
    verdict = judge(case({Rule.PREGNANCY: given}, clearances=clearances, chosen=chosen.number))
    assert verdict.outcome is outcome


def test_a_pregnancy_judged_by_the_first_version_reads_as_it_did() -> None:
    stored = case({Rule.PREGNANCY: PREGNANT}, versions={Rule.PREGNANCY: 1})
    assert judge(stored).outcome is P
    assert judge(replace(stored, versions={})).outcome is CL


def test_pregnancy_hides_what_is_contraindicated_and_nothing_else() -> None:
    verdict = judge(case({Rule.PREGNANCY: PREGNANT}))
    assert verdict.ruled_out() == {C.number}
    assert verdict.open_formulations == (A.number, B.number)


@pytest.mark.parametrize(
    ("stage", "outcome"),
    [(("Norwood–Hamilton VI", True), R), (("Ludwig III", True), R), (("Ludwig II", False), P), (None, D)],
)
def test_the_stage_redirects_and_an_unknown_stage_defers(stage: tuple[str, bool] | None, outcome: Outcome) -> None:
    assert judge(case(stage=stage)).outcome is outcome


def test_where_no_stage_applied_it_is_looked_at_again_today() -> None:
    verdict = judge(case(stage=("Stage not applicable", False), staged=False))
    (reason,) = [reason for reason in verdict.reasons if reason.rule == "stage"]
    assert (verdict.outcome, reason.source, reason.version) == (P, "CI-13", 2)
    assert "Look at the hair today" in reason.words


def test_a_case_of_the_stages_first_version_reads_as_it_did() -> None:
    stored = case(versions={"stage": 1}).snapshot()
    del stored["staged"]
    (reason,) = [r for r in judge(Case.from_snapshot(stored)).reasons if r.rule == "stage"]
    assert (reason.version, reason.words) == (1, "Norwood–Hamilton III")


@pytest.mark.parametrize(
    ("born", "on", "outcome"),
    [
        (date(2008, 11, 22), ON, P),  # 18 today
        (date(2008, 11, 23), ON, X),  # 18 tomorrow
        (date(2008, 11, 21), ON, P),
        (date(2008, 2, 29), date(2026, 2, 28), X),  # a leap-day child is a year older on 1 March
        (date(2008, 2, 29), date(2026, 3, 1), P),
        (None, ON, X),
    ],
)
def test_the_age_counts_to_the_day(born: date | None, on: date, outcome: Outcome) -> None:
    assert judge(case(born=born, on=on)).outcome is outcome


@pytest.mark.parametrize(("age", "outcome"), [(47, P), (48, X)])
def test_the_minimum_age_is_the_sites(age: int, outcome: Outcome) -> None:
    assert judge(case(minimum_age_years=age)).outcome is outcome


@pytest.mark.parametrize(
    ("first", "last", "outcome"),
    [(0, 0, P), (-1, 0, P), (0, 1, P), (-2, -1, CL), (1, 2, CL)],
)
def test_a_clearance_holds_on_its_first_and_last_day_and_not_beyond(first: int, last: int, outcome: Outcome) -> None:
    held = clearance(Rule.ANTICOAGULANT, valid_from=ON + timedelta(days=first), valid_until=ON + timedelta(days=last))
    assert judge(case({Rule.ANTICOAGULANT: CONFIRMED}, clearances=(held,))).outcome is outcome


def test_the_latest_decision_of_a_prescriber_counts() -> None:
    refused = clearance(Rule.ANTICOAGULANT, granted=False, number=2, given_at=GIVEN_AT + timedelta(days=1))
    granted = clearance(Rule.ANTICOAGULANT, number=3, given_at=GIVEN_AT + timedelta(days=2))
    answers = {Rule.ANTICOAGULANT: replace(DRUG, confirmed=3)}
    assert judge(case(answers, clearances=(clearance(Rule.ANTICOAGULANT), refused))).outcome is X
    assert judge(case(answers, clearances=(granted, refused))).outcome is P


def test_a_clearance_of_another_question_doesnt_count() -> None:
    verdict = judge(case({Rule.ANTICOAGULANT: CONFIRMED}, clearances=(clearance(Rule.MALIGNANCY),)))
    assert verdict.outcome is CL


def test_a_deferred_scalp_waits_for_a_physician_even_when_the_answer_is_no_now() -> None:
    waiting = case(awaiting_look=ON - timedelta(days=7))
    assert judge(waiting).outcome is D
    looked = {"awaiting_look": ON, "clearances": (clearance(Rule.SCALP_INFECTION),)}
    assert judge(case(**looked)).outcome is D
    assert judge(case({Rule.SCALP_INFECTION: replace(NO, confirmed=1)}, **looked)).outcome is P


def test_the_gravest_finding_decides() -> None:
    verdict = judge(case({Rule.ANTICOAGULANT: DRUG, Rule.SCALP_INFECTION: YES, Rule.MALIGNANCY: YES}))
    assert verdict.outcome is X
    assert [reason.code for reason in verdict.deciding()] == ["CI-04", "CI-01", "CI-03"]


@pytest.mark.parametrize("rule", list(ALWAYS_ASKED))
def test_an_unanswered_question_is_missing_and_never_a_no(rule: Rule) -> None:
    verdict = judge(case({rule: None}, chosen=C.number))
    assert [gap.code for gap in verdict.missing] == [f"CI-0{list(ALWAYS_ASKED).index(rule) + 1}"]
    assert not verdict.may_proceed
    assert verdict.outcome is not P
    assert verdict.so_far is P


@pytest.mark.parametrize(
    ("rule", "complete"),
    [
        (Rule.BLEEDING_DISORDER, UNTREATED),
        (Rule.ANTICOAGULANT, DRUG),
        (Rule.PREGNANCY, PREGNANT),
        (Rule.HYPERSENSITIVITY, Given(Answer.YES, other="latex")),
    ],
)
def test_a_yes_says_what_its_rule_asks_besides(rule: Rule, complete: Given) -> None:
    assert judge(case({rule: YES})).missing
    assert not judge(case({rule: complete})).missing


@pytest.mark.parametrize("rule", list(ALWAYS_ASKED))
def test_not_sure_asks_for_nothing_more_and_counts_as_yes(rule: Rule) -> None:
    verdict = judge(case({rule: UNSURE}, chosen=C.number))
    assert not verdict.missing
    assert not verdict.may_proceed


def test_a_checklist_that_leaves_a_rule_out_cannot_be_signed_nor_proceed() -> None:
    asked = tuple(item for item in case().items if item.rule is not Rule.MALIGNANCY)
    verdict = judge(case(items=asked))
    assert verdict.outcome is X
    assert "Active malignancy" in verdict.missing[0].words


def test_another_questions_code_doesnt_answer_for_a_rule_left_out() -> None:
    items = tuple(
        Question("CI-04", item.ordinal, item.rule) if item.rule is Rule.ANTICOAGULANT else item
        for item in case().items if item.rule is not Rule.MALIGNANCY
    )  # fmt: skip
    verdict = judge(case(items=items))
    assert verdict.outcome is X


def test_a_formulation_that_cannot_be_given_is_a_stop() -> None:
    assert judge(case(chosen=999)).outcome is X


def test_every_reason_names_its_row_and_version() -> None:
    verdict = judge(case({Rule.PREGNANCY: PREGNANT, Rule.HYPERSENSITIVITY: YES}))
    assert all(reason.source.startswith("CI-") and reason.version >= 1 and reason.words for reason in verdict.reasons)
