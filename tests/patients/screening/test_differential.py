"""The rules against a second, naive reading of the same list, on random patients."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from patients.screening.case import Candidate, Case, Cleared, Component, Given
from patients.screening.contraindications import judge
from patients.screening.outcomes import Answer, Outcome
from protocols.checklists.models import Rule
from protocols.checklists.rules import ALWAYS_ASKED
from protocols.formulations.models import AllergenClass, PregnancyClass
from tests.patients.screening import naive
from tests.patients.screening.cases import CODE, ITEMS, ON

CLASSES = [str(kind) for kind in AllergenClass]
NAMES = ["Saline", "Vitamin", "Lidocaine", "Peptide"]
CONCERNS = [str(kind) for kind in PregnancyClass]
RULES = list(ALWAYS_ASKED)


def some(chance: random.Random, values: list[str], most: int) -> frozenset[str]:
    """Return up to `most` of `values`."""
    return frozenset(chance.sample(values, chance.randint(0, most)))


def random_answer(chance: random.Random) -> Given:
    """Return any answer; most are plain."""
    return Given(
        answer=chance.choice([Answer.NO, Answer.NO, Answer.YES, Answer.UNSURE]),
        treated=chance.choice(["", "yes", "yes", "no", "unsure"]),
        drug=chance.choice(["", "apixaban"]),
        status=chance.choice(["", "pregnant"]),
        ingredients=frozenset(chance.sample(range(1, 9), chance.randint(0, 2))),
        classes=some(chance, CLASSES, 2),
        other=chance.choice(["", "", "", "", *naive.TYPED]),
        confirmed=chance.choice([0, 1, 2, 3, 4]),
        denied=chance.choice([0, 1]),
    )


def random_clearance(chance: random.Random, number: int) -> Cleared:
    """Return a decision that may be over, in force or still to come."""
    first = ON + timedelta(days=chance.randint(-3, 2))
    return Cleared(
        number=number, rule=chance.choice(RULES), granted=chance.random() < 0.7, prescriber="Prescriber Demo",
        valid_from=first, valid_until=first + timedelta(days=chance.randint(0, 3)),
        given_at=datetime(2026, 11, chance.randint(1, 3), tzinfo=UTC),
    )  # fmt: skip


def random_case(chance: random.Random) -> Case:
    """Return any patient."""
    formulations = tuple(
        Candidate(
            number,
            f"F{number}",
            tuple(
                Component(
                    chance.randint(1, 8), chance.choice(NAMES), chance.choice(CLASSES),
                    chance.choice(CONCERNS),
                )
                for _part in range(chance.randint(1, 3))
            ),
        )
        for number in range(1, chance.randint(1, 3) + 1)
    )  # fmt: skip
    return Case(
        on=ON,
        items=ITEMS,
        answers={CODE[rule]: random_answer(chance) for rule in RULES if chance.random() < 0.93},
        clearances=tuple(random_clearance(chance, number) for number in range(1, chance.randint(0, 4) + 1)),
        formulations=formulations,
        chosen=chance.choice(formulations).number,
        born=chance.choice([None, date(1979, 3, 14), date(2008, 11, 22), date(2008, 11, 23), date(2008, 2, 29)]),
        minimum_age_years=chance.choice([16, 18, 47]),
        staged=chance.choice([True, True, False]),
        stage=chance.choice([None, ("III", False), ("III", False), ("VI", True)]),
        awaiting_look=chance.choice([None, None, ON]),
    )


def compare(patients: int, seed: int) -> dict[Outcome, int]:
    """Assert that both readings agree on `patients`; return how often each outcome came up."""
    chance = random.Random(seed)
    seen = dict.fromkeys(Outcome, 0)
    for _patient in range(patients):
        case = random_case(chance)
        verdict, snapshot = judge(case), case.snapshot()
        seen[verdict.outcome] += 1
        assert {n: str(o) for n, o in verdict.by_formulation.items()} == {
            candidate.number: naive.outcome(snapshot, candidate.number) for candidate in case.formulations
        }
    return seen


def test_both_readings_agree_on_four_thousand_patients() -> None:
    assert all(compare(4_000, seed=20261122).values()), "every outcome comes up"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_both_readings_agree_on_twenty_thousand_patients(seed: int) -> None:
    compare(10_000, seed=seed)


def test_each_finding_alone_and_each_pair_is_decided_by_the_graver() -> None:
    findings = [
        {Rule.SCALP_INFECTION: Given(Answer.YES)},
        {Rule.BLEEDING_DISORDER: Given(Answer.YES, treated="yes")},
        {Rule.BLEEDING_DISORDER: Given(Answer.YES, treated="no")},
        {Rule.ANTICOAGULANT: Given(Answer.YES, drug="apixaban")},
        {Rule.MALIGNANCY: Given(Answer.YES)},
        {Rule.PREGNANCY: Given(Answer.YES, status="pregnant")},
        {Rule.HYPERSENSITIVITY: Given(Answer.YES, other="latex")},
    ]
    from tests.patients.screening.cases import B, case

    for first in findings:
        alone = judge(case(first, chosen=B.number))
        assert alone.outcome is not Outcome.PROCEED
        for second in findings:
            both = judge(case(first | second, chosen=B.number))
            if not set(first) & set(second):
                other = judge(case(second, chosen=B.number))
                assert both.outcome is max(alone.outcome, other.outcome, key=list(Outcome).index)
