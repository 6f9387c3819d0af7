"""The jurisdiction table: which ingredients the site may use where it works, looked up and signed by itself."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of
from protocols.decisions.models import (
    Decision,
    Part,
    decision_constraints,
    decision_triggers,
    one_active,
    part_triggers,
)


class LegalStatus(models.TextChoices):
    """What the site found about an ingredient, injected into the scalp's skin, where it works."""

    ALLOWED = "allowed", _("Allowed")
    OFF_LABEL = "off_label", _("Off-label")
    PRESCRIBER_ONLY = "prescriber_only", _("Prescriber only")
    NOT_ALLOWED = "not_allowed", _("Not allowed")


#: May be used for a physician's written reason, and the patient reads a line about it.
WITH_REASON = (LegalStatus.OFF_LABEL, LegalStatus.PRESCRIBER_ONLY)


class JurisdictionTableVersion(Decision):
    """The rules of one country or region, as the site looked them up; it ships empty and makes no claim of its own."""

    kind = "jurisdiction_table"
    title_of_kind = _("Jurisdiction table")
    parts = "entries"

    jurisdiction = models.CharField(_("country or region"), max_length=120, blank=True)
    method = models.TextField(_("how an entry is looked up"), max_length=2000)

    class Meta:
        verbose_name = _("jurisdiction table version")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("jurisdiction_table"),
            one_active("jurisdiction_table"),
            models.UniqueConstraint(fields=["site", "number"], name="jurisdiction_table_number_once"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def __str__(self) -> str:
        where = f", {self.jurisdiction}" if self.jurisdiction else ""
        return _gettext("Jurisdiction table%(where)s v%(number)s") % {"where": where, "number": self.number}

    def gaps(self) -> list[str]:
        """A table is of some country, and without entries it allows nothing."""
        gaps = [] if self.jurisdiction.strip() else [_gettext("Say whose rules these are: the country or region.")]
        return gaps if self.entries.all() else [*gaps, _gettext("There is no ingredient yet.")]


class JurisdictionEntry(Part):
    """What was found about one ingredient, where, and when; the name is copied, so that it stays what was signed."""

    key_field = "ingredient_id"

    version = models.ForeignKey(
        JurisdictionTableVersion, models.PROTECT, related_name="entries", verbose_name=_("version")
    )
    ingredient = models.ForeignKey(
        "protocols.Ingredient", models.PROTECT, related_name="jurisdiction_entries", verbose_name=_("ingredient")
    )
    ingredient_name = models.CharField(_("substance"), max_length=124)
    legal_status = models.CharField(_("legal status"), max_length=16, choices=LegalStatus.choices)
    source = models.CharField(_("where it was looked up"), max_length=300)
    checked_on = models.DateField(_("looked up on"))
    consent_line = models.CharField(_("what the patient reads"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("entry of a jurisdiction table")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "ingredient"], name="jurisdiction_entry_ingredient_once"),
            models.UniqueConstraint(fields=["version", "ordinal"], name="jurisdiction_entry_ordinal_once"),
            one_of("legal_status", LegalStatus.values, name="jurisdiction_entry_status_known"),
            models.CheckConstraint(
                condition=~Q(legal_status__in=WITH_REASON) | ~Q(consent_line=""),
                name="jurisdiction_entry_tells_the_patient",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="jurisdiction_entry_has_a_source"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_jurisdictiontableversion")

    def __str__(self) -> str:
        return f"{self.ingredient_name}: {self.get_legal_status_display()}"

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this entry."""
        return {
            "ordinal": self.ordinal, "ingredient": self.ingredient_id, "name": self.ingredient_name,
            "legal_status": self.legal_status, "source": self.source, "checked_on": self.checked_on,
            "consent_line": self.consent_line,
        }  # fmt: skip
