"""Complication responses: what is done, by whom and in which order, when something goes wrong."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of
from protocols.decisions.models import (
    Decision,
    Part,
    decision_constraints,
    decision_triggers,
    one_active,
    part_triggers,
)

#: A timer beyond an hour is no step at the patient's side any more; rechecks in days stand in the step's own words.
MOST_TIMER_MINUTES = 60


class Complication(models.TextChoices):
    """What a response is for."""

    VASOVAGAL = "vasovagal", _("Vasovagal reaction")
    ANAPHYLAXIS = "anaphylaxis", _("Anaphylaxis")
    INFECTION = "infection", _("Infection")
    LOCAL_REACTION = "local_reaction", _("Persistent local reaction")
    ANAESTHETIC_TOXICITY = "anaesthetic_toxicity", _("Local-anaesthetic toxicity")


class ComplicationResponseVersion(Decision):
    """The response to one complication."""

    kind = "complication_response"
    title_of_kind = _("Complication response")
    parts = "steps"
    one_for = "complication"

    complication = models.CharField(_("complication"), max_length=24, choices=Complication.choices)
    title = models.CharField(_("title"), max_length=120)
    recognise = models.TextField(_("how it is recognised"), max_length=1500)
    leader = models.CharField(_("who leads"), max_length=120)
    kit = models.TextField(_("kit, one item a line"), max_length=1500, blank=True)

    class Meta:
        verbose_name = _("complication response version")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("complication_response"),
            one_active("complication_response", "complication"),
            models.UniqueConstraint(
                fields=["site", "complication", "number"], name="complication_response_number_once"
            ),
            one_of("complication", Complication.values, name="complication_response_known"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    def gaps(self) -> list[str]:
        """A response has steps, and a kit to take them with."""
        gaps = [] if self.steps.all() else [_gettext("There is no step yet.")]
        return gaps if self.kit.strip() else [*gaps, _gettext("Say what is in the kit, one item a line.")]


class ResponseStep(Part):
    """One step; a timer says after how long it is looked at again."""

    version = models.ForeignKey(
        ComplicationResponseVersion, models.PROTECT, related_name="steps", verbose_name=_("version")
    )
    text = models.CharField(_("step"), max_length=400)
    timer_minutes = models.PositiveSmallIntegerField(_("timer in minutes"), null=True, blank=True)
    repeats = models.BooleanField(_("the timer starts again"), default=False)

    class Meta:
        verbose_name = _("step of a response")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "ordinal"], name="response_step_ordinal_once"),
            models.CheckConstraint(
                condition=Q(timer_minutes=None, repeats=False)
                | Q(timer_minutes__gte=1, timer_minutes__lte=MOST_TIMER_MINUTES),
                name="response_step_timer_sane",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_complicationresponseversion")

    def __str__(self) -> str:
        return self.text

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this step."""
        return {
            "ordinal": self.ordinal, "text": self.text, "timer_minutes": self.timer_minutes, "repeats": self.repeats,
        }  # fmt: skip
