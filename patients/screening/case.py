"""What the contraindication rules look at: one patient, one day, one intended formulation. Pure values.

A case holds everything that a verdict rests on, so that the stored snapshot of a case gives the same verdict for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from patients.screening.outcomes import Answer
from protocols.checklists.models import Rule
from protocols.checklists.topics import PLAIN, Own


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the checklist: its code (CI-03), its place, and the rule that judges the answer.

    `stricter` is what its version decides where the safety floor asks a prescriber, "" for the floor; `own` what it
    says of its own.
    """

    code: str
    ordinal: int
    rule: Rule
    stricter: str = ""
    own: Own = PLAIN


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, with what its rule asks besides.

    `treated` answers "is it treated?" of a bleeding disorder ("" when it wasn't answered). `ingredients` (ids),
    `classes` (allergen classes) and `other` (in words) say what a hypersensitivity is to. `drug` and `status`
    (which of pregnancy, its possibility, plan, or breastfeeding) are kept for the record. `confirmed` is the number
    of the clearance that is about what was answered, as the person who asked confirmed; `denied` of one that isn't.
    `which` are the keys of the things on a list that a yes is about, `note` what was written down of it. `happened_on`
    is the day of a transplant, `allowed_on` the day from which the surgeon's `letter` allows a session. `number` is
    the number that was asked for.
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
    which: frozenset[str] = frozenset()
    note: str = ""
    happened_on: date | None = None
    allowed_on: date | None = None
    letter: str = ""
    number: Decimal | None = None

    @property
    def is_no(self) -> bool:
        """Whether it is a plain no; "not sure" counts as yes until clarified."""
        return self.answer == Answer.NO

    @property
    def names_something(self) -> bool:
        """Whether a hypersensitivity says what it is to."""
        return bool(self.ingredients or self.classes or self.other)

    def snapshot(self) -> dict[str, Any]:
        """Return the answer as JSON's own types; what only some kinds of rule ask is left out where it is empty."""
        asked_by_some: dict[str, Any] = {
            "which": sorted(self.which), "note": self.note, "letter": self.letter,
            "happened_on": self.happened_on.isoformat() if self.happened_on else "",
            "allowed_on": self.allowed_on.isoformat() if self.allowed_on else "",
            "number": str(self.number) if self.number is not None else "",
        }  # fmt: skip
        return {
            "answer": str(self.answer), "treated": self.treated, "drug": self.drug, "status": self.status,
            "ingredients": sorted(self.ingredients), "classes": sorted(self.classes), "other": self.other,
            "confirmed": self.confirmed, "denied": self.denied,
            **{name: value for name, value in asked_by_some.items() if value},
        }  # fmt: skip

    @classmethod
    def from_snapshot(cls, stored: Mapping[str, Any]) -> "Given":
        """Return the answer that `snapshot` wrote down."""
        return cls(
            answer=Answer(stored["answer"]), treated=stored["treated"], drug=stored["drug"], status=stored["status"],
            ingredients=frozenset(stored["ingredients"]), classes=frozenset(stored["classes"]), other=stored["other"],
            # Not in the cases of before a clearance was confirmed to be about the answer.
            confirmed=stored.get("confirmed", 0), denied=stored.get("denied", 0),
            **asked_by_some(stored),
        )  # fmt: skip


def asked_by_some(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only some kinds of rule ask, as the fields of `Given`, from JSON's own types."""
    return {
        "which": frozenset(stored.get("which", ())), "note": stored.get("note", ""), "letter": stored.get("letter", ""),
        "happened_on": _day(stored.get("happened_on", "")), "allowed_on": _day(stored.get("allowed_on", "")),
        "number": Decimal(stored["number"]) if stored.get("number") else None,
    }  # fmt: skip


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


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
    signed checklist, when it deferred for a scalp infection; `consented_on` the day on which the consent in force was
    signed (None: none is in force, or no question asks); `unknown` what questions are about that no rule judges, since
    somebody wrote it in the database.
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
    consented_on: date | None = None
    unknown: tuple[str, ...] = ()
    versions: Mapping[str, int] = field(default_factory=dict)

    def question(self, rule: str) -> Question:
        """Return the question about `rule`; one that says nothing of its own where none asks."""
        return next((item for item in self.items if item.rule == rule), Question("", 0, Rule(rule)))

    def candidate(self, number: int | None) -> Candidate | None:
        """Return the formulation `number`; None where it isn't one of those that could be given."""
        return next((one for one in self.formulations if one.number == number), None)

    def snapshot(self) -> dict[str, Any]:
        """Return the case as JSON's own types, independent of the order in which anything was loaded."""
        return {
            "on": self.on.isoformat(),
            "items": [
                {
                    "code": item.code, "ordinal": item.ordinal, "rule": str(item.rule),
                    **({"stricter": str(item.stricter)} if item.stricter else {}), **item.own.content(),
                }
                for item in sorted(self.items, key=lambda item: (item.ordinal, item.code))
            ],
            "answers": {code: given.snapshot() for code, given in sorted(self.answers.items())},
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
            **({"consented_on": self.consented_on.isoformat()} if self.consented_on else {}),
            **({"unknown": sorted(self.unknown)} if self.unknown else {}),
            "versions": dict(sorted(self.versions.items())),
        }  # fmt: skip

    @classmethod
    def from_snapshot(cls, stored: Mapping[str, Any]) -> "Case":
        """Return the case that `snapshot` wrote down."""
        return cls(
            on=date.fromisoformat(stored["on"]),
            items=tuple(
                Question(item["code"], item["ordinal"], Rule(item["rule"]), item.get("stricter", ""), Own.of(item))
                for item in stored["items"]
            ),
            answers={code: Given.from_snapshot(given) for code, given in stored["answers"].items()},
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
            consented_on=_day(stored.get("consented_on", "")),
            unknown=tuple(stored.get("unknown", ())),
            versions=dict(stored["versions"]),
        )  # fmt: skip
