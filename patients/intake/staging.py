"""Stages of hair loss, and which of them are for surgical assessment instead of a plan.

Norwood-Hamilton I to VII and Ludwig I to III. Norwood VI-VII and Ludwig III are not treated by
mesotherapy: the patient is referred for surgical assessment (the clinic's founding brief; CI-13).

Both scales describe pattern hair loss. Where a patient comes for something else, "not applicable" is a finding of its
own, said by whoever looked, never an empty field.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Scale(models.TextChoices):
    """The scale that a stage belongs to."""

    NORWOOD = "norwood", _("Norwood–Hamilton")
    LUDWIG = "ludwig", _("Ludwig")
    #: Looked at, and neither scale describes what is there.
    NONE = "none", _("Stage not applicable")


class Pathway(models.TextChoices):
    """The way on from an intake."""

    MESOTHERAPY = "mesotherapy", _("Mesotherapy plan")
    SURGICAL_ASSESSMENT = "surgical_assessment", _("Surgical assessment")


NORWOOD_STAGES = ("I", "II", "IIa", "III", "IIIa", "III-vertex", "IV", "IVa", "V", "Va", "VI", "VII")
LUDWIG_STAGES = ("I", "II", "III")
#: The one "stage" of no scale has no name.
NO_STAGE = ""
STAGES: dict[Scale, tuple[str, ...]] = {
    Scale.NORWOOD: NORWOOD_STAGES, Scale.LUDWIG: LUDWIG_STAGES, Scale.NONE: (NO_STAGE,),
}  # fmt: skip
SURGICAL: dict[Scale, frozenset[str]] = {
    Scale.NORWOOD: frozenset({"VI", "VII"}),
    Scale.LUDWIG: frozenset({"III"}),
    Scale.NONE: frozenset(),
}

#: Each stage in our own words, for choosing; the published charts are copyrighted.
STAGE_WORDS: dict[Scale, dict[str, Promise]] = {
    Scale.NORWOOD: {
        "I": _("Front line as it was; temples hardly receded"),
        "II": _("Temples slightly receded on both sides"),
        "IIa": _("The whole front line slightly moved back"),
        "III": _("Temples deeply receded, bare or thinly covered"),
        "IIIa": _("The whole front line moved back, to about a third"),
        "III-vertex": _("Crown thinning; temples as in II or III"),
        "IV": _("Deep temples and a bare crown, with a broad band of hair between them"),
        "IVa": _("The whole front line moved back past the middle; no separate bare crown"),
        "V": _("Temples and crown wider, the band between them narrow and thin"),
        "Va": _("The whole front line moved back almost to the crown"),
        "VI": _("Temples and crown have joined; the band is gone"),
        "VII": _("Only a low horseshoe of hair is left at the sides and the back"),
    },
    Scale.LUDWIG: {
        "I": _("Slight thinning on top; front line kept"),
        "II": _("Marked thinning on top with a wide parting; front line kept"),
        "III": _("Nearly bare on top; front line mostly kept"),
    },
    Scale.NONE: {NO_STAGE: _("No pattern of loss that Norwood or Ludwig describes")},
}


class UnknownStageError(ValueError):
    """The stage isn't one of its scale."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a scale."""

    scale: Scale
    name: str

    def __post_init__(self) -> None:
        if self.name not in STAGES[self.scale]:
            raise UnknownStageError(f"{self.scale.label} has no stage {self.name!r}")

    @property
    def words(self) -> Promise:
        """What the stage looks like."""
        return STAGE_WORDS[self.scale][self.name]

    @property
    def pathway(self) -> Pathway:
        """Where this stage leads."""
        return Pathway.SURGICAL_ASSESSMENT if self.name in SURGICAL[self.scale] else Pathway.MESOTHERAPY
