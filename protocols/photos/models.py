"""The photo protocol: how the patient is prepared, which views, how each is taken, and how good it has to be."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
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
from protocols.photos.completeness import photo_gaps
from protocols.photos.outlines import Outline
from protocols.photos.thresholds import BASELINE_DAYS, LONG_SIDE_PX, SHARPNESS, TENTH_PERCENT


class PhotoProtocolVersion(Decision):
    """The standard set of photographs."""

    kind = "photo_protocol"
    title_of_kind = _("Photo protocol")
    touches_consent = True
    parts = "views"
    more_parts = ("points",)

    title = models.CharField(_("title"), max_length=120)
    preparation = models.TextField(_("preparation, room, camera and light"), max_length=2000)
    #: How long before the first session; like the thresholds, open in versions written before it was asked.
    baseline_window_days = models.PositiveSmallIntegerField(
        _("baseline at most so many days before session 1"), null=True, blank=True
    )
    audit_window_days = models.PositiveSmallIntegerField(_("window of the month-6 photographs in days"), default=21)
    least_long_side_px = models.PositiveSmallIntegerField(_("least pixels on the long side"), null=True, blank=True)
    least_sharpness = models.PositiveSmallIntegerField(_("least sharpness"), null=True, blank=True)
    most_highlights_tenth_percent = models.PositiveSmallIntegerField(
        _("most burnt-out highlights, in tenths of a per cent"), null=True, blank=True
    )
    most_shadows_tenth_percent = models.PositiveSmallIntegerField(
        _("most black shadows, in tenths of a per cent"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("photo protocol version")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("photo_protocol"),
            one_active("photo_protocol"),
            models.UniqueConstraint(fields=["site", "number"], name="photo_protocol_number_once"),
            within("audit_window_days", 0, 60, name="photo_protocol_window"),
            within("baseline_window_days", *BASELINE_DAYS, name="photo_protocol_baseline_window"),
            within("least_long_side_px", *LONG_SIDE_PX, name="photo_protocol_long_side"),
            within("least_sharpness", *SHARPNESS, name="photo_protocol_sharpness"),
            within("most_highlights_tenth_percent", *TENTH_PERCENT, name="photo_protocol_highlights"),
            within("most_shadows_tenth_percent", *TENTH_PERCENT, name="photo_protocol_shadows"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    def gaps(self) -> list[str]:
        """A photo set needs a view that is always taken, and points by which the patient is prepared."""
        return photo_gaps([view.required for view in self.views.all()], points=len(self.points.all()))

    def describe(self) -> dict[str, Any]:
        """Return the fields that are signed; what a version leaves open isn't among them."""
        return {name: value for name, value in super().describe().items() if value is not None}


class PhotoView(Part):
    """One view of the set."""

    key_field = "code"

    version = models.ForeignKey(PhotoProtocolVersion, models.PROTECT, related_name="views", verbose_name=_("version"))
    code = models.SlugField(_("code"), max_length=24)
    name = models.CharField(_("view"), max_length=60)
    instruction = models.CharField(_("how it is taken"), max_length=300, blank=True)
    required = models.BooleanField(_("required"), default=True)
    outline = models.CharField(_("outline drawing"), max_length=12, choices=Outline.choices, blank=True)

    class Meta:
        verbose_name = _("photo view")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "code"], name="photo_view_code_once"),
            models.UniqueConstraint(fields=["version", "ordinal"], name="photo_view_ordinal_once"),
            one_of("outline", ["", *Outline.values], name="photo_view_outline_known"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_photoprotocolversion")

    def __str__(self) -> str:
        return self.name

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this view."""
        return {
            "ordinal": self.ordinal, "code": self.code, "name": self.name, "instruction": self.instruction,
            "required": self.required, **({"outline": self.outline} if self.outline else {}),
        }  # fmt: skip


class PreparationPoint(Part):
    """One point by which the patient is prepared, ticked at every set."""

    version = models.ForeignKey(PhotoProtocolVersion, models.PROTECT, related_name="points", verbose_name=_("version"))
    text = models.CharField(_("point"), max_length=160)
    asks_note = models.BooleanField(_("asks for a note"), default=False)

    class Meta:
        verbose_name = _("preparation point")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "ordinal"], name="preparation_point_ordinal_once"),
            models.CheckConstraint(condition=~models.Q(text=""), name="preparation_point_says_what"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_photoprotocolversion")

    def __str__(self) -> str:
        return self.text

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this point."""
        return {"ordinal": self.ordinal, "text": self.text, "asks_note": self.asks_note}
