"""Stock lots and what moved in and out of them."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of, within
from clinic.frozen import Frozen, child_triggers, frozen_triggers
from clinic.scoping import FrozenSiteQuerySet
from clinic.submissions import Submitted


class StockLot(Submitted, Frozen):
    """One lot of one product, as received."""

    held_for_update = True

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    ingredient = models.ForeignKey(
        "protocols.Ingredient", models.PROTECT, related_name="lots", verbose_name=_("ingredient")
    )
    product = models.CharField(_("product"), max_length=120)
    manufacturer = models.CharField(_("manufacturer"), max_length=120)
    lot_number = models.CharField(_("lot number"), max_length=40)
    expires_on = models.DateField(_("expiry date"))
    received_ul = models.PositiveIntegerField(_("received, in µL"))
    opened_limit_days = models.PositiveSmallIntegerField(_("usable for days once opened"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("received by")
    )

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock lot")
        ordering: ClassVar[list[str]] = ["expires_on", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["site", "ingredient", "manufacturer", "lot_number"], name="stock_lot_once"),
            within("received_ul", 1, 10_000_000, name="stock_lot_received_sane"),
            within("opened_limit_days", 1, 365, name="stock_lot_opened_limit_sane"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "ingredient", "expires_on"], name="stock_lot_pick"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return f"{self.product} {self.lot_number}"


class LotMovementKind(models.TextChoices):
    """What happened to some of a lot."""

    RECEIVED = "received", _("Received")
    OPENED = "opened", _("Opened")
    USED = "used", _("Used in a preparation")
    DISCARDED = "discarded", _("Discarded")
    ADJUSTED = "adjusted", _("Counted again")
    QUARANTINED = "quarantined", _("Put in quarantine")
    RELEASED = "released", _("Released from quarantine")


class LotMovement(Submitted, Frozen):
    """One movement; what is left of a lot is the sum of its movements."""

    lot = models.ForeignKey(StockLot, models.PROTECT, related_name="movements", verbose_name=_("lot"))
    kind = models.CharField(_("movement"), max_length=12, choices=LotMovementKind.choices)
    volume_ul = models.IntegerField(_("volume in µL, signed"))
    preparation = models.ForeignKey(
        "treatment_sessions.Preparation", models.PROTECT, null=True, blank=True, related_name="lot_movements",
        verbose_name=_("preparation"),
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    moved_at = models.DateTimeField(_("at"))
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("lot movement")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("kind", LotMovementKind.values, name="lot_movement_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="received", volume_ul__gt=0)
                | Q(kind__in=["used", "discarded"], volume_ul__lt=0)
                | Q(kind__in=["opened", "quarantined", "released"], volume_ul=0)
                | (Q(kind="adjusted") & ~Q(volume_ul=0)),
                name="lot_movement_sign",
            ),
            models.CheckConstraint(
                condition=~Q(kind="used") | Q(preparation__isnull=False), name="lot_movement_used_names_preparation"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["lot", "id"], name="lot_movement_lot")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *frozen_triggers(),
            child_triggers(
                parent_table="treatment_sessions_preparation",
                parent_column="preparation_id",
                locked_when="parent.status <> 'draft'",
            )[0],
            # A lot never holds less than nothing, in Postgres too; the lot is locked so that two can't both be last.
            pgtrigger.Trigger(
                name="never_below_zero",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="PERFORM 1 FROM treatment_sessions_stocklot WHERE id = NEW.lot_id FOR NO KEY UPDATE; "
                "IF NEW.volume_ul + (SELECT COALESCE(SUM(volume_ul), 0) FROM treatment_sessions_lotmovement "
                "WHERE lot_id = NEW.lot_id) < 0 THEN RAISE EXCEPTION "
                "'baseline: more would leave the lot than is in it' USING ERRCODE = 'restrict_violation'; "
                "END IF; RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.volume_ul} µL"
