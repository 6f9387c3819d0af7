"""What the contraindication rules look at: one patient, one day, one intended formulation. Pure values.

A case holds everything that a verdict rests on, so that the stored snapshot of a case gives the same verdict for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from patients.screening.outcomes import Answer
from protocols.checklists.models import Rule


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the checklist: its code (CI-03), its place, and the rule that judges the answer.

    `stricter` is what its version decides where the safety floor asks a prescriber, "" for the floor.
    """

    code: str
    ordinal: int
    rule: Rule
    stricter: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, with what its rule asks besides.

    `treated` answers "is it treated?" of a bleeding disorder ("" when it wasn't answered). `ingredients` (ids),
    `classes` (allergen classes) and `other` (in words) say what a hypersensitivity is to. `drug` and `status`
    (which of pregnancy, its possibility, plan, or breastfeeding) are kept for the record. `confirmed` is the number
    of the clearance that is about what was answered, as the person who asked confirmed; `denied` of one that isn't.
    """

    answer: Answer
    treated: str = ""
    drug: str = ""
    status: str = ""
    ingredients: frozenset[int] = frozenset()
    classes: frozenset[str] = frozenset()
    other: str = ""
    confirmed: int = 0
    denied: int = 0

    @property
    def is_no(self) -> bool:
        """Whether it is a plain no; "not sure" counts as yes until clarified."""
        return self.answer == Answer.NO

    @property
    def names_something(self) -> bool:
        """Whether a hypersensitivity says what it is to."""
        return bool(self.ingredients or self.classes or self.other)


@dataclass(frozen=True, slots=True)
class Cleared:
    """A prescriber's decision on one rule, from `valid_from` to `valid_until`, both days included; not withdrawn.

    `about` is the medicine or finding that it names, `conditions` what the operator must do.
    """

    number: int
    rule: Rule
    granted: bool
    prescriber: str
    valid_from: date
    valid_until: date
    given_at: datetime
    about: str = ""
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """An ingredient in a formulation."""

    ingredient: int
    name: str
    allergen_class: str
    pregnancy_class: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A formulation version that could be given."""

    number: int
    label: str
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """All that a verdict rests on.

    `born` is the latest day on which the patient can have been born (None: unknown); `stage` the current stage's
    name and whether it is one for surgical assessment (None: no intake); `staged` is False where the intake says that
    no scale applies; `awaiting_look` the day of the last
    signed checklist, when it deferred for a scalp infection.
    """

    on: date
    items: tuple[Question, ...]
    answers: Mapping[str, Given]
    clearances: tuple[Cleared, ...]
    formulations: tuple[Candidate, ...]
    chosen: int
    born: date | None
    minimum_age_years: int
    stage: tuple[str, bool] | None
    awaiting_look: date | None = None
    staged: bool = True
    versions: Mapping[str, int] = field(default_factory=dict)

    def snapshot(self) -> dict[str, Any]:
        """Return the case as JSON's own types, independent of the order in which anything was loaded."""
        return {
            "on": self.on.isoformat(),
            "items": [
                {
                    "code": item.code, "ordinal": item.ordinal, "rule": str(item.rule),
                    **({"stricter": str(item.stricter)} if item.stricter else {}),
                }
                for item in sorted(self.items, key=lambda item: (item.ordinal, item.code))
            ],
            "answers": {
                code: {
                    "answer": str(given.answer), "treated": given.treated, "drug": given.drug, "status": given.status,
                    "ingredients": sorted(given.ingredients), "classes": sorted(given.classes), "other": given.other,
                    "confirmed": given.confirmed, "denied": given.denied,
                }
                for code, given in sorted(self.answers.items())
            },
            "clearances": [
                {
                    "number": cleared.number, "rule": str(cleared.rule), "granted": cleared.granted,
                    "prescriber": cleared.prescriber, "valid_from": cleared.valid_from.isoformat(),
                    "valid_until": cleared.valid_until.isoformat(), "given_at": cleared.given_at.isoformat(),
                    "about": cleared.about, "conditions": cleared.conditions,
                }
                for cleared in sorted(self.clearances, key=lambda cleared: cleared.number)
            ],
            "formulations": [
                {
                    "number": candidate.number, "label": candidate.label,
                    "components": [
                        [part.ingredient, part.name, part.allergen_class, part.pregnancy_class]
                        for part in sorted(candidate.components, key=lambda part: part.ingredient)
                    ],
                }
                for candidate in sorted(self.formulations, key=lambda candidate: candidate.number)
            ],
            "chosen": self.chosen,
            "born": self.born.isoformat() if self.born else None,
            "minimum_age_years": self.minimum_age_years,
            "stage": list(self.stage) if self.stage else None,
            "staged": self.staged,
            "awaiting_look": self.awaiting_look.isoformat() if self.awaiting_look else None,
            "versions": dict(sorted(self.versions.items())),
        }  # fmt: skip

    @classmethod
    def from_snapshot(cls, stored: Mapping[str, Any]) -> "Case":
        """Return the case that `snapshot` wrote down."""
        return cls(
            on=date.fromisoformat(stored["on"]),
            items=tuple(
                Question(item["code"], item["ordinal"], Rule(item["rule"]), item.get("stricter", ""))
                for item in stored["items"]
            ),
            answers={
                code: Given(
                    answer=Answer(given["answer"]), treated=given["treated"], drug=given["drug"],
                    status=given["status"], ingredients=frozenset(given["ingredients"]),
                    classes=frozenset(given["classes"]), other=given["other"],
                    # Not in the cases of before a clearance was confirmed to be about the answer.
                    confirmed=given.get("confirmed", 0), denied=given.get("denied", 0),
                )
                for code, given in stored["answers"].items()
            },
            clearances=tuple(
                Cleared(
                    number=cleared["number"], rule=Rule(cleared["rule"]), granted=cleared["granted"],
                    prescriber=cleared["prescriber"], valid_from=date.fromisoformat(cleared["valid_from"]),
                    valid_until=date.fromisoformat(cleared["valid_until"]),
                    given_at=datetime.fromisoformat(cleared["given_at"]),
                    about=cleared.get("about", ""), conditions=cleared.get("conditions", ""),
                )
                for cleared in stored["clearances"]
            ),
            formulations=tuple(
                Candidate(
                    number=candidate["number"], label=candidate["label"],
                    components=tuple(Component(*part) for part in candidate["components"]),
                )
                for candidate in stored["formulations"]
            ),
            chosen=stored["chosen"],
            born=date.fromisoformat(stored["born"]) if stored["born"] else None,
            minimum_age_years=stored["minimum_age_years"],
            stage=(stored["stage"][0], stored["stage"][1]) if stored["stage"] else None,
            staged=stored.get("staged", True),  # not in the cases of the rule's first version
            awaiting_look=date.fromisoformat(stored["awaiting_look"]) if stored["awaiting_look"] else None,
            versions=dict(stored["versions"]),
        )  # fmt: skip
