"""Amendments: what was signed stays as it was, and what is right stands beside it, signed again."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.frozen import Frozen, frozen_triggers
from clinic.scoping import FrozenSiteQuerySet
from clinic.signing.models import Meaning


class Amendment(Frozen):
    """One correction of a signed record; `number` is the version of the record that it makes, from 2 on.

    `original` is the document sealed with the record, `document` the one that says the record as amended.
    """

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    subject_type = models.CharField(_("record"), max_length=100)
    subject_id = models.CharField(_("record number"), max_length=64)
    number = models.PositiveSmallIntegerField(_("version"))
    original = models.ForeignKey(
        "clinic.SealedDocument", models.PROTECT, related_name="amendments", verbose_name=_("original document")
    )
    document = models.OneToOneField(
        "clinic.SealedDocument", models.PROTECT, related_name="+", verbose_name=_("document as amended")
    )
    entry = models.CharField(_("entry"), max_length=200, blank=True)
    as_signed = models.TextField(_("as signed"), blank=True)
    correct = models.CharField(_("what is right"), max_length=500)
    reason = models.CharField(_("reason"), max_length=500)
    amended_at = models.DateTimeField(_("amended"))
    amended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("amended by")
    )
    signature = models.OneToOneField("clinic.Signature", models.PROTECT, related_name="+", verbose_name=_("signature"))

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("amendment")
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "number"], name="amendment_number_once"),
            models.CheckConstraint(condition=Q(number__gte=2), name="amendment_comes_after_the_original"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(correct=""), name="amendment_says_what_and_why"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return f"{self.entry or self.correct} ({self.number})"

    @property
    def said(self) -> str:
        """What the entry said when it was signed: an empty one that nothing was entered, or it would seem lost.

        Of an amendment of the record as a whole, "".
        """
        return self.as_signed if self.as_signed.strip() or not self.entry else gettext("Nothing entered.")


class CoSignature(Frozen):
    """A second person's signature under a signed record: checked, supervised or witnessed, at the same screen.

    It is of one version of the record: after an amendment the same person may sign again.
    """

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    subject_type = models.CharField(_("record"), max_length=100)
    subject_id = models.CharField(_("record number"), max_length=64)
    #: Of the record: 1 as it was signed first, then the number of the newest amendment that it covers.
    version = models.PositiveSmallIntegerField(_("version"))
    meaning = models.CharField(_("meaning"), max_length=20)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    #: Who was signed in at the screen.
    at_screen_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("at the screen of")
    )
    signed_at = models.DateTimeField(_("signed"))
    signature = models.OneToOneField("clinic.Signature", models.PROTECT, related_name="+", verbose_name=_("signature"))
    document = models.OneToOneField(
        "clinic.SealedDocument", models.PROTECT, related_name="+", verbose_name=_("document with it")
    )

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("second signature")
        ordering: ClassVar[list[str]] = ["signed_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "version", "meaning", "signed_by"], name="co_signature_once"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="co_signature_of_some_version"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return f"{self.signed_by}: {dict(Meaning.choices).get(self.meaning, self.meaning)}"
