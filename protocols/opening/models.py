"""What is set up at a site besides its protocols: photo station, fridge, trained operators."""

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


class Arrangement(models.TextChoices):
    """What a site needs before its first patient, besides decisions."""

    PHOTO_STATION = "photo_station", _("Photo station")
    FRIDGE = "fridge", _("Fridge")
    OPERATOR = "operator", _("Trained operator")


class SetUp(Submitted, Frozen):
    """That something is set up, or somebody trained, signed by whoever checked it; it ends by a row of its own."""

    held_for_update = True

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    arrangement = models.CharField(_("kind"), max_length=16, choices=Arrangement.choices)
    name = models.CharField(_("name"), max_length=120)
    #: The operator, where it is about one.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    details = models.TextField(_("details"), max_length=2000)
    #: The last day on which it holds: a calibration that falls due, a re-check of somebody's practice.
    valid_until = models.DateField(_("holds until"), null=True, blank=True)
    checked_at = models.DateTimeField(_("checked"))
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("checked by")
    )
    signature = models.OneToOneField("clinic.Signature", models.PROTECT, related_name="+", verbose_name=_("signature"))

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("arrangement of a site")
        ordering: ClassVar[list[str]] = ["arrangement", "name", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("arrangement", Arrangement.values, name="set_up_arrangement_known"),
            models.CheckConstraint(
                condition=Q(arrangement="operator", person__isnull=False)
                | (~Q(arrangement="operator") & Q(person=None)),
                name="set_up_names_the_operator",
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(details=""), name="set_up_says_what"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.name


class SetUpEnd(Frozen):
    """That it isn't there any more."""

    set_up = models.OneToOneField(SetUp, models.PROTECT, related_name="end", verbose_name=_("arrangement"))
    reason = models.CharField(_("reason"), max_length=300)
    ended_at = models.DateTimeField(_("ended"))
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("ended by"))

    class Meta:
        verbose_name = _("end of an arrangement")
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.reason
