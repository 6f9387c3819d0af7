"""The PRP protocol: how platelet-rich plasma is drawn, spun and injected."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from clinic.constraints import within
from protocols.decisions.models import (
    Decision,
    Part,
    decision_constraints,
    decision_triggers,
    one_active,
    part_triggers,
)


class PrpProtocolVersion(Decision):
    """Blood, anticoagulant, spins, and what is done with the plasma."""

    kind = "prp_protocol"
    title_of_kind = _("PRP protocol")
    touches_consent = True
    parts = "spins"
    needed = False

    title = models.CharField(_("title"), max_length=120)
    eligibility = models.TextField(_("who may be treated"), max_length=1500)
    kit = models.CharField(_("kit or tubes"), max_length=200)
    tubes = models.PositiveSmallIntegerField(_("tubes"))
    blood_ul_per_tube = models.PositiveIntegerField(_("blood in each tube in µL"))
    anticoagulant = models.CharField(_("anticoagulant"), max_length=80)
    anticoagulant_ul_per_tube = models.PositiveIntegerField(_("anticoagulant in each tube in µL"))
    rotor_radius_mm = models.PositiveSmallIntegerField(_("radius of the rotor in mm"))
    layer = models.CharField(_("layer that is taken"), max_length=200)
    activation = models.CharField(_("activation"), max_length=200)
    use_within_minutes = models.PositiveSmallIntegerField(_("from drawing to injecting, in minutes"))
    site_volume_min_ul = models.PositiveSmallIntegerField(_("least volume per site in µL"))
    site_volume_max_ul = models.PositiveSmallIntegerField(_("most volume per site in µL"))
    sessions = models.PositiveSmallIntegerField(_("sessions"))
    interval_days = models.PositiveSmallIntegerField(_("interval of sessions in days"))

    class Meta:
        verbose_name = _("PRP protocol version")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("prp_protocol"),
            one_active("prp_protocol"),
            models.UniqueConstraint(fields=["site", "number"], name="prp_protocol_number_once"),
            within("tubes", 1, 12, name="prp_protocol_tubes"),
            within("blood_ul_per_tube", 1_000, 60_000, name="prp_protocol_blood"),
            within("anticoagulant_ul_per_tube", 0, 10_000, name="prp_protocol_anticoagulant"),
            within("rotor_radius_mm", 30, 300, name="prp_protocol_radius"),
            within("use_within_minutes", 5, 240, name="prp_protocol_use_within"),
            models.CheckConstraint(
                condition=Q(
                    site_volume_min_ul__gte=20, site_volume_max_ul__lte=500,
                    site_volume_max_ul__gte=F("site_volume_min_ul"),
                ),
                name="prp_protocol_site_volume",
            ),
            within("sessions", 1, 12, name="prp_protocol_sessions"),
            within("interval_days", 7, 180, name="prp_protocol_interval"),
        ]  # fmt: skip
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    def gaps(self) -> list[str]:
        """Plasma without a spin is blood."""
        return [] if self.spins.all() else [_gettext("There is no spin yet.")]


class PrpSpin(Part):
    """One spin: force and time. The force is what counts; the speed follows from the rotor."""

    version = models.ForeignKey(PrpProtocolVersion, models.PROTECT, related_name="spins", verbose_name=_("version"))
    force_g = models.PositiveSmallIntegerField(_("force in g"))
    minutes = models.PositiveSmallIntegerField(_("time in minutes"))
    brake = models.BooleanField(_("with brake"), default=False)
    note = models.CharField(_("what is taken on"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("spin")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "ordinal"], name="prp_spin_ordinal_once"),
            within("force_g", 50, 4_000, name="prp_spin_force"),
            within("minutes", 1, 60, name="prp_spin_minutes"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_prpprotocolversion")

    def __str__(self) -> str:
        return f"{self.force_g} g, {self.minutes} min"

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this spin."""
        return {
            "ordinal": self.ordinal, "force_g": self.force_g, "minutes": self.minutes, "brake": self.brake,
            "note": self.note,
        }  # fmt: skip
