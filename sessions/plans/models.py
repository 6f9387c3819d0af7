"""Treatment plans and the dates that follow from them."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import at_with_by, one_of
from clinic.frozen import Mutability, lasting_trigger, locked_triggers
from clinic.scoping import SiteQuerySet
from clinic.submissions import Submitted


class Phase(models.TextChoices):
    """The two phases of a plan."""

    LOADING = "loading", _("Loading")
    MAINTENANCE = "maintenance", _("Maintenance")


class TreatmentPlan(Submitted):
    """One patient's plan under one protocol; it ends, and is never deleted."""

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="plans", verbose_name=_("patient"))
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    protocol_version = models.ForeignKey(
        "protocols.TreatmentProtocolVersion", models.PROTECT, related_name="+", verbose_name=_("treatment protocol")
    )
    formulation = models.ForeignKey(
        "protocols.Formulation", models.PROTECT, related_name="+", verbose_name=_("formulation")
    )
    first_on = models.DateField(_("first session"))
    created_at = models.DateTimeField(_("made"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )
    #: Whether it ended because treatment is to stop, as a month-6 audit decides.
    ended_for_good = models.BooleanField(_("treatment was stopped"), default=False)
    #: Why there is a plan again after treatment was stopped; a physician says it.
    again_reason = models.CharField(_("why treatment begins again"), max_length=300, blank=True)
    end_reason = models.CharField(_("reason for ending"), max_length=300, blank=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("treatment plan")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["patient"], condition=Q(ended_at=None), name="treatment_plan_one_current"),
            at_with_by("ended_at", "ended_by", name="treatment_plan_ended_at_by"),
            models.CheckConstraint(
                condition=Q(ended_at=None, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="treatment_plan_end_says_why",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["patient", "-id"], name="treatment_plan_latest")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *locked_triggers("OLD.ended_at IS NOT NULL"),
            lasting_trigger(
                [
                    "submission_key", "patient_id", "site_id", "protocol_version_id", "formulation_id", "first_on",
                    "created_at", "created_by_id", "again_reason",
                ]
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(_("Plan from %(day)s") % {"day": self.first_on.isoformat()})


class PlannedSession(models.Model):
    """A session that is due; done when a signed session points at it. It moves until it is done or cancelled."""

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="planned", verbose_name=_("plan"))
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    phase = models.CharField(_("phase"), max_length=12, choices=Phase.choices)
    ordinal = models.PositiveSmallIntegerField(_("number"))
    due_on = models.DateField(_("due"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("planned session")
        ordering: ClassVar[list[str]] = ["due_on", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plan", "phase", "ordinal"], name="planned_session_once"),
            one_of("phase", Phase.values, name="planned_session_phase_known"),
            models.CheckConstraint(condition=Q(done_at=None) | Q(cancelled_at=None), name="planned_session_one_end"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["site", "due_on"], condition=Q(done_at=None, cancelled_at=None), name="planned_session_due"
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *locked_triggers("OLD.done_at IS NOT NULL OR OLD.cancelled_at IS NOT NULL"),
            lasting_trigger(["plan_id", "site_id", "phase", "ordinal"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_phase_display()} {self.ordinal}"
