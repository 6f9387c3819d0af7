"""Cases for the tests of the contraindication rules: plainly healthy unless a test says otherwise."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from patients.screening.case import Candidate, Case, Cleared, Component, Given, Question
from patients.screening.outcomes import Answer
from protocols.checklists.models import Rule
from protocols.checklists.rules import ALWAYS_ASKED
from protocols.checklists.topics import PLAIN, TOPICS, Own

ON = date(2026, 11, 22)
GIVEN_AT = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

SALINE = Component(1, "Sodium chloride", "none", "no_concern")
VITAMIN = Component(2, "Dexpanthenol", "b_vitamin", "no_concern")
LIDOCAINE = Component(3, "Lidocaine hydrochloride", "local_anaesthetic", "clearance")
LIDOCAINE_STRONG = Component(4, "Lidocaine hydrochloride", "local_anaesthetic", "clearance")
DUTASTERIDE = Component(5, "Dutasteride", "none", "contraindicated")
PEPTIDE = Component(6, "Peptide", "peptide", "no_concern")

A = Candidate(10, "A", (SALINE, PEPTIDE))
B = Candidate(20, "B", (SALINE, VITAMIN, LIDOCAINE))
C = Candidate(30, "C", (SALINE, DUTASTERIDE))

#: A checklist that asks what every checklist asks.
ITEMS = tuple(Question(f"CI-0{place}", place, rule) for place, rule in enumerate(ALWAYS_ASKED, start=1))
#: What a version says of its own in the questions that take it.
OWN = {Rule.NEWS: Own(listed=frozenset({"medicine", "surgery"})), Rule.TRANSPLANT: Own(weeks=26)}
#: A checklist that asks everything that can be asked.
EVERY = (
    *ITEMS,
    *(
        Question(TOPICS[rule].source, place, Rule(rule), own=OWN.get(Rule(rule), PLAIN))
        for place, rule in enumerate(TOPICS, start=len(ITEMS) + 1)
    ),
)
CODE = {item.rule: item.code for item in EVERY}
NO = Given(Answer.NO)
YES = Given(Answer.YES)
UNSURE = Given(Answer.UNSURE)


def clearance(rule: Rule, *, granted: bool = True, number: int = 1, **changed: Any) -> Cleared:
    """Return a clearance of `rule` that holds on the day."""
    values: dict[str, Any] = {
        "number": number, "rule": rule, "granted": granted, "prescriber": "Prescriber Demo",
        "valid_from": ON - timedelta(days=10), "valid_until": ON + timedelta(days=10), "given_at": GIVEN_AT,
        "about": "Apixaban 5 mg", "conditions": "Press each site for two minutes.",
    } | changed  # fmt: skip
    return Cleared(**values)


def case(answers: Mapping[Rule, Given | None] | None = None, **changed: Any) -> Case:
    """Return a case in which everything is answered no, but for `answers` (None: not answered)."""
    given: dict[Rule, Given | None] = dict.fromkeys(ALWAYS_ASKED, NO) | dict(answers or {})
    values: dict[str, Any] = {
        "on": ON, "items": ITEMS, "answers": {CODE[rule]: answer for rule, answer in given.items() if answer},
        "clearances": (), "formulations": (A, B, C), "chosen": A.number, "born": date(1979, 3, 14),
        "minimum_age_years": 18, "stage": ("Norwood–Hamilton III", False),
    } | changed  # fmt: skip
    return Case(**values)
