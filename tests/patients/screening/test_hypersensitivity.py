"""Hypersensitivity (CI-06): by ingredient, by its class, in words; what nothing holds is for a prescriber."""

from dataclasses import replace

import pytest

from patients.screening.case import Candidate, Component, Given
from patients.screening.contraindications import judge
from patients.screening.outcomes import Answer, Outcome
from protocols.checklists.models import Rule
from tests.patients.screening.cases import (
    LIDOCAINE,
    LIDOCAINE_STRONG,
    NO,
    PEPTIDE,
    SALINE,
    UNSURE,
    YES,
    A,
    B,
    C,
    case,
    clearance,
)

P, CL, D, R, X = Outcome.PROCEED, Outcome.CLEARANCE, Outcome.DEFER, Outcome.REDIRECT, Outcome.STOP


@pytest.mark.parametrize(
    ("given", "stopped"),
    [
        # CI-06: X for formulations with the component or one of its class; the others stay open.
        (Given(Answer.YES, ingredients=frozenset({LIDOCAINE.ingredient})), {B.number}),
        (Given(Answer.YES, ingredients=frozenset({PEPTIDE.ingredient})), {A.number}),
        (Given(Answer.YES, ingredients=frozenset({SALINE.ingredient})), {A.number, B.number, C.number}),
        (Given(Answer.YES, classes=frozenset({"b_vitamin"})), {B.number}),
        (Given(Answer.YES, classes=frozenset({"local_anaesthetic"})), {B.number}),
        (Given(Answer.YES, classes=frozenset({"plant"})), set()),
        (Given(Answer.UNSURE, ingredients=frozenset({LIDOCAINE.ingredient})), {B.number}),
        # To what isn't known: it could be any.
        (YES, {A.number, B.number, C.number}),
        (UNSURE, {A.number, B.number, C.number}),
        (NO, set()),
    ],
)
def test_a_hypersensitivity_stops_the_formulations_that_hold_it(given: Given, stopped: set[int]) -> None:
    verdict = judge(case({Rule.HYPERSENSITIVITY: given}))
    assert {number for number, outcome in verdict.by_formulation.items() if outcome is X} == stopped


def test_a_named_ingredient_stops_its_other_concentrations_and_its_class() -> None:
    other = Candidate(40, "D", (SALINE, LIDOCAINE_STRONG))
    given = Given(Answer.YES, ingredients=frozenset({LIDOCAINE.ingredient}))
    verdict = judge(case({Rule.HYPERSENSITIVITY: given}, formulations=(A, B, other)))
    assert verdict.open_formulations == (A.number,)


def test_ingredients_without_a_class_are_not_alike() -> None:
    given = Given(Answer.YES, ingredients=frozenset({SALINE.ingredient}))
    dry = Candidate(50, "E", (C.components[1],))
    assert judge(case({Rule.HYPERSENSITIVITY: given}, formulations=(A, dry))).open_formulations == (dry.number,)


@pytest.mark.parametrize(("granted", "outcome"), [(None, CL), (True, P), (False, X)])
def test_a_reaction_to_what_no_formulation_holds_is_for_a_prescriber(granted: bool | None, outcome: Outcome) -> None:
    clearances = () if granted is None else (clearance(Rule.HYPERSENSITIVITY, granted=granted),)
    given = Given(Answer.YES, other="latex", confirmed=1)
    assert judge(case({Rule.HYPERSENSITIVITY: given}, clearances=clearances)).outcome is outcome


@pytest.mark.parametrize(
    ("typed", "stopped", "asks"),
    [
        # Like a ticked ingredient, however it is written; what is named besides is for a prescriber.
        ("Lidocaine", {B.number}, False),
        ("lidocain", {B.number}, False),
        ("LIDOCAÏNE", {B.number}, False),
        ("lidocaine hydrochloride 20 mg/mL", {B.number}, False),
        ("Peptides", {A.number}, False),
        ("Peptide 20 µg", {A.number}, False),
        ("dutasteride 0.5 mg", {C.number}, False),
        ("sodium chloride", {A.number, B.number, C.number}, False),
        ("Peptide and lidocain", {A.number, B.number}, False),
        ("lidocaine, latex", {B.number}, True),
        # Four letters are no stem, a part within a word is no word, and what names share says nothing alone.
        ("lido", set(), True),
        ("polypeptide", set(), True),
        ("sodium lauryl sulfate", set(), True),
        ("doxycycline hydrochloride", set(), True),
        ("latex", set(), True),
        ("5 mg", set(), True),
    ],
)
def test_an_ingredient_named_in_words_counts_like_one_that_is_ticked(typed: str, stopped: set[int], asks: bool) -> None:
    nothing = Candidate(60, "Empty", ())
    given = Given(Answer.YES, other=typed)
    verdict = judge(case({Rule.HYPERSENSITIVITY: given}, formulations=(A, B, C, nothing)))
    assert {number for number, outcome in verdict.by_formulation.items() if outcome is X} == stopped
    assert (verdict.by_formulation[nothing.number] is CL) == asks


def test_an_ingredient_named_in_words_stops_its_class_too() -> None:
    biotin = Candidate(40, "D", (SALINE, Component(7, "Biotin", "b_vitamin", "no_concern")))
    for typed in ("biotin", "Biotin 5 mg"):
        verdict = judge(case({Rule.HYPERSENSITIVITY: Given(Answer.YES, other=typed)}, formulations=(A, B, biotin)))
        assert verdict.open_formulations == (A.number,)
        assert "D holds Biotin" in verdict.of("CI-06")[-1].words
        assert not any("has this name" in reason.words for reason in verdict.reasons)


def test_what_nothing_holds_is_said_in_the_words_typed_and_only_that() -> None:
    def asked(typed: str) -> list[str]:
        verdict = judge(case({Rule.HYPERSENSITIVITY: Given(Answer.YES, other=typed)}))
        return [reason.words for reason in verdict.reasons if reason.outcome is CL]

    (alone,) = asked("Latex gloves")
    assert alone.startswith("Nothing in the formulations' ingredients has this name: Latex gloves. Ask a prescriber")
    (besides,) = asked("Lidocaine, latex")
    assert "has this name: latex." in besides


def test_a_verdict_from_before_words_were_matched_is_judged_as_it_was() -> None:
    stored = case({Rule.HYPERSENSITIVITY: Given(Answer.YES, other="Lidocaine")}, versions={Rule.HYPERSENSITIVITY: 1})
    verdict = judge(stored)
    assert set(verdict.by_formulation.values()) == {CL}
    assert any("No formulation lists Lidocaine" in reason.words for reason in verdict.reasons)


def test_no_clearance_opens_a_formulation_with_the_ingredient() -> None:
    given = Given(Answer.YES, ingredients=frozenset({PEPTIDE.ingredient}))
    verdict = judge(
        case({Rule.HYPERSENSITIVITY: replace(given, confirmed=1)}, clearances=(clearance(Rule.HYPERSENSITIVITY),))
    )
    assert verdict.outcome is X
