"""The ingredients of a version, line by line."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of, within
from protocols.decisions.models import Part, part_triggers
from protocols.formulations.models.ingredients import AllergenClass, HazardClass, Ingredient, PregnancyClass
from protocols.formulations.models.versions import FormulationVersion


class LineRole(models.TextChoices):
    """What an ingredient is there for."""

    ACTIVE = "active", _("Active")
    VEHICLE = "vehicle", _("Vehicle")
    DILUENT = "diluent", _("Diluent")
    BUFFER = "buffer", _("Buffer")
    ANAESTHETIC = "anaesthetic", _("Anaesthetic")


#: What a line copies of its ingredient: field of the line, field of the ingredient.
COPIED = {
    "ingredient_name": "name",
    "concentration": "concentration",
    "allergen_class": "allergen_class",
    "pregnancy_class": "pregnancy_class",
    "hazard_class": "hazard_class",
}


class FormulationLine(Part):
    """One ingredient of a version: microlitres in each millilitre, and the tolerance when measuring.

    The ingredient's name and classes are copied, so that renaming it can't alter what was approved.
    """

    key_field = "ingredient_id"

    version = models.ForeignKey(FormulationVersion, models.PROTECT, related_name="lines", verbose_name=_("version"))
    ingredient = models.ForeignKey(Ingredient, models.PROTECT, related_name="lines", verbose_name=_("ingredient"))
    ingredient_name = models.CharField(_("substance"), max_length=80)
    concentration = models.CharField(_("concentration"), max_length=40)
    allergen_class = models.CharField(_("allergen class"), max_length=20, choices=AllergenClass.choices)
    pregnancy_class = models.CharField(_("pregnancy class"), max_length=20, choices=PregnancyClass.choices)
    hazard_class = models.CharField(_("hazard class"), max_length=12, choices=HazardClass.choices, blank=True)
    role = models.CharField(_("role"), max_length=12, choices=LineRole.choices, blank=True)
    volume_ul_per_ml = models.PositiveSmallIntegerField(_("µL per mL"), null=True, blank=True)
    tolerance_percent = models.DecimalField(_("tolerance ± %"), max_digits=4, decimal_places=1, null=True, blank=True)
    #: The products that may be used, as they are received; any where none is named.
    products = models.JSONField(_("allowed products"), default=list, blank=True)
    incompatibilities = models.CharField(_("incompatible with"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("formulation line")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "ingredient"], name="formulation_line_ingredient_once"),
            models.UniqueConstraint(fields=["version", "ordinal"], name="formulation_line_ordinal_once"),
            one_of("role", ["", *LineRole.values], name="formulation_line_role_known"),
            one_of("allergen_class", AllergenClass.values, name="formulation_line_allergen_known"),
            one_of("pregnancy_class", PregnancyClass.values, name="formulation_line_pregnancy_known"),
            one_of("hazard_class", ["", *HazardClass.values], name="formulation_line_hazard_known"),
            within("volume_ul_per_ml", 1, 1000, name="formulation_line_volume_sane"),
            models.CheckConstraint(
                condition=Q(tolerance_percent=None) | Q(tolerance_percent__gte="0.1", tolerance_percent__lte=25),
                name="formulation_line_tolerance_sane",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_formulationversion")

    def __str__(self) -> str:
        return f"{self.ingredient_name} {self.volume_ul_per_ml or 0} µL/mL"

    def is_current(self) -> bool:
        """Whether the copies still say what the ingredient says; reads the ingredient."""
        return all(getattr(self, copy) == getattr(self.ingredient, original) for copy, original in COPIED.items())

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this line; what it leaves open isn't named, as before there was room for it."""
        more = {name: getattr(self, name) for name in ("hazard_class", "products", "incompatibilities")}
        return {
            "ordinal": self.ordinal,
            "ingredient": self.ingredient_id,
            "name": self.ingredient_name,
            "concentration": self.concentration,
            "role": self.role,
            "allergen_class": self.allergen_class,
            "pregnancy_class": self.pregnancy_class,
            "volume_ul_per_ml": self.volume_ul_per_ml,
            "tolerance_percent": self.tolerance_percent,
            **{name: value for name, value in more.items() if value},
        }
