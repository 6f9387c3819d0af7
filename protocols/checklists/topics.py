"""The questions that are judged by one of a few kinds of rule: which kind, and with what in it.

Source: the clinic's founding list of per-session contraindications, items CI-07 to CI-19. What an answer comes to is
data here and pure rules in `patients.screening.kinds`; the clinic must approve the lists and numbers with the version.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from protocols.checklists.outcomes import Outcome
from protocols.checklists.rules import Rule

#: A transplant is asked about for two years back at most.
MOST_WEEKS = 104
INSTRUCTION_LENGTH = 300


class Kind(models.TextChoices):
    """How an answer is judged."""

    CLEARANCE = "clearance", _("A prescriber's clearance is needed")
    WHICH = "which", _("Depends on which of a list")
    NOTE = "note", _("A note is needed; the version's own list asks a prescriber")
    INSTRUCTION = "instruction", _("Proceed with an instruction")
    UNTIL = "until", _("Defer until the surgeon's letter allows it")
    AGREEMENT = "agreement", _("Without it, formulations with such an ingredient stop")
    NUMBER = "number", _("A number with its unit")
    IN_FORCE = "in_force", _("Must be in force and confirmed again")


@dataclass(frozen=True, slots=True)
class Thing:
    """One of a list that a yes is about; `examined` says that a physician's clearance lifts even a stop."""

    key: str
    label: Promise
    outcome: Outcome
    examined: bool = False

    @property
    def asks_prescriber(self) -> bool:
        """Whether a prescriber's clearance lifts what it comes to."""
        return self.outcome is Outcome.CLEARANCE or self.examined


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is asked for, both bounds allowed, with one decimal at most."""

    label: Promise
    unit: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Topic:
    """How one subject is judged.

    `source` is its row of the founding list. `finding` says what a yes comes to; `note` is the label of the words that
    belong to a yes, "" where none are asked for. `instruction` is what has to be done when the session goes on: of a
    clearance once it is given, of a number while it is missing; `own_instruction` where a version words it by itself.
    """

    kind: Kind
    source: str
    finding: Promise | str = ""
    note: Promise | str = ""
    things: tuple[Thing, ...] = ()
    instruction: Promise | str = ""
    own_instruction: bool = False
    number: Number | None = None

    @property
    def listed(self) -> bool:
        """Whether a version's own list decides which of the things ask a prescriber."""
        return self.kind is Kind.NOTE


@dataclass(frozen=True, slots=True)
class Own:
    """What a version's question says of its own: its instruction, how many weeks back, which things ask a prescriber.

    "", 0 and nothing leave it to the topic.
    """

    instruction: str = ""
    weeks: int = 0
    listed: frozenset[str] = frozenset()

    def content(self) -> dict[str, Any]:
        """Return what isn't empty, as JSON's own types."""
        said = {"instruction": self.instruction, "weeks": self.weeks, "listed": sorted(self.listed)}
        return {name: value for name, value in said.items() if value}

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Own":
        """Return what `content` wrote down."""
        return cls(content.get("instruction", ""), content.get("weeks", 0), frozenset(content.get("listed", ())))


#: What a question says that leaves everything to its topic.
PLAIN = Own()
_P, _C, _X = Outcome.PROCEED, Outcome.CLEARANCE, Outcome.STOP
_WHAT = _("What exactly, and since when?")

TOPICS: dict[str, Topic] = {
    Rule.LAST_REACTION: Topic(
        Kind.WHICH, "CI-07",
        finding=_("A prescriber decides. The note is the record of the complication."),
        note=_("What happened, when and where, and what became of it?"),
        things=(
            Thing("long", _("Lasting longer than 72 hours"), _C),
            Thing("swelling", _("Swelling of the forehead or around the eyes"), _C),
            Thing("lump", _("A lump"), _C),
            Thing("patch", _("A new bald patch"), _X, examined=True),
            Thing("scar", _("A scar"), _C),
            Thing("fever", _("Fever"), _C),
            Thing("other", _("Another reaction"), _C),
        ),
    ),
    Rule.NEWS: Topic(
        Kind.NOTE, "CI-08",
        finding=_("The checklist's own list asks a prescriber."),
        note=_WHAT,
        things=(
            Thing("medicine", _("A new medicine"), _P),
            Thing("illness", _("An illness"), _P),
            Thing("surgery", _("An operation"), _P),
            Thing("vaccination", _("A vaccination"), _P),
            Thing("dental", _("Dental work"), _P),
        ),
    ),
    Rule.HEALING: Topic(
        Kind.CLEARANCE, "CI-09",
        finding=_("Healing or defence may be impaired: ask a prescriber for a clearance."), note=_WHAT,
    ),
    Rule.SCALP_DISEASE: Topic(
        Kind.CLEARANCE, "CI-10",
        finding=_("The diagnosis comes first: ask a prescriber for a clearance."), note=_WHAT,
    ),
    Rule.FAINTING: Topic(
        Kind.INSTRUCTION, "CI-11",
        instruction=_(
            "Lying-down protocol: treat lying flat, and watch the patient for 15 minutes afterwards, first lying, then "
            "sitting."
        ),
        own_instruction=True,
    ),
    Rule.EMERGENCY_RISK: Topic(
        Kind.CLEARANCE, "CI-12",
        finding=_("An emergency would be graver or harder to treat: ask a prescriber for a clearance."), note=_WHAT,
        instruction=_("Ready for an emergency: kit and adrenaline checked, within reach before the first injection."),
    ),
    Rule.TRANSPLANT: Topic(Kind.UNTIL, "CI-14"),
    Rule.FIVE_ARI: Topic(Kind.AGREEMENT, "CI-16"),
    Rule.BLOCK_WEIGHT: Topic(
        Kind.NUMBER, "CI-17",
        instruction=_("No block and no infiltration today: no weight is recorded."),
        number=Number(_("Weight"), "kg", Decimal(30), Decimal(300)),
    ),
    Rule.CONSENT_CURRENT: Topic(
        Kind.IN_FORCE, "CI-18",
        finding=_("Confirm the expectations with the patient again, or take a new consent: until then no session."),
        instruction=_("No consent is in force yet: the session doesn't begin before one is signed."),
    ),
    Rule.PRP: Topic(
        Kind.WHICH, "CI-19",
        finding=_("Platelet-rich plasma only with a prescriber's clearance."),
        note=_WHAT,
        things=(
            Thing("platelets", _("A platelet disorder or a low platelet count"), _X),
            Thing("sepsis", _("Sepsis"), _X),
            Thing("antiplatelet", _("An antiplatelet medicine"), _C),
            Thing("anaemia", _("Anaemia"), _C),
        ),
    ),
}  # fmt: skip


def outcome_of(topic: Topic, thing: Thing, own: Own) -> Outcome:
    """Return what a yes about `thing` comes to: the version's list may ask a prescriber where the topic doesn't."""
    if topic.listed and thing.outcome is Outcome.PROCEED and thing.key in own.listed:
        return Outcome.CLEARANCE
    return thing.outcome


def takes(rule: str) -> frozenset[str]:
    """Return what a version may say of its own in a question about `rule`, as the fields of `Own`."""
    topic = TOPICS.get(rule)
    if topic is None:
        return frozenset()
    told = {"instruction": topic.own_instruction, "weeks": topic.kind is Kind.UNTIL, "listed": topic.listed}
    return frozenset(name for name, may in told.items() if may)


def own_gaps(asked: Iterable[tuple[str, str, Own]]) -> list[str]:
    """Return, in sentences, what questions (code, rule, own) still have to say of their own before a review."""
    return [
        gettext("%(code)s: say how many weeks back a transplant defers.") % {"code": code}
        for code, rule, own in asked
        if "weeks" in takes(rule) and not own.weeks
    ]


def fitting(rule: str, own: Own) -> Own:
    """Return `own` without what doesn't belong to a question about `rule`, and without things that it doesn't know."""
    taken = takes(rule)
    known = frozenset(thing.key for thing in TOPICS[rule].things) if rule in TOPICS else frozenset()
    return Own(
        own.instruction if "instruction" in taken else "",
        own.weeks if "weeks" in taken else 0,
        own.listed & known if "listed" in taken else frozenset(),
    )
