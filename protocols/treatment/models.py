"""The treatment protocol: one technique, one plan, kept."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of, within
from protocols.decisions.models import (
    Decision,
    Part,
    decision_constraints,
    decision_triggers,
    one_active,
    part_triggers,
)


class TreatmentProtocolVersion(Decision):
    """Needle, grid, volume per site, intervals and schedule."""

    kind = "treatment_protocol"
    title_of_kind = _("Treatment protocol")
    touches_consent = True
    parts = "anaesthesia_choices"

    needle_gauge = models.PositiveSmallIntegerField(_("needle gauge (G)"), choices=[(30, "30G"), (32, "32G")])
    needle_length_mm = models.PositiveSmallIntegerField(_("needle length"), choices=[(4, "4 mm"), (6, "6 mm")])
    #: How deep, in tenths of a millimetre; like all that came later, open in versions written before it was asked.
    depth_tenth_mm = models.PositiveSmallIntegerField(_("depth in tenths of a mm"), null=True, blank=True)
    zones = models.TextField(_("zones, one a line"), max_length=1000, blank=True)
    grid_spacing_mm = models.PositiveSmallIntegerField(_("grid spacing in mm"), default=10)
    site_volume_min_ul = models.PositiveSmallIntegerField(_("least volume per site in µL"), default=50)
    site_volume_max_ul = models.PositiveSmallIntegerField(_("most volume per site in µL"), default=100)
    loading_count = models.PositiveSmallIntegerField(_("loading sessions"), default=4)
    loading_interval_days = models.PositiveSmallIntegerField(_("interval of loading sessions in days"), default=28)
    window_days = models.PositiveSmallIntegerField(_("window around a due date in days"), default=7)
    audit_after_months = models.PositiveSmallIntegerField(_("photo audit after months"), default=6)
    maintenance_first_year_months = models.PositiveSmallIntegerField(
        _("maintenance interval in year 1, in months"), default=3
    )
    maintenance_later_months = models.PositiveSmallIntegerField(_("maintenance interval later, in months"), default=6)
    #: Said by the photo protocol now; what a version written before says holds where the photo protocol is silent.
    baseline_photos_within_days = models.PositiveSmallIntegerField(
        _("baseline photographs at most so many days old"), null=True, blank=True
    )
    preparation_minutes = models.PositiveSmallIntegerField(_("preparation and consent, min"), null=True, blank=True)
    anaesthesia_minutes = models.PositiveSmallIntegerField(_("anaesthesia, min"), null=True, blank=True)
    injection_minutes = models.PositiveSmallIntegerField(_("injection at most, min"), null=True, blank=True)
    briefing_minutes = models.PositiveSmallIntegerField(_("briefing, min"), null=True, blank=True)
    late_response = models.TextField(_("response to late visits"), max_length=1000, blank=True)
    anaesthesia = models.CharField(_("anaesthesia"), max_length=300)

    class Meta:
        verbose_name = _("treatment protocol version")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("treatment_protocol"),
            one_active("treatment_protocol"),
            models.UniqueConstraint(fields=["site", "number"], name="treatment_protocol_number_once"),
            models.CheckConstraint(condition=Q(needle_gauge__in=[30, 32]), name="treatment_protocol_gauge"),
            models.CheckConstraint(condition=Q(needle_length_mm__in=[4, 6]), name="treatment_protocol_length"),
            within("grid_spacing_mm", 5, 20, name="treatment_protocol_grid"),
            models.CheckConstraint(
                condition=Q(
                    site_volume_min_ul__gte=20,
                    site_volume_max_ul__lte=200,
                    site_volume_max_ul__gte=F("site_volume_min_ul"),
                ),
                name="treatment_protocol_site_volume",
            ),
            within("loading_count", 1, 12, name="treatment_protocol_loading_count"),
            within("loading_interval_days", 7, 90, name="treatment_protocol_interval"),
            within("window_days", 0, 30, name="treatment_protocol_window"),
            within("audit_after_months", 1, 24, name="treatment_protocol_audit_after"),
            within("maintenance_first_year_months", 1, 12, name="treatment_protocol_first_year"),
            within("maintenance_later_months", 1, 24, name="treatment_protocol_later"),
            within("baseline_photos_within_days", 1, 90, name="treatment_protocol_baseline_photos"),
            within("depth_tenth_mm", 5, 60, name="treatment_protocol_depth"),
            within("preparation_minutes", 1, 60, name="treatment_protocol_preparation"),
            within("anaesthesia_minutes", 0, 120, name="treatment_protocol_anaesthesia_time"),
            within("injection_minutes", 1, 120, name="treatment_protocol_injection"),
            within("briefing_minutes", 1, 60, name="treatment_protocol_briefing"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def gaps(self) -> list[str]:
        """The fields are required one by one; which anaesthesia may be given is said choice by choice."""
        return [] if self.anaesthesia_choices.all() else [_gettext("No choice of anaesthesia is written yet.")]

    def __str__(self) -> str:
        return str(_("Treatment protocol v%(number)s") % {"number": self.number})


class Way(models.TextChoices):
    """How anaesthesia is given."""

    NONE = "none", _("None, or cold")
    TOPICAL = "topical", _("Topical")
    INFILTRATION = "infiltration", _("Infiltration")
    BLOCK = "block", _("Nerve or ring block")


class AnaesthesiaChoice(Part):
    """One choice: the agent, how it is given, and the most of it, by weight and in all.

    What is mixed into the formulation counts towards the same ceiling.
    """

    version = models.ForeignKey(
        TreatmentProtocolVersion, models.PROTECT, related_name="anaesthesia_choices", verbose_name=_("version")
    )
    way = models.CharField(_("how it is given"), max_length=12, choices=Way.choices)
    agent = models.CharField(_("agent and strength"), max_length=120)
    #: Milligrams for each kilogram of body weight, in tenths; and in all.
    most_tenth_mg_per_kg = models.PositiveSmallIntegerField(_("most, in tenths of mg/kg"), null=True, blank=True)
    most_mg = models.PositiveSmallIntegerField(_("most in mg"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("choice of anaesthesia")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "ordinal"], name="anaesthesia_choice_ordinal_once"),
            one_of("way", Way.values, name="anaesthesia_choice_way_known"),
            within("most_tenth_mg_per_kg", 1, 200, name="anaesthesia_choice_by_weight"),
            within("most_mg", 1, 2_000, name="anaesthesia_choice_in_all"),
            models.CheckConstraint(
                # What is injected has a ceiling, always.
                condition=Q(way__in=["none", "topical"]) | Q(most_tenth_mg_per_kg__isnull=False, most_mg__isnull=False),
                name="anaesthesia_choice_injected_has_a_ceiling",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_treatmentprotocolversion")

    def __str__(self) -> str:
        return f"{self.get_way_display()}: {self.agent}"

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this choice."""
        return {
            "ordinal": self.ordinal, "agent": self.agent, "way": self.way, "most_mg": self.most_mg,
            "most_tenth_mg_per_kg": self.most_tenth_mg_per_kg, "note": self.note,
        }  # fmt: skip
