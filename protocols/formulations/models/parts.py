"""The further rows of a version: its steps, and how long it may be used when it is kept otherwise."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of, within
from protocols.decisions.models import Part, part_triggers
from protocols.formulations.models.versions import FormulationVersion, Storage

#: The longest that any storage may be named for, frozen too: a stability study gives the reason.
MOST_HOURS_KEPT = 24 * 90


class FormulationStep(Part):
    """A step of making it."""

    version = models.ForeignKey(FormulationVersion, models.PROTECT, related_name="method", verbose_name=_("version"))
    text = models.CharField(_("step"), max_length=400)
    critical = models.BooleanField(_("critical"), default=False)

    class Meta:
        verbose_name = _("step of a formulation")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "ordinal"], name="formulation_step_ordinal_once"),
            models.CheckConstraint(condition=~models.Q(text=""), name="formulation_step_says_something"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_formulationversion")

    def __str__(self) -> str:
        return self.text

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this step."""
        return {"ordinal": self.ordinal, "text": self.text, "critical": self.critical}


class StorageLimit(Part):
    """How long a preparation may be used when it is kept otherwise than the version says."""

    key_field = "storage"

    version = models.ForeignKey(
        FormulationVersion, models.PROTECT, related_name="other_storage", verbose_name=_("version")
    )
    storage = models.CharField(_("storage"), max_length=12, choices=Storage.choices)
    hours = models.PositiveSmallIntegerField(_("beyond use after, in hours"))
    reason = models.CharField(_("basis of the beyond-use time"), max_length=300)
    reference = models.CharField(_("reference"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("beyond-use time of another storage")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "ordinal"], name="storage_limit_ordinal_once"),
            models.UniqueConstraint(fields=["version", "storage"], name="storage_limit_storage_once"),
            one_of("storage", Storage.values, name="storage_limit_storage_known"),
            within("hours", 1, MOST_HOURS_KEPT, name="storage_limit_hours_sane"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="storage_limit_says_why"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_formulationversion")

    def __str__(self) -> str:
        return f"{self.get_storage_display()}: {self.hours} h"

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this limit."""
        return {
            "ordinal": self.ordinal,
            "storage": self.storage,
            "hours": self.hours,
            "reason": self.reason,
            "reference": self.reference,
        }
