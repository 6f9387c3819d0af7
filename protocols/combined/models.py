"""The combined protocol: PRP and mesotherapy in one session, in one order."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
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


class First(models.TextChoices):
    """Which comes first."""

    PRP = "prp", _("PRP, then mesotherapy")
    MESOTHERAPY = "mesotherapy", _("Mesotherapy, then PRP")


class Receives(models.TextChoices):
    """What a zone receives."""

    PRP = "prp", _("PRP")
    MESOTHERAPY = "mesotherapy", _("Mesotherapy")
    BOTH = "both", _("Both")


class CombinedProtocolVersion(Decision):
    """Order, gap, zones and the cap on the volume of both together."""

    kind = "combined_protocol"
    title_of_kind = _("Combined PRP and mesotherapy protocol")
    touches_consent = True
    parts = "zones"
    needed = False

    title = models.CharField(_("title"), max_length=120)
    begins_with = models.CharField(_("order"), max_length=12, choices=First.choices)
    gap_minutes = models.PositiveSmallIntegerField(_("gap between the two in minutes"))
    total_volume_max_ul = models.PositiveIntegerField(_("most volume of both together in µL"))
    cohort_code = models.CharField(_("cohort code"), max_length=12)
    rationale = models.TextField(_("for whom, and why both"), max_length=1500)

    class Meta:
        verbose_name = _("combined protocol version")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("combined_protocol"),
            one_active("combined_protocol"),
            models.UniqueConstraint(fields=["site", "number"], name="combined_protocol_number_once"),
            one_of("begins_with", First.values, name="combined_protocol_order_known"),
            within("gap_minutes", 0, 240, name="combined_protocol_gap"),
            within("total_volume_max_ul", 500, 30_000, name="combined_protocol_volume"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    def gaps(self) -> list[str]:
        """Both are given somewhere, or it is one treatment and not two."""
        given = {zone.receives for zone in self.zones.all()}
        if Receives.BOTH in given or {Receives.PRP, Receives.MESOTHERAPY} <= given:
            return []
        return [_gettext("Say which zones receive PRP and which mesotherapy.")]


class CombinedZone(Part):
    """What one zone receives."""

    key_field = "zone"

    version = models.ForeignKey(
        CombinedProtocolVersion, models.PROTECT, related_name="zones", verbose_name=_("version")
    )
    zone = models.CharField(_("zone"), max_length=60)
    receives = models.CharField(_("receives"), max_length=12, choices=Receives.choices)

    class Meta:
        verbose_name = _("zone of a combined protocol")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "zone"], name="combined_zone_once"),
            models.UniqueConstraint(fields=["version", "ordinal"], name="combined_zone_ordinal_once"),
            one_of("receives", Receives.values, name="combined_zone_receives_known"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_combinedprotocolversion")

    def __str__(self) -> str:
        return self.zone

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this zone."""
        return {"ordinal": self.ordinal, "zone": self.zone, "receives": self.receives}
