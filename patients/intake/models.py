"""Intake: why the patient comes, and the stage."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of
from clinic.frozen import Frozen, frozen_triggers
from clinic.scoping import FrozenSiteQuerySet
from clinic.submissions import Submitted
from patients.intake.staging import Pathway, Scale


class Indication(models.TextChoices):
    """What scalp mesotherapy is offered for."""

    ANDROGENETIC_ALOPECIA = "androgenetic_alopecia", _("Early to moderate androgenetic alopecia")
    TELOGEN_EFFLUVIUM = "telogen_effluvium", _("Telogen effluvium")
    TRANSPLANT_SUPPORT = "transplant_support", _("Support after a hair transplant")
    BETWEEN_PRP = "between_prp", _("Between courses of PRP")


#: What brings a patient without any pattern hair loss; for everything else a stage of a scale is required.
STAGE_MAY_NOT_APPLY = (Indication.TELOGEN_EFFLUVIUM, Indication.TRANSPLANT_SUPPORT)


class Intake(Submitted, Frozen):
    """One assessment; the latest counts, the earlier ones stay."""

    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="intakes", verbose_name=_("patient"))
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    indication = models.CharField(_("indication"), max_length=24, choices=Indication.choices)
    scale = models.CharField(_("scale"), max_length=8, choices=Scale.choices)
    #: Empty only where no scale applies.
    stage = models.CharField(_("stage"), max_length=12, blank=True)
    pathway = models.CharField(_("way on"), max_length=20, choices=Pathway.choices)
    notes = models.CharField(_("notes"), max_length=1000, blank=True)
    taken_at = models.DateTimeField(_("taken"))
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("taken by"))
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name=_("corrects")
    )
    correction_reason = models.CharField(_("reason for the correction"), max_length=500, blank=True)

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("intake")
        ordering: ClassVar[list[str]] = ["-taken_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("indication", Indication.values, name="intake_indication_known"),
            one_of("scale", Scale.values, name="intake_scale_known"),
            one_of("pathway", Pathway.values, name="intake_pathway_known"),
            models.CheckConstraint(
                condition=(~Q(scale=Scale.NONE) & ~Q(stage=""))
                | Q(scale=Scale.NONE, stage="", indication__in=STAGE_MAY_NOT_APPLY),
                name="intake_stage_where_it_applies",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None, correction_reason="")
                | (Q(corrects__isnull=False) & ~Q(correction_reason="")),
                name="intake_correction_says_why",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["patient", "-taken_at"], name="intake_latest"),
            models.Index(
                fields=["site", "-taken_at"],
                condition=Q(pathway=Pathway.SURGICAL_ASSESSMENT),
                name="intake_surgical",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return f"{self.get_scale_display()} {self.stage}".strip()

    @property
    def staged(self) -> bool:
        """Whether a stage of a scale describes the hair loss."""
        return self.scale != Scale.NONE
