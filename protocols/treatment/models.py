"""The treatment protocol: one technique, one plan, kept."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import within
from protocols.decisions.models import Decision, decision_constraints, decision_triggers, one_active


class TreatmentProtocolVersion(Decision):
    """Needle, grid, volume per site, intervals and schedule."""

    kind = "treatment_protocol"
    title_of_kind = _("Treatment protocol")

    needle_gauge = models.PositiveSmallIntegerField(_("needle gauge (G)"), choices=[(30, "30G"), (32, "32G")])
    needle_length_mm = models.PositiveSmallIntegerField(_("needle length"), choices=[(4, "4 mm"), (6, "6 mm")])
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
    baseline_photos_within_days = models.PositiveSmallIntegerField(
        _("baseline photographs at most so many days old"), default=14
    )
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
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def gaps(self) -> list[str]:
        """Nothing can be missing: every field is required."""
        return []

    def __str__(self) -> str:
        return str(_("Treatment protocol v%(number)s") % {"number": self.number})
