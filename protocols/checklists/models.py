"""The contraindication checklist: its questions are data, its rules are code."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of
from protocols.checklists.floor import Stricter, may_choose
from protocols.checklists.rules import Rule, checklist_gaps
from protocols.checklists.topics import INSTRUCTION_LENGTH, MOST_WEEKS, TOPICS, Own, own_gaps, takes
from protocols.decisions.models import (
    Decision,
    Part,
    decision_constraints,
    decision_triggers,
    one_active,
    part_triggers,
)

__all__ = ["ChecklistItem", "ChecklistVersion", "Rule"]


def _taking(name: str) -> list[str]:
    """Return the rules whose questions may say `name` of their own."""
    return [rule for rule in Rule.values if name in takes(rule)]


def _choosing(stricter: str) -> list[str]:
    """Return the rules about which a version may decide `stricter`."""
    return [rule for rule in Rule.values if may_choose(rule, stricter)]


class ChecklistVersion(Decision):
    """The questions asked at every session."""

    kind = "checklist_version"
    title_of_kind = _("Contraindication checklist")
    parts = "items"

    title = models.CharField(_("title"), max_length=120)

    class Meta:
        verbose_name = _("checklist version")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("checklist_version"),
            one_active("checklist_version"),
            models.UniqueConstraint(fields=["site", "number"], name="checklist_version_number_once"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    def gaps(self) -> list[str]:
        """A checklist asks about what every checklist asks about; one that leaves one out isn't approved."""
        items = list(self.items.all())
        return checklist_gaps({item.rule for item in items}) + own_gaps(
            (item.code, item.rule, item.own) for item in items
        )


class ChecklistItem(Part):
    """One question."""

    key_field = "rule"

    version = models.ForeignKey(ChecklistVersion, models.PROTECT, related_name="items", verbose_name=_("version"))
    code = models.CharField(_("code"), max_length=8)
    question = models.CharField(_("question"), max_length=300)
    hint = models.CharField(_("what to look at or ask"), max_length=300, blank=True)
    rule = models.CharField(_("rule"), max_length=20, choices=Rule.choices)
    #: What the version decides where the safety floor asks a prescriber; "" leaves it to the prescriber.
    stricter = models.CharField(
        _("where the floor asks a prescriber"), max_length=8, choices=Stricter.choices, blank=True
    )
    #: What the session is given under when the answer asks for an instruction; "" for the floor's words.
    instruction = models.CharField(_("instruction"), max_length=INSTRUCTION_LENGTH, blank=True, default="")
    #: How many weeks back a transplant defers; 0 where no question asks.
    weeks = models.PositiveSmallIntegerField(_("weeks back"), default=0)
    #: Which of the things that a yes can be about ask a prescriber, by their keys.
    listed = models.JSONField(_("asks a prescriber about"), default=list, blank=True)

    class Meta:
        verbose_name = _("checklist item")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "code"], name="checklist_item_code_once"),
            models.UniqueConstraint(fields=["version", "ordinal"], name="checklist_item_ordinal_once"),
            models.UniqueConstraint(fields=["version", "rule"], name="checklist_item_rule_once"),
            one_of("rule", Rule.values, name="checklist_item_rule_known"),
            # Of a malignancy the floor says that nobody treats: a mere deferral would be looser.
            models.CheckConstraint(
                condition=Q(stricter="")
                | Q(stricter=Stricter.STOP, rule__in=_choosing(Stricter.STOP))
                | Q(stricter=Stricter.DEFER, rule__in=_choosing(Stricter.DEFER)),
                name="checklist_item_never_looser",
            ),
            models.CheckConstraint(
                condition=Q(instruction="") | Q(rule__in=_taking("instruction")),
                name="checklist_item_instruction_asked",
            ),
            models.CheckConstraint(
                condition=Q(weeks=0) | Q(weeks__lte=MOST_WEEKS, rule__in=_taking("weeks")),
                name="checklist_item_weeks_asked",
            ),
            models.CheckConstraint(
                condition=Q(listed=[])
                | Q(rule__in=_taking("listed"), listed__contained_by=[thing.key for thing in TOPICS[Rule.NEWS].things]),
                name="checklist_item_listed_known",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_checklistversion")

    def __str__(self) -> str:
        return f"{self.code} {self.question}"

    @property
    def own(self) -> Own:
        """What the question says of its own."""
        return Own(self.instruction, self.weeks, frozenset(self.listed))

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this item.

        Where the floor holds nothing is said of it, so that what was signed before reads as it was signed; what is
        empty of its own isn't either.
        """
        return {
            "ordinal": self.ordinal, "code": self.code, "question": self.question, "hint": self.hint, "rule": self.rule,
            **({"stricter": self.stricter} if self.stricter else {}),
            **self.own.content(),
        }  # fmt: skip
