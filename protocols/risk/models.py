"""Changes that bear on risk: operators read and sign them before they go on, and patients may have to consent anew."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.frozen import Frozen, frozen_triggers
from clinic.scoping import FrozenSiteQuerySet


class RiskChange(Frozen):
    """The approval of a version whose change bears on risk.

    `document` tells the documents of one kind apart: a formulation's number, a language, a complication; "" where a
    site has one.
    """

    held_for_update = True

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    kind = models.CharField(_("kind"), max_length=40)
    document = models.CharField(_("document"), max_length=40, blank=True)
    version_id = models.BigIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=200)
    change_reason = models.CharField(_("reason for the change"), max_length=500)
    #: Whether a consent given before it counts no longer.
    reconsent = models.BooleanField(_("patients consent anew"))
    #: When the version came into force: at its approval's signature, or on the day that the approval named.
    approved_at = models.DateTimeField(_("approved"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("approved by")
    )

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("change that bears on risk")
        ordering: ClassVar[list[str]] = ["-approved_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "version_id"], name="risk_change_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "kind", "document", "-approved_at"], name="risk_change_latest"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.title


class ReadReceipt(Frozen):
    """That somebody has read such a change, by signature."""

    change = models.ForeignKey(RiskChange, models.PROTECT, related_name="receipts", verbose_name=_("change"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    signature = models.OneToOneField("clinic.Signature", models.PROTECT, related_name="+", verbose_name=_("signature"))
    signed_at = models.DateTimeField(_("signed"))

    class Meta:
        verbose_name = _("receipt of a change")
        ordering: ClassVar[list[str]] = ["signed_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["change", "user"], name="read_receipt_once"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return f"{self.user}: {self.change_id}"
