"""A formulation by its code and name; what is in it stands in its versions."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.frozen import Mutability, locked_triggers
from clinic.scoping import SiteQuerySet
from clinic.submissions import Submitted


class Formulation(Submitted):
    """A documented cocktail, by its code; what is in it stands in its versions.

    Code and name are part of what is approved, so they lock with the first version that is.
    """

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="formulations", verbose_name=_("site"))
    code = models.CharField(_("code"), max_length=8)
    name = models.CharField(_("name"), max_length=80)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("formulation")
        ordering: ClassVar[list[str]] = ["code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["site", "code"], name="formulation_code_once"),
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z0-9][A-Z0-9-]{0,7}$"), name="formulation_code_form"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = locked_triggers(
            "EXISTS (SELECT 1 FROM protocols_formulationversion version WHERE version.formulation_id = OLD.id "
            "AND version.status <> 'draft')"
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
