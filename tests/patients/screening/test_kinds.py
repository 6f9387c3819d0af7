"""The truth table of the questions that share a kind of rule: CI-07 to CI-12, CI-14 and CI-16 to CI-19, row by row.

Written from the clinic's founding list. P proceed, C clearance needed, D defer, X do not treat.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from patients.screening.case import Candidate, Case, Component, Given, Question
from patients.screening.contraindications import Verdict, asked_of, judge, replay
from patients.screening.kinds import is_five_ari
from patients.screening.outcomes import SEVERITY, Answer, Outcome
from patients.screening.rules import RULES, SOURCES
from protocols.checklists.floor import FLOOR, Stricter, leads, leaves_to_prescriber, may_choose
from protocols.checklists.rules import ALWAYS_ASKED, CONFIRMATIONS, Rule, fine_answer
from protocols.checklists.topics import TOPICS, Kind, Own
from tests.patients.screening.cases import EVERY, NO, ON, OWN, SALINE, UNSURE, YES, A, B, C, case, clearance

P, CL, D, X = Outcome.PROCEED, Outcome.CLEARANCE, Outcome.DEFER, Outcome.STOP
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def nothing_found(items: tuple[Question, ...]) -> dict[str, Given]:
    return {item.code: Given(Answer(fine_answer(item.rule))) for item in items}


def asking(answers: Mapping[Rule, Given | None] | None = None, **changed: Any) -> Case:
    """Return a case of a checklist that asks everything: nothing found but for `answers` (None: not answered)."""
    items = changed.pop("items", EVERY)
    given: dict[str, Given | None] = dict(nothing_found(items))
    given |= {TOPICS[rule].source: answer for rule, answer in (answers or {}).items()}
    made = case(**{"items": items, "consented_on": ON - DAY, **changed})
    return replace(made, answers={code: answer for code, answer in given.items() if answer is not None})


def saying(rule: Rule, own: Own) -> tuple[Question, ...]:
    """Return every question, the one about `rule` with `own`."""
    return tuple(replace(item, own=own) if item.rule is rule else item for item in EVERY)


def judged(rule: Rule, given: Given, *, cleared: bool | None = None, **changed: Any) -> Verdict:
    clearances = () if cleared is None else (clearance(rule, granted=cleared),)
    return judge(asking({rule: replace(given, confirmed=1 if cleared else 0)}, clearances=clearances, **changed))


def yes(**said: Any) -> Given:
    return Given(Answer.YES, **{name: frozenset(v) if isinstance(v, set) else v for name, v in said.items()})


def test_a_checklist_that_asks_everything_proceeds_when_nothing_is_found() -> None:
    verdict = judge(asking())
    assert verdict.may_proceed
    assert not verdict.instructions()


@pytest.mark.parametrize(
    ("rule", "given", "cleared", "outcome"),
    [
        # CI-07: a reaction after the last session: C; a new bald patch: X until examined.
        (Rule.LAST_REACTION, yes(which={"long"}, note="a week"), None, CL),
        (Rule.LAST_REACTION, yes(which={"swelling"}), None, CL),
        (Rule.LAST_REACTION, yes(which={"lump"}), None, CL),
        (Rule.LAST_REACTION, yes(which={"scar"}), None, CL),
        (Rule.LAST_REACTION, yes(which={"fever"}), None, CL),
        (Rule.LAST_REACTION, yes(which={"lump"}), True, P),
        (Rule.LAST_REACTION, yes(which={"lump"}), False, X),
        (Rule.LAST_REACTION, yes(which={"patch"}), None, X),
        (Rule.LAST_REACTION, yes(which={"patch", "lump"}), None, X),
        (Rule.LAST_REACTION, yes(which={"patch", "lump"}), True, P),
        (Rule.LAST_REACTION, yes(which={"patch"}), False, X),
        (Rule.LAST_REACTION, UNSURE, None, X),
        (Rule.LAST_REACTION, YES, None, X),
        # CI-08: something new: a note; the list of the version decides C.
        (Rule.NEWS, yes(which={"vaccination"}, note="flu"), None, P),
        (Rule.NEWS, yes(which={"dental"}), None, P),
        (Rule.NEWS, yes(which={"medicine"}), None, CL),
        (Rule.NEWS, yes(which={"vaccination", "surgery"}), None, CL),
        (Rule.NEWS, yes(which={"medicine"}), True, P),
        (Rule.NEWS, UNSURE, None, CL),
        (Rule.NEWS, YES, None, CL),
        # CI-09, CI-10, CI-12: C.
        *[
            row
            for rule in (Rule.HEALING, Rule.SCALP_DISEASE, Rule.EMERGENCY_RISK)
            for row in (
                (rule, yes(note="since May"), None, CL), (rule, UNSURE, None, CL), (rule, yes(note="x"), True, P),
                (rule, UNSURE, True, P), (rule, yes(note="x"), False, X),
            )
        ],
        # CI-11: P, with the lying-down protocol.
        (Rule.FAINTING, YES, None, P),
        (Rule.FAINTING, UNSURE, None, P),
        # CI-17: no block without a weight; the session goes on.
        (Rule.BLOCK_WEIGHT, YES, None, P),
        (Rule.BLOCK_WEIGHT, UNSURE, None, P),
        (Rule.BLOCK_WEIGHT, yes(number=Decimal("72.5")), None, P),
        # CI-19: X/C.
        (Rule.PRP, yes(which={"platelets"}), None, X),
        (Rule.PRP, yes(which={"sepsis"}), None, X),
        (Rule.PRP, yes(which={"sepsis"}), True, X),
        (Rule.PRP, yes(which={"antiplatelet"}), None, CL),
        (Rule.PRP, yes(which={"anaemia"}), None, CL),
        (Rule.PRP, yes(which={"anaemia"}), True, P),
        (Rule.PRP, yes(which={"anaemia", "platelets"}), True, X),
        (Rule.PRP, UNSURE, None, X),
    ],
)  # fmt: skip
def test_a_finding_and_its_clearance_decide(rule: Rule, given: Given, cleared: bool | None, outcome: Outcome) -> None:
    assert judged(rule, given, cleared=cleared).outcome is outcome


def test_the_clearance_of_one_question_lifts_no_other() -> None:
    on_file = (clearance(Rule.HEALING),)
    verdict = judge(asking({Rule.SCALP_DISEASE: yes(note="psoriasis", confirmed=1)}, clearances=on_file))
    assert verdict.outcome is CL


def test_without_a_list_of_its_own_what_is_new_is_only_noted() -> None:
    plain = saying(Rule.NEWS, Own())
    assert judged(Rule.NEWS, yes(which={"surgery"}, note="knee"), items=plain).outcome is P
    assert judged(Rule.NEWS, UNSURE, items=plain).outcome is P


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        # CI-14: within n weeks: D, per the surgeon's letter.
        (NO, P),
        (YES, D),
        (UNSURE, D),
        (yes(happened_on=ON - 26 * WEEK + DAY), D),
        (yes(happened_on=ON - 26 * WEEK), P),
        (yes(happened_on=ON + DAY), D),
        (yes(allowed_on=ON, letter="Dr Hair, 3 Nov"), P),
        (yes(allowed_on=ON - DAY, letter="Dr Hair, 3 Nov"), P),
        (yes(allowed_on=ON + DAY, letter="Dr Hair, 3 Nov"), D),
        # A day that nobody's letter names is no letter.
        (yes(allowed_on=ON), D),
        (Given(Answer.UNSURE, allowed_on=ON, letter="Dr Hair"), P),
    ],
)
def test_a_transplant_defers_until_the_surgeons_letter_allows_it(given: Given, outcome: Outcome) -> None:
    assert judged(Rule.TRANSPLANT, given).outcome is outcome


def test_the_letter_is_named_as_what_lifted_it_and_as_what_it_waits_for() -> None:
    allowed = judged(Rule.TRANSPLANT, yes(allowed_on=ON, letter="Dr Hair, 3 Nov"))
    assert [reason.lifted_by for reason in allowed.of("CI-14")] == ["Surgeon's letter: Dr Hair, 3 Nov"]
    (waits,) = judged(Rule.TRANSPLANT, yes(allowed_on=ON + DAY, letter="Dr Hair, 3 Nov")).deciding()
    assert waits.words == "Defer until 23 Nov 2026, by the surgeon's letter: Dr Hair, 3 Nov."
    assert not waits.clearable


def test_where_a_version_names_no_weeks_a_transplant_of_any_time_waits_for_the_letter() -> None:
    plain = saying(Rule.TRANSPLANT, Own())
    assert judged(Rule.TRANSPLANT, yes(happened_on=ON - 200 * WEEK), items=plain).outcome is D


class TestAgreement:
    """CI-16: without the agreement that formulation X; asked only where an ingredient is a 5-ARI."""

    @pytest.mark.parametrize(("given", "outcome"), [(YES, P), (NO, X), (UNSURE, X)])
    def test_it_decides_for_formulations_with_such_an_ingredient_only(self, given: Given, outcome: Outcome) -> None:
        verdict = judged(Rule.FIVE_ARI, given, chosen=C.number)
        assert verdict.outcome is outcome
        assert verdict.by_formulation == {A.number: P, B.number: P, C.number: outcome}

    def test_it_is_asked_only_where_the_one_intended_holds_one(self) -> None:
        assert Rule.FIVE_ARI in {item.rule for item in asked_of(asking(chosen=C.number))}
        assert Rule.FIVE_ARI not in {item.rule for item in asked_of(asking(chosen=A.number))}

    def test_not_asked_it_holds_nothing_up_and_opens_nothing(self) -> None:
        verdict = judge(asking({Rule.FIVE_ARI: None}, chosen=A.number))
        assert verdict.may_proceed
        assert verdict.open_formulations == (A.number, B.number)
        assert not verdict.judges(C.number)
        assert verdict.judges(A.number)

    def test_asked_and_not_answered_it_is_missing(self) -> None:
        verdict = judge(asking({Rule.FIVE_ARI: None}, chosen=C.number))
        assert [gap.code for gap in verdict.missing] == ["CI-16"]
        assert not verdict.may_proceed

    @pytest.mark.parametrize(
        ("name", "pregnancy_class", "is_one"),
        [
            ("Finasteride", "no_concern", True),
            ("dutasterid 0,5 mg", "clearance", True),
            ("Finastéride", "no_concern", True),
            ("Propecia", "contraindicated", True),
            ("Minoxidil", "clearance", False),
            ("Sodium chloride", "no_concern", False),
        ],
    )
    def test_an_ingredient_is_known_by_its_name_or_its_class(
        self, name: str, pregnancy_class: str, is_one: bool
    ) -> None:
        part = Component(9, name, "none", pregnancy_class)
        assert is_five_ari(part) is is_one
        only = Candidate(90, "E", (SALINE, part))
        verdict = judged(Rule.FIVE_ARI, NO, formulations=(only,), chosen=90)
        assert verdict.outcome is (X if is_one else P)


class TestInstructions:
    @pytest.mark.parametrize("given", [YES, UNSURE])
    def test_fainting_brings_the_lying_down_protocol(self, given: Given) -> None:
        (reason,) = judged(Rule.FAINTING, given).instructions()
        assert reason.instruction.startswith("Lying-down protocol")

    def test_a_version_words_it_by_itself(self) -> None:
        own = saying(Rule.FAINTING, Own(instruction="Flat on the couch, juice first."))
        assert [r.instruction for r in judged(Rule.FAINTING, YES, items=own).instructions()] == [
            "Flat on the couch, juice first."
        ]

    @pytest.mark.parametrize(
        ("given", "allowed"),
        [
            (NO, True),
            (YES, False),
            (UNSURE, False),
            (yes(number=Decimal(30)), True),
            (yes(number=Decimal(300)), True),
            (yes(number=Decimal("29.9")), False),
            (yes(number=Decimal("300.1")), False),
        ],
    )
    def test_no_block_without_a_weight_within_its_bounds(self, given: Given, allowed: bool) -> None:
        said = [reason.instruction for reason in judged(Rule.BLOCK_WEIGHT, given).instructions()]
        assert said == ([] if allowed else ["No block and no infiltration today: no weight is recorded."])

    def test_a_cleared_risk_brings_readiness_for_an_emergency(self) -> None:
        (reason,) = judged(Rule.EMERGENCY_RISK, yes(note="propranolol"), cleared=True).instructions()
        assert "adrenaline" in reason.instruction
        assert not judged(Rule.EMERGENCY_RISK, yes(note="propranolol")).instructions()

    def test_a_question_that_is_open_brings_none(self) -> None:
        assert not judge(asking({Rule.FAINTING: None, Rule.BLOCK_WEIGHT: None})).instructions()


@pytest.mark.parametrize(
    ("given", "consented", "outcome", "waits"),
    [
        # CI-18: missing: gate. Without a consent the session's own gate stops it.
        (YES, -30, P, False),
        (NO, -30, D, False),
        (UNSURE, -30, D, False),
        (YES, 0, P, False),
        (NO, 0, P, False),
        (UNSURE, 0, P, False),
        (YES, None, P, True),
        (NO, None, P, True),
        (UNSURE, None, P, True),
    ],
)
def test_consent_and_expectations_are_confirmed_at_each_session(
    given: Given, consented: int | None, outcome: Outcome, waits: bool
) -> None:
    consented_on = None if consented is None else ON + consented * DAY
    verdict = judged(Rule.CONSENT_CURRENT, given, consented_on=consented_on)
    assert verdict.outcome is outcome
    assert ["No consent is in force yet" in r.instruction for r in verdict.instructions()] == [True] * waits


@pytest.mark.parametrize(
    ("rule", "incomplete", "complete"),
    [
        (Rule.LAST_REACTION, [YES, yes(which={"lump"}), yes(note="x")], yes(which={"lump"}, note="left temple")),
        (Rule.NEWS, [YES, yes(which={"dental"})], yes(which={"dental"}, note="root canal, 3 Nov")),
        (Rule.HEALING, [YES], yes(note="HbA1c 9 %")),
        (Rule.SCALP_DISEASE, [YES], yes(note="alopecia areata")),
        (Rule.EMERGENCY_RISK, [YES], yes(note="metoprolol")),
        (Rule.TRANSPLANT, [yes(allowed_on=ON)], yes(allowed_on=ON, letter="Dr Hair")),
        (Rule.PRP, [YES], yes(which={"anaemia"}, note="Hb 9")),
    ],
)
def test_a_yes_says_what_its_rule_asks_besides(rule: Rule, incomplete: list[Given], complete: Given) -> None:
    assert all(judged(rule, given).missing for given in incomplete)
    assert not judged(rule, complete).missing
    assert not judged(rule, UNSURE).missing


@pytest.mark.parametrize("rule", [Rule(rule) for rule in TOPICS])
def test_an_unanswered_question_is_missing_and_names_its_row(rule: Rule) -> None:
    verdict = judge(asking({rule: None}, chosen=C.number))
    assert [gap.code for gap in verdict.missing] == [TOPICS[rule].source]
    assert not verdict.may_proceed
    assert {reason.source for reason in verdict.of(TOPICS[rule].source)} == {SOURCES[rule]}


def test_a_question_is_numbered_among_those_that_are_asked() -> None:
    verdict = judge(asking({Rule.BLOCK_WEIGHT: None}, chosen=A.number))
    assert verdict.missing[0].words == "Question 14 isn't answered."
    assert judge(asking({Rule.BLOCK_WEIGHT: None}, chosen=C.number)).missing[0].words == "Question 15 isn't answered."


@pytest.mark.parametrize("left_out", [Rule(rule) for rule in TOPICS])
def test_a_checklist_from_before_goes_on_without_what_it_never_asked(left_out: Rule) -> None:
    items = tuple(item for item in EVERY if item.rule is not left_out)
    verdict = judge(asking(items=items))
    assert verdict.may_proceed
    assert left_out not in {reason.rule for reason in verdict.reasons}


def test_the_case_of_a_checklist_from_before_is_stored_as_before() -> None:
    stored = judge(case({Rule.MALIGNANCY: YES})).to_json()
    assert set(stored["case"]["answers"]["CI-04"]) == {
        "answer", "treated", "drug", "status", "ingredients", "classes", "other", "confirmed", "denied",
    }  # fmt: skip
    assert set(stored["case"]["items"][0]) == {"code", "ordinal", "rule"}
    assert "consented_on" not in stored["case"]
    assert set(stored["case"]["versions"]) == {*ALWAYS_ASKED, "stage", "minimum_age"}
    assert set(stored["reasons"][0]) == {
        "code", "rule", "version", "source", "outcome", "words", "formulation", "open", "clearable", "clearance",
    }  # fmt: skip


def test_a_stored_verdict_is_judged_again_as_it_was() -> None:
    answers: dict[Rule, Given | None] = {
        Rule.NEWS: yes(which={"medicine"}, note="apixaban"), Rule.FAINTING: YES,
        Rule.TRANSPLANT: yes(happened_on=ON - 30 * WEEK, allowed_on=ON, letter="Dr Hair"),
        Rule.BLOCK_WEIGHT: yes(number=Decimal("72.5")), Rule.CONSENT_CURRENT: NO,
    }  # fmt: skip
    stored = judge(asking(answers)).to_json()
    assert replay(stored).to_json() == stored
    assert stored["case"]["versions"][Rule.NEWS] == 1


#: For each answer that the page tells of: what is answered, about which formulation, and what else holds.
SAID: dict[Rule, list[tuple[Given, dict[str, Any]]]] = {
    Rule.LAST_REACTION: [
        (NO, {}), (yes(which={"long", "other"}), {}), (yes(which={"patch"}), {}), (UNSURE, {}),
    ],
    Rule.NEWS: [(NO, {}), (yes(which={"dental"}), {}), (yes(which={"surgery"}), {}), (YES, {})],
    Rule.HEALING: [(NO, {}), (UNSURE, {})],
    Rule.SCALP_DISEASE: [(NO, {}), (YES, {})],
    Rule.FAINTING: [(NO, {}), (UNSURE, {})],
    Rule.EMERGENCY_RISK: [(NO, {}), (YES, {})],
    Rule.TRANSPLANT: [
        (NO, {}), (yes(happened_on=ON - 26 * WEEK), {}), (yes(allowed_on=ON, letter="Dr Hair"), {}), (UNSURE, {}),
    ],
    Rule.FIVE_ARI: [(YES, {"chosen": C.number}), (UNSURE, {"chosen": C.number}), (NO, {"chosen": A.number})],
    Rule.BLOCK_WEIGHT: [(NO, {}), (yes(number=Decimal(70)), {}), (UNSURE, {})],
    Rule.CONSENT_CURRENT: [
        (YES, {}), (NO, {"consented_on": ON}), (UNSURE, {}), (NO, {"consented_on": None}),
    ],
    Rule.PRP: [(NO, {}), (yes(which={"anaemia"}), {}), (yes(which={"sepsis"}), {}), (UNSURE, {})],
}  # fmt: skip


@pytest.mark.parametrize("stricter", ["", *Stricter.values])
@pytest.mark.parametrize("rule", [Rule(rule) for rule in TOPICS])
def test_what_the_page_says_an_answer_leads_to_is_what_it_leads_to(rule: Rule, stricter: str) -> None:
    if not may_choose(rule, stricter):
        return
    items = tuple(replace(item, stricter=stricter) if item.rule is rule else item for item in EVERY)
    told = list(leads(rule, stricter, OWN.get(rule, Own())))
    for lead, (given, holds) in zip(told, SAID[rule], strict=True):
        verdict = judge(asking({rule: given}, items=items, **holds))
        reasons = [reason for reason in verdict.of(TOPICS[rule].source) if reason.concerns(verdict.chosen)]
        gravest = max(reasons, key=lambda reason: SEVERITY[reason.outcome], default=None)
        assert (gravest.outcome if gravest else P) is lead.outcome, lead
        assert (gravest.clearable if gravest else False) is lead.asks_prescriber, lead


@pytest.mark.parametrize(
    ("rule", "choices"),
    [
        # Stricter than a new bald patch, which stops until examined, is only a stop.
        (Rule.LAST_REACTION, {"stop"}),
        (Rule.NEWS, {"defer", "stop"}),
        (Rule.HEALING, {"defer", "stop"}),
        (Rule.SCALP_DISEASE, {"defer", "stop"}),
        (Rule.EMERGENCY_RISK, {"defer", "stop"}),
        (Rule.PRP, {"defer", "stop"}),
        # Nothing of these is left to a prescriber.
        (Rule.FAINTING, set()),
        (Rule.TRANSPLANT, set()),
        (Rule.FIVE_ARI, set()),
        (Rule.BLOCK_WEIGHT, set()),
        (Rule.CONSENT_CURRENT, set()),
    ],
)
def test_a_version_is_stricter_only_where_a_prescriber_is_asked(rule: Rule, choices: set[str]) -> None:
    assert {each for each in ("defer", "stop", "proceed", "clearance") if may_choose(rule, each)} == choices
    assert leaves_to_prescriber(rule) == bool(choices)


def test_every_subject_has_one_rule_a_row_of_the_list_and_a_kind() -> None:
    assert set(RULES) == set(Rule.values) == set(FLOOR) | set(TOPICS)
    assert sorted(SOURCES.values()) == [f"CI-{number:02}" for number in range(1, 20)]
    assert {topic.kind for topic in TOPICS.values()} == set(Kind)
    assert {rule for rule, topic in TOPICS.items() if topic.kind in {Kind.AGREEMENT, Kind.IN_FORCE}} == CONFIRMATIONS
