"""Preparations against a locked formulation: what was measured, from which lots, by whom; and the vials made."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of, within
from clinic.frozen import Frozen, Mutability, child_triggers, frozen_triggers, locked_triggers
from clinic.scoping import FrozenSiteQuerySet, SiteQuerySet
from clinic.submissions import Submitted, Versioned
from sessions.preparation.vials import shown_code


class PreparationStatus(models.TextChoices):
    """Where a preparation stands."""

    DRAFT = "draft", _("Being prepared")
    SIGNED = "signed", _("Signed")
    REJECTED = "rejected", _("Rejected")


class VisualCheck(models.TextChoices):
    """What the finished preparation looks like."""

    RIGHT = "right", _("As described")
    WRONG = "wrong", _("Not as described")


class Preparation(Submitted, Versioned):
    """One batch; a draft while volumes are measured, locked by the preparer's signature."""

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    number = models.CharField(_("number"), max_length=24)
    formulation_version = models.ForeignKey(
        "protocols.FormulationVersion", models.PROTECT, related_name="+", verbose_name=_("formulation")
    )
    batch_ul = models.PositiveIntegerField(_("batch in µL"))
    vial_count = models.PositiveSmallIntegerField(_("vials"), default=1)
    status = models.CharField(
        _("status"), max_length=10, choices=PreparationStatus.choices, default=PreparationStatus.DRAFT
    )
    started_at = models.DateTimeField(_("started"))
    preparer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("preparer"))
    visual_check = models.CharField(_("visual check"), max_length=6, choices=VisualCheck.choices, blank=True)
    notes = models.CharField(_("notes"), max_length=500, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    beyond_use_at = models.DateTimeField(_("use before"), null=True, blank=True)
    beyond_use_reason = models.CharField(_("what limits its use"), max_length=200, blank=True)
    made_ul = models.PositiveIntegerField(_("made, in µL"), null=True, blank=True)
    signature = models.OneToOneField(
        "clinic.Signature", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("signature")
    )
    #: Raised when signed: how many deviations the record shows, so that lists need no join.
    deviation_count = models.PositiveSmallIntegerField(_("deviations"), default=0)
    deviation_reason = models.CharField(_("why it deviates"), max_length=300, blank=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("preparation")
        ordering: ClassVar[list[str]] = ["-started_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["site", "number"], name="preparation_number_once"),
            one_of("status", PreparationStatus.values, name="preparation_status_known"),
            within("batch_ul", 100, 100_000, name="preparation_batch_sane"),
            within("vial_count", 1, 20, name="preparation_vial_count_sane"),
            models.CheckConstraint(
                condition=Q(status="draft", signature=None, finished_at=None)
                | Q(status="rejected", signature__isnull=False, finished_at__isnull=False)
                | (
                    Q(status="signed", signature__isnull=False, finished_at__isnull=False, beyond_use_at__isnull=False)
                    & Q(made_ul__isnull=False, made_ul__gt=0, visual_check="right", finished_at__gte=F("started_at"))
                ),
                name="preparation_signed_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(status="signed") | Q(deviation_count=0) | ~Q(deviation_reason=""),
                name="preparation_deviation_has_reason",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "-started_at", "-id"], name="preparation_list"),
            models.Index(
                fields=["site", "finished_at"], include=["preparer", "deviation_count", "status"],
                name="preparation_week",
            ),
        ]  # fmt: skip
        triggers: ClassVar[list[pgtrigger.Trigger]] = locked_triggers("OLD.status <> 'draft'")

    def __str__(self) -> str:
        return self.number


class PreparationLine(models.Model):
    """One ingredient as measured: target and measured volume, and the lot it came from.

    `measured_at` is when a volume was first typed, which is what the order of adding is judged by; a corrected volume
    keeps it and is in the trail. What was typed first may have been refused, as a comma is: then it is `tried_at`.
    """

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    preparation = models.ForeignKey(Preparation, models.PROTECT, related_name="lines", verbose_name=_("preparation"))
    formulation_line = models.ForeignKey(
        "protocols.FormulationLine", models.PROTECT, related_name="+", verbose_name=_("formulation line")
    )
    ordinal = models.PositiveSmallIntegerField(_("order"))
    ingredient_name = models.CharField(_("ingredient"), max_length=130)
    target_ul = models.PositiveIntegerField(_("target in µL"))
    tolerance_percent = models.DecimalField(_("tolerance ± %"), max_digits=4, decimal_places=1)
    lot = models.ForeignKey(
        "treatment_sessions.StockLot", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lot")
    )
    measured_ul = models.PositiveIntegerField(_("measured in µL"), null=True, blank=True)
    measured_at = models.DateTimeField(_("measured"), null=True, blank=True)
    tried_at = models.DateTimeField(_("first typed"), null=True, blank=True)

    class Meta:
        verbose_name = _("preparation line")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["preparation", "formulation_line"], name="preparation_line_once"),
            within("measured_ul", 0, 200_000, name="preparation_line_measured_sane"),
            models.CheckConstraint(
                condition=Q(measured_ul=None, measured_at=None)
                | Q(measured_ul__isnull=False, measured_at__isnull=False),
                name="preparation_line_measured_at",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = child_triggers(
            parent_table="treatment_sessions_preparation", parent_column="preparation_id",
            locked_when="parent.status <> 'draft'",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.ingredient_name}: {self.measured_ul} of {self.target_ul} µL"


class CriticalStep(models.Model):
    """A step that must not be missed, copied from the formulation as the preparation began, ticked when it is done.

    `ordinal` is its number among all steps of the formulation.
    """

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    preparation = models.ForeignKey(
        Preparation, models.PROTECT, related_name="critical_steps", verbose_name=_("preparation")
    )
    ordinal = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(_("step"), max_length=400)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("critical step of a preparation")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["preparation", "ordinal"], name="critical_step_once"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = child_triggers(
            parent_table="treatment_sessions_preparation", parent_column="preparation_id",
            locked_when="parent.status <> 'draft'",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.ordinal}. {self.text}"


class DeviationKind(models.TextChoices):
    """How a preparation departed from its formulation."""

    VOLUME = "volume", _("Volume beyond tolerance")
    EXPIRED_LOT = "expired_lot", _("Lot past its expiry date")
    PRODUCT = "product", _("Product that the formulation doesn't allow")
    ORDER = "order", _("Measured out of order")
    LATE = "late", _("Recorded late")


def of_a_draft() -> pgtrigger.Trigger:
    """Return the trigger of facts that are written when their preparation is signed, and never added to it later."""
    return child_triggers(
        parent_table="treatment_sessions_preparation", parent_column="preparation_id",
        locked_when="parent.status <> 'draft'",
    )[0]  # fmt: skip


class Deviation(Frozen):
    """A departure found when the preparation was signed; decided in the weekly audit."""

    preparation = models.ForeignKey(
        Preparation, models.PROTECT, related_name="deviations", verbose_name=_("preparation")
    )
    line = models.ForeignKey(
        PreparationLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("line")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=DeviationKind.choices)
    #: Signed departure from the target in thousandths, for volumes; exact, never rounded for the verdict.
    permille = models.DecimalField(_("departure in ‰"), max_digits=12, decimal_places=2, null=True, blank=True)
    detail = models.CharField(_("detail"), max_length=300)
    raised_at = models.DateTimeField(_("found"))

    class Meta:
        verbose_name = _("deviation")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["preparation", "line", "kind"], name="deviation_once", nulls_distinct=False
            ),
            one_of("kind", DeviationKind.values, name="deviation_kind_known"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [*frozen_triggers(), of_a_draft()]

    def __str__(self) -> str:
        return self.detail


class Vial(Frozen):
    """One vial of a preparation, with the code that its label carries."""

    held_for_update = True

    preparation = models.ForeignKey(Preparation, models.PROTECT, related_name="vials", verbose_name=_("preparation"))
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    ordinal = models.PositiveSmallIntegerField(_("number"))
    code = models.CharField(_("code"), max_length=6, unique=True)
    volume_ul = models.PositiveIntegerField(_("volume in µL"))
    made_at = models.DateTimeField(_("made"))

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("vial")
        ordering: ClassVar[list[str]] = ["preparation", "ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["preparation", "ordinal"], name="vial_ordinal_once"),
            within("volume_ul", 1, 100_000, name="vial_volume_sane"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [*frozen_triggers(), of_a_draft()]

    def __str__(self) -> str:
        return self.shown_code

    @property
    def shown_code(self) -> str:
        """The code as printed on the label."""
        return shown_code(self.code)


class VialMovementKind(models.TextChoices):
    """Where the content of a vial went."""

    INJECTED = "injected", _("Injected")
    WASTED = "wasted", _("Wasted")
    DESTROYED = "destroyed", _("Destroyed")


class VialMovement(Submitted, Frozen):
    """Content that left a vial; what remains is the vial's volume less its movements."""

    vial = models.ForeignKey(Vial, models.PROTECT, related_name="movements", verbose_name=_("vial"))
    kind = models.CharField(_("movement"), max_length=10, choices=VialMovementKind.choices)
    volume_ul = models.PositiveIntegerField(_("volume in µL"))
    treatment_session = models.ForeignKey(
        "treatment_sessions.TreatmentSession", models.PROTECT, null=True, blank=True, related_name="vial_movements",
        verbose_name=_("session"),
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    moved_at = models.DateTimeField(_("at"))
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("vial movement")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("kind", VialMovementKind.values, name="vial_movement_kind_known"),
            within("volume_ul", 1, 100_000, name="vial_movement_volume_sane"),
            models.CheckConstraint(
                condition=~Q(kind="injected") | Q(treatment_session__isnull=False),
                name="vial_movement_injected_in_session",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["vial", "id"], name="vial_movement_vial")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *frozen_triggers(),
            child_triggers(
                parent_table="treatment_sessions_treatmentsession",
                parent_column="treatment_session_id",
                locked_when="parent.status <> 'open'",
            )[0],
            # No more leaves a vial than is in it, in Postgres too; the vial is locked so that two can't both be last.
            pgtrigger.Trigger(
                name="never_below_zero",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="PERFORM 1 FROM treatment_sessions_vial WHERE id = NEW.vial_id FOR NO KEY UPDATE; "
                "IF NEW.volume_ul + (SELECT COALESCE(SUM(volume_ul), 0) FROM treatment_sessions_vialmovement "
                "WHERE vial_id = NEW.vial_id) > (SELECT volume_ul FROM treatment_sessions_vial "
                "WHERE id = NEW.vial_id) THEN RAISE EXCEPTION "
                "'baseline: more would leave the vial than is in it' USING ERRCODE = 'restrict_violation'; "
                "END IF; RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.volume_ul} µL"
