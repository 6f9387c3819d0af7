"""The safety floor of the checklist in words: what each answer leads to, and what of it depends on the ingredients.

The rules themselves are code (`patients.screening.rules` and `patients.screening.kinds`), and a test holds these words
against them. Where a rule leaves the decision to a prescriber, a version of the checklist may decide more strictly;
never less.
"""

from collections.abc import Iterator
from dataclasses import replace

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.codes import known
from protocols.checklists.leads import NO as _NO
from protocols.checklists.leads import YES as _YES
from protocols.checklists.leads import Lead, topic_leads
from protocols.checklists.outcomes import SEVERITY, Outcome
from protocols.checklists.rules import Rule
from protocols.checklists.topics import PLAIN, TOPICS, Own

__all__ = [
    "FLOOR",
    "LOOSER",
    "NOTHING_LEFT",
    "UNASKED",
    "Lead",
    "Stricter",
    "leads",
    "leaves_to_prescriber",
    "may_choose",
    "objection",
]

LOOSER = _("This is looser than the safety floor. Choose “Do not treat”, or leave it to a prescriber.")
NOTHING_LEFT = _("The safety floor leaves nothing of this to a prescriber. Choose “A prescriber decides”.")


class Stricter(models.TextChoices):
    """What a version decides where the floor asks a prescriber; "" leaves it to the prescriber."""

    DEFER = Outcome.DEFER.value, _("Defer: no clearance lifts it on the day")
    STOP = Outcome.STOP.value, _("Do not treat: no clearance lifts it")


#: Every answer to the questions that have a rule of their own, in the order in which the pages show them.
FLOOR: dict[str, tuple[Lead, ...]] = {
    Rule.SCALP_INFECTION: (
        Lead(_NO, Outcome.PROCEED, ""),
        Lead(
            _("No, and the last session was deferred for it"), Outcome.DEFER,
            _("Until a physician has looked and signs a clearance."), asks_prescriber=True,
        ),
        Lead(_YES, Outcome.DEFER, _("Until it has healed; a physician's clearance lifts it."), asks_prescriber=True),
    ),
    Rule.BLEEDING_DISORDER: (
        Lead(_NO, Outcome.PROCEED, ""),
        Lead(_("Yes, and treated"), Outcome.CLEARANCE, _("Goes on once a clearance is signed."), asks_prescriber=True),
        Lead(
            _("Yes, untreated or not known to be treated; or not sure"), Outcome.STOP, _("No clearance lifts it."),
        ),
    ),
    Rule.ANTICOAGULANT: (
        Lead(_NO, Outcome.PROCEED, ""),
        Lead(
            _YES, Outcome.CLEARANCE, _("Goes on with a pressure plan once a clearance is signed."),
            asks_prescriber=True,
        ),
    ),
    Rule.MALIGNANCY: (
        Lead(_NO, Outcome.PROCEED, ""),
        Lead(_YES, Outcome.STOP, _("Unless a physician signs an exception."), asks_prescriber=True),
    ),
    Rule.PREGNANCY: (
        Lead(_NO, Outcome.PROCEED, ""),
        Lead(
            _YES, Outcome.STOP, _("The formulation isn't offered for this patient; no clearance lifts it."),
            depends=_("A formulation with an ingredient contraindicated in pregnancy"),
        ),
        Lead(
            _YES, Outcome.CLEARANCE, _("Goes on once a clearance is signed."), asks_prescriber=True,
            depends=_("Every other formulation"),
        ),
    ),
    Rule.HYPERSENSITIVITY: (
        Lead(_NO, Outcome.PROCEED, ""),
        Lead(
            _YES, Outcome.STOP, _("The formulation isn't offered for this patient; no clearance lifts it."),
            depends=_("A formulation with the ingredient, or with one of its allergen class"),
        ),
        Lead(_YES, Outcome.PROCEED, _("It stays open."), depends=_("Every other formulation")),
        Lead(
            _("Yes, or not sure, to something that no formulation holds"), Outcome.CLEARANCE,
            _("Goes on once a clearance is signed."), asks_prescriber=True,
        ),
        Lead(_("Yes, or not sure, to something unknown"), Outcome.STOP, _("Find out to what.")),
    ),
}  # fmt: skip
#: What no question asks, with the code that it stands under.
UNASKED: tuple[tuple[str, Lead], ...] = (
    ("CI-13", Lead(_("Stage Norwood VI or VII, or Ludwig III"), Outcome.REDIRECT, _("From the last intake."))),
    ("CI-13", Lead(_("No stage recorded"), Outcome.DEFER, _("Take the intake first."))),
    ("CI-15", Lead(_("Younger than the site's minimum age, or age unknown"), Outcome.STOP, _("From the record."))),
)
#: A no after a deferral: whoever waits for a physician's look is never locked out by a stricter version.
_STAYS = FLOOR[Rule.SCALP_INFECTION][1]


def objection(rule: str, stricter: str) -> Promise | str:
    """Return why a version can't decide `stricter` about `rule`, "" when it can.

    "" leaves it to the floor; anything else must be nowhere looser than what the floor says where it asks a prescriber.
    """
    if stricter == "":
        return ""
    asked = list(_left_to_a_prescriber(rule))
    if not asked:
        return NOTHING_LEFT
    is_known = stricter in Stricter.values
    return "" if is_known and all(SEVERITY[Outcome(stricter)] >= SEVERITY[outcome] for outcome in asked) else LOOSER


def may_choose(rule: str, stricter: str) -> bool:
    """Whether a version can decide `stricter` ("" for the floor) about `rule`."""
    return not objection(rule, stricter)


def leaves_to_prescriber(rule: str) -> bool:
    """Whether any answer to a question of `rule` comes to something that a prescriber's clearance lifts."""
    return any(True for _outcome in _left_to_a_prescriber(rule))


def _left_to_a_prescriber(rule: str) -> Iterator[Outcome]:
    """Yield what the answers come to that a prescriber decides, with anything that a version's own list may add."""
    own = Own(listed=frozenset(thing.key for thing in TOPICS[rule].things)) if rule in TOPICS else PLAIN
    return (lead.outcome for lead in _floor(rule, own) if lead.asks_prescriber)


def _floor(rule: str, own: Own) -> tuple[Lead, ...]:
    return tuple(topic_leads(rule, TOPICS[rule], own)) if rule in TOPICS else FLOOR.get(rule, ())


def leads(rule: str, stricter: str = "", own: Own = PLAIN) -> Iterator[Lead]:
    """Yield what each answer about `rule` leads to, in a version that decides `stricter` and says `own`."""
    for lead in _floor(rule, own):
        if not stricter or not lead.asks_prescriber or lead is _STAYS:
            yield lead
            continue
        yield replace(
            lead, outcome=known(Outcome, stricter) or Outcome.STOP, asks_prescriber=False,
            remark=_("Stricter than the safety floor: no clearance lifts it.")
            if stricter in Stricter.values
            else gettext("Nobody knows what “%(code)s” is: it was written in the database.") % {"code": stricter},
        )  # fmt: skip
