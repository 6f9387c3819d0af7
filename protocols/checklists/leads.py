"""What each answer to a question leads to, in words: of the kinds of rule that several questions share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from protocols.checklists.outcomes import SEVERITY, Outcome
from protocols.checklists.rules import Rule
from protocols.checklists.topics import Kind, Own, Thing, Topic, outcome_of

NO = gettext_lazy("No")
YES = gettext_lazy("Yes, or not sure")


@dataclass(frozen=True, slots=True)
class Lead:
    """What an answer leads to.

    `asks_prescriber`: a prescriber's signed clearance lifts it. `depends` says on which property of the ingredients
    of a formulation it depends, "" for all formulations alike.
    """

    answer: Promise | str
    outcome: Outcome
    remark: Promise | str
    asks_prescriber: bool = False
    depends: Promise | str = ""


def topic_leads(rule: str, topic: Topic, own: Own) -> Iterator[Lead]:
    """Yield what each answer to the question of `rule` leads to, as `topic` and the version's `own` words say."""
    yield from _BY_KIND[topic.kind](rule, topic, own)


def _clearance(_rule: str, topic: Topic, _own: Own) -> Iterator[Lead]:
    yield Lead(NO, Outcome.PROCEED, "")
    remark = _("Goes on once a clearance is signed.")
    if topic.instruction:
        remark = f"{remark} {topic.instruction}"
    yield Lead(YES, Outcome.CLEARANCE, remark, asks_prescriber=True)


def _which(rule: str, topic: Topic, own: Own) -> Iterator[Lead]:
    """The things that come to the same stand in one line; what isn't said could be the gravest."""
    yield Lead(NO, Outcome.PROCEED, "")
    by_outcome = [
        (outcome, asks, [thing for _outcome, _asks, thing in things])
        for (outcome, asks), things in groupby(sorted(_judged(topic, own), key=_place), key=lambda each: each[:2])
    ]
    for outcome, asks, things in by_outcome:
        named = _("Yes: %(things)s") % {"things": "; ".join(str(thing.label) for thing in things)}
        yield Lead(named, outcome, _remark(rule, outcome, asks=asks), asks_prescriber=asks)
    outcome, asks, _things = by_outcome[-1]
    yield Lead(
        _("Not sure, or yes without saying what"), outcome, _remark(rule, outcome, asks=asks), asks_prescriber=asks
    )


def _judged(topic: Topic, own: Own) -> Iterator[tuple[Outcome, bool, Thing]]:
    for thing in topic.things:
        outcome = outcome_of(topic, thing, own)
        yield outcome, thing.examined or outcome is Outcome.CLEARANCE, thing


def _place(judged: tuple[Outcome, bool, Thing]) -> tuple[int, bool]:
    return SEVERITY[judged[0]], judged[1]


def _remark(rule: str, outcome: Outcome, *, asks: bool) -> str:
    if outcome is Outcome.PROCEED:
        return _("What it was is written down.")
    if outcome is Outcome.STOP:
        return _("Until a physician has examined it and signs a clearance.") if asks else _("No clearance lifts it.")
    if rule == Rule.LAST_REACTION:
        return _("What happened is written down; goes on once a clearance is signed.")
    return _("Goes on once a clearance is signed.")


def _instruction(_rule: str, topic: Topic, own: Own) -> Iterator[Lead]:
    yield Lead(NO, Outcome.PROCEED, "")
    yield Lead(YES, Outcome.PROCEED, own.instruction or topic.instruction)


def _until(_rule: str, _topic: Topic, own: Own) -> Iterator[Lead]:
    yield Lead(NO, Outcome.PROCEED, "")
    if own.weeks:
        long_ago = _("Yes, %(weeks)s weeks ago or longer") % {"weeks": own.weeks}
        yield Lead(long_ago, Outcome.PROCEED, _("By the day of the transplant."))
    yield Lead(
        _("Yes, and the surgeon's letter allows it by today"), Outcome.PROCEED, _("The letter is named in the answer.")
    )
    yield Lead(YES, Outcome.DEFER, _("Until the day that the surgeon's letter names."))


def _agreement(_rule: str, _topic: Topic, _own: Own) -> Iterator[Lead]:
    holds = _("A formulation with a 5-alpha-reductase inhibitor; otherwise it isn't asked")
    yield Lead(_("Yes"), Outcome.PROCEED, "")
    yield Lead(_("No, or not sure"), Outcome.STOP, _("The formulation isn't offered for this patient."), depends=holds)
    yield Lead(_("No, or not sure"), Outcome.PROCEED, _("It stays open."), depends=_("Every other formulation"))


def _number(_rule: str, topic: Topic, _own: Own) -> Iterator[Lead]:
    yield Lead(NO, Outcome.PROCEED, "")
    yield Lead(_("Yes, and the number is recorded"), Outcome.PROCEED, "")
    yield Lead(_("Yes or not sure, and no number"), Outcome.PROCEED, topic.instruction)


def _in_force(_rule: str, topic: Topic, _own: Own) -> Iterator[Lead]:
    yield Lead(_("Yes, and a consent is in force"), Outcome.PROCEED, "")
    yield Lead(
        _("No or not sure, and the consent was signed today"), Outcome.PROCEED, _("Signing it confirmed all of this.")
    )
    yield Lead(_("No or not sure, and the consent is of an earlier day"), Outcome.DEFER, topic.finding)
    answer = _("No or not sure, and no consent is in force; a yes isn't signed then")
    yield Lead(answer, Outcome.PROCEED, topic.instruction)


_BY_KIND: dict[Kind, Callable[[str, Topic, Own], Iterator[Lead]]] = {
    Kind.CLEARANCE: _clearance, Kind.WHICH: _which, Kind.NOTE: _which, Kind.INSTRUCTION: _instruction,
    Kind.UNTIL: _until, Kind.AGREEMENT: _agreement, Kind.NUMBER: _number, Kind.IN_FORCE: _in_force,
}  # fmt: skip
