"""The photo protocol: which views, and how each is taken."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
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
from protocols.photos.completeness import photo_gaps


class PhotoProtocolVersion(Decision):
    """The standard set of photographs."""

    kind = "photo_protocol"
    title_of_kind = _("Photo protocol")
    touches_consent = True
    parts = "views"

    title = models.CharField(_("title"), max_length=120)
    preparation = models.TextField(_("preparing the patient"), max_length=2000)
    audit_window_days = models.PositiveSmallIntegerField(_("window of the month-6 photographs in days"), default=21)

    class Meta:
        verbose_name = _("photo protocol version")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("photo_protocol"),
            one_active("photo_protocol"),
            models.UniqueConstraint(fields=["site", "number"], name="photo_protocol_number_once"),
            within("audit_window_days", 0, 60, name="photo_protocol_window"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    def gaps(self) -> list[str]:
        """A photo set needs at least one view that is always taken."""
        return photo_gaps([view.required for view in self.views.all()])


class PhotoView(Part):
    """One view of the set."""

    key_field = "code"

    version = models.ForeignKey(PhotoProtocolVersion, models.PROTECT, related_name="views", verbose_name=_("version"))
    code = models.SlugField(_("code"), max_length=24)
    name = models.CharField(_("view"), max_length=60)
    instruction = models.CharField(_("how it is taken"), max_length=300, blank=True)
    required = models.BooleanField(_("required"), default=True)

    class Meta:
        verbose_name = _("photo view")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "code"], name="photo_view_code_once"),
            models.UniqueConstraint(fields=["version", "ordinal"], name="photo_view_ordinal_once"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_photoprotocolversion")

    def __str__(self) -> str:
        return self.name

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this view."""
        return {
            "ordinal": self.ordinal, "code": self.code, "name": self.name, "instruction": self.instruction,
            "required": self.required,
        }  # fmt: skip
