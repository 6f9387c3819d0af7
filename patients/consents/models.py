"""Consent as the patient gave it, and its withdrawal."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.frozen import Frozen, frozen_triggers
from clinic.scoping import FrozenSiteQuerySet
from clinic.submissions import Submitted


class Consent(Submitted, Frozen):
    """A consent to one script version, with every expectation statement confirmed, signed by hand."""

    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="consents", verbose_name=_("patient"))
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    script_version = models.ForeignKey(
        "protocols.ConsentScriptVersion", models.PROTECT, related_name="+", verbose_name=_("consent script")
    )
    #: The statements confirmed, in the words shown.
    statements = models.JSONField(_("statements confirmed"))
    #: What was said about restricted ingredients, in the words shown.
    legal_lines = models.JSONField(_("about restricted ingredients"), default=list, blank=True)
    photos_for_record = models.BooleanField(_("photographs for the record"))
    photos_for_teaching = models.BooleanField(_("photographs for teaching"), default=False)
    signed_name = models.CharField(_("signed by"), max_length=160)
    #: What whoever signs is to the patient ("mother, guardian"); "" where the patient signs.
    relation = models.CharField(_("relation to the patient"), max_length=80, blank=True, default="")
    drawing = models.FileField(_("drawn signature"), max_length=200)
    #: The pad's size and the strokes, as `strokes_again` writes them; "" where only a picture was taken.
    drawing_strokes = models.TextField(_("strokes"), blank=True, default="")
    drawing_sha256 = models.CharField(_("hash of the drawing"), max_length=64)
    signed_at = models.DateTimeField(_("signed"))
    witnessed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("witnessed by")
    )
    signature = models.OneToOneField("clinic.Signature", models.PROTECT, related_name="+", verbose_name=_("signature"))

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        ordering: ClassVar[list[str]] = ["-signed_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(signed_name=""), name="consent_has_a_name"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["patient", "-signed_at"], name="consent_latest")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return str(self.script_version)


class ConsentWithdrawal(Frozen):
    """A consent taken back; nothing is treated on it from then on."""

    consent = models.OneToOneField(Consent, models.PROTECT, related_name="withdrawal", verbose_name=_("consent"))
    reason = models.CharField(_("reason"), max_length=500)
    withdrawn_at = models.DateTimeField(_("withdrawn"))
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    class Meta:
        verbose_name = _("withdrawal of a consent")
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.reason
