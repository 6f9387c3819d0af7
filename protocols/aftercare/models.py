"""The aftercare leaflet: what a patient takes home, in their language."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
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
from protocols.languages import CODES, LANGUAGES, language_name


class Advice(models.TextChoices):
    """What a paragraph of the leaflet is for."""

    NORMAL = "normal", _("What is normal")
    DO_NOT = "do_not", _("Do not")
    DO = "do", _("Do")
    CALL = "call", _("Call us today")
    EMERGENCY = "emergency", _("Emergency")
    LATER = "later", _("Later")


#: Without these a leaflet leaves its reader alone with what matters most.
ALWAYS = (Advice.NORMAL, Advice.DO_NOT, Advice.CALL, Advice.EMERGENCY)


class AftercareLeafletVersion(Decision):
    """The leaflet in one language."""

    kind = "aftercare_leaflet"
    title_of_kind = _("Aftercare leaflet")
    parts = "paragraphs"
    one_for = "language"

    language = models.CharField(_("language"), max_length=8, choices=LANGUAGES)
    title = models.CharField(_("title"), max_length=120)
    telephone = models.CharField(_("telephone for questions"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("aftercare leaflet version")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("aftercare_leaflet"),
            one_active("aftercare_leaflet", "language"),
            models.UniqueConstraint(fields=["site", "language", "number"], name="aftercare_leaflet_number_once"),
            one_of("language", list(CODES), name="aftercare_leaflet_language_known"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def __str__(self) -> str:
        return f"{self.title} ({language_name(self.language)}) v{self.number}"

    def gaps(self) -> list[str]:
        """A leaflet says what is normal, what not to do, when to call and what is an emergency, and whom to call."""
        said = {paragraph.advice for paragraph in self.paragraphs.all()}
        gaps = [
            _gettext("Nothing is said under “%(part)s”.") % {"part": each.label} for each in ALWAYS if each not in said
        ]
        if not self.telephone:
            gaps.append(_gettext("Say whom the patient calls: the telephone is missing."))
        return gaps


class LeafletParagraph(Part):
    """One paragraph of a leaflet."""

    version = models.ForeignKey(
        AftercareLeafletVersion, models.PROTECT, related_name="paragraphs", verbose_name=_("version")
    )
    advice = models.CharField(_("part"), max_length=10, choices=Advice.choices)
    text = models.CharField(_("text"), max_length=500)

    class Meta:
        verbose_name = _("paragraph of a leaflet")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "ordinal"], name="leaflet_paragraph_ordinal_once"),
            one_of("advice", Advice.values, name="leaflet_paragraph_advice_known"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_aftercareleafletversion")

    def __str__(self) -> str:
        return self.text

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this paragraph."""
        return {"ordinal": self.ordinal, "advice": self.advice, "text": self.text}
