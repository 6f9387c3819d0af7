"""What holds for every patient whatever is answered: the rules never get laxer by knowing less or by more risk."""

import random
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from patients.screening.case import Case, Given
from patients.screening.contraindications import judge, replay
from patients.screening.outcomes import SEVERITY, Answer, Outcome
from protocols.checklists.models import Rule
from protocols.checklists.rules import ALWAYS_ASKED, fine_answer
from tests.patients.screening.cases import CODE
from tests.patients.screening.strategies import cases
from tests.patients.screening.strategies import given as any_answer

MANY = settings(max_examples=150, deadline=None)
rules = st.sampled_from(list(Rule))
always_asked = st.sampled_from(list(ALWAYS_ASKED))


def not_better(before: Case, after: Case) -> None:
    """Assert that `after` comes to nothing better than `before`, for any formulation."""
    old, new = judge(before), judge(after)
    assert SEVERITY[new.outcome] >= SEVERITY[old.outcome]
    for number, outcome in old.by_formulation.items():
        assert SEVERITY[new.by_formulation[number]] >= SEVERITY[outcome]
    assert set(new.open_formulations) <= set(old.open_formulations)


def answered(case: Case, rule: Rule, answer: Given | None) -> Case:
    """Return `case` with `answer` to the question of `rule` (None: none)."""
    answers = {code: given for code, given in case.answers.items() if code != CODE[rule]}
    return replace(case, answers=answers if answer is None else answers | {CODE[rule]: answer})


@MANY
@given(cases())
def test_every_case_has_a_verdict_with_reasons(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in Outcome
    assert verdict.reasons
    if verdict.outcome is not Outcome.PROCEED:
        assert any(reason.outcome is verdict.outcome and reason.words for reason in verdict.deciding())


@MANY
@given(cases(), rules, any_answer)
def test_the_answer_that_nothing_follows_from_is_never_graver_than_any_other(
    case: Case, rule: Rule, answer: Given
) -> None:
    assume(answer.answer != fine_answer(rule))
    no = Given(Answer(fine_answer(rule)), confirmed=answer.confirmed)
    not_better(answered(case, rule, no), answered(case, rule, answer))


@MANY
@given(cases(), rules, any_answer)
def test_not_knowing_is_never_better_than_knowing(case: Case, rule: Rule, answer: Given) -> None:
    not_better(answered(case, rule, answer), answered(case, rule, Given(Answer.UNSURE)))
    not_better(answered(case, rule, answer), answered(case, rule, None))


@MANY
@given(cases(), any_answer, st.integers(1, 8), st.sampled_from(["b_vitamin", "peptide", "local_anaesthetic"]))
def test_one_allergy_more_never_opens_anything(case: Case, answer: Given, number: int, kind: str) -> None:
    assume(answer.answer != Answer.NO and answer.names_something)
    before = answered(case, Rule.HYPERSENSITIVITY, answer)
    for more in (
        replace(answer, ingredients=answer.ingredients | {number}),
        replace(answer, classes=answer.classes | {kind}),
        replace(answer, other=f"{answer.other}, latex"),
        replace(answer, other=f"{answer.other} lidocain"),
    ):
        not_better(before, answered(case, Rule.HYPERSENSITIVITY, more))


@MANY
@given(cases(), rules)
def test_a_clearance_that_ends_never_opens_anything(case: Case, rule: Rule) -> None:
    assume(all(cleared.granted for cleared in case.clearances))
    not_better(case, replace(case, clearances=tuple(c for c in case.clearances if c.rule != rule)))


@MANY
@given(cases(), rules, any_answer)
def test_a_clearance_that_nobody_confirmed_is_worth_no_more_than_none(case: Case, rule: Rule, answer: Given) -> None:
    assume(all(cleared.granted for cleared in case.clearances))
    unconfirmed = answered(case, rule, replace(answer, confirmed=0))
    without = replace(unconfirmed, clearances=tuple(c for c in case.clearances if c.rule != rule))
    assert judge(unconfirmed).by_formulation == judge(without).by_formulation


@MANY
@given(cases(), always_asked)
def test_an_unanswered_question_never_proceeds(case: Case, rule: Rule) -> None:
    verdict = judge(answered(case, rule, None))
    assert verdict.missing
    assert not verdict.may_proceed


@MANY
@given(cases())
def test_a_surgical_stage_and_an_unknown_age_never_proceed(case: Case) -> None:
    assert judge(replace(case, stage=("VII", True))).outcome in {Outcome.REDIRECT, Outcome.STOP}
    assert judge(replace(case, stage=None)).outcome is not Outcome.PROCEED
    assert judge(replace(case, born=None)).outcome is Outcome.STOP


@MANY
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_were_loaded_changes_nothing(case: Case, shuffler: random.Random) -> None:
    def shuffled[T](rows: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(shuffler.sample(rows, len(rows)))

    other = replace(
        case,
        items=shuffled(case.items),
        answers=dict(shuffled(tuple(case.answers.items()))),
        clearances=shuffled(case.clearances),
        formulations=tuple(replace(f, components=shuffled(f.components)) for f in shuffled(case.formulations)),
    )
    assert judge(other).to_json()["reasons"] == judge(case).to_json()["reasons"]
    assert judge(other).outcome is judge(case).outcome


@MANY
@given(cases())
def test_naming_a_thing_twice_changes_nothing(case: Case) -> None:
    twice = replace(case, clearances=case.clearances * 2, formulations=case.formulations)
    assert judge(twice).to_json()["reasons"] == judge(case).to_json()["reasons"]


@MANY
@given(cases())
def test_a_stored_verdict_replays_to_itself(case: Case) -> None:
    stored = judge(case).to_json()
    for _time in range(3):
        assert replay(stored).to_json() == stored
    assert replay(stored).outcome == stored["outcome"]


@MANY
@given(cases(), rules)
def test_every_stopped_formulation_is_said_why(case: Case, rule: Rule) -> None:
    verdict = judge(case)
    for number, outcome in verdict.by_formulation.items():
        if outcome is Outcome.STOP:
            assert any(r.outcome is Outcome.STOP and r.concerns(number) for r in verdict.reasons)
