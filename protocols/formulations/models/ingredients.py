"""The substances that formulations are made of."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of
from clinic.frozen import Mutability
from clinic.scoping import SiteQuerySet
from clinic.submissions import Submitted, Versioned
from protocols.decisions.states import State

#: The lines of formulations: those of drafts don't hold an ingredient fast.
LINES = "protocols.FormulationLine"


class AllergenClass(models.TextChoices):
    """What a hypersensitivity is matched on besides the ingredient itself."""

    NONE = "none", _("None known")
    LOCAL_ANAESTHETIC = "local_anaesthetic", _("Local anaesthetic, amide type")
    B_VITAMIN = "b_vitamin", _("B vitamin")
    HYALURONIC_ACID = "hyaluronic_acid", _("Hyaluronic acid")
    PEPTIDE = "peptide", _("Peptide")
    PRESERVATIVE = "preservative", _("Preservative")
    PLANT = "plant", _("Plant extract")
    OTHER = "other", _("Other")


class PregnancyClass(models.TextChoices):
    """What pregnancy, its possibility or breastfeeding means for a formulation with the ingredient."""

    NO_CONCERN = "no_concern", _("No known concern")
    CLEARANCE = "clearance", _("Only with a prescriber's clearance")
    CONTRAINDICATED = "contraindicated", _("Contraindicated (5-alpha-reductase inhibitor or class X)")


class HazardClass(models.TextChoices):
    """What the ingredient means for whoever prepares it. A proposal that the clinic must confirm."""

    NONE = "none", _("None known")
    CONTACT = "contact", _("Avoid contact: gloves and eye protection")
    HAZARDOUS = "hazardous", _("Hazardous drug: nobody who is or may be pregnant prepares it")


class Ingredient(Submitted, Versioned):
    """A substance that formulations are made of; versions copy what they need of it."""

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="ingredients", verbose_name=_("site"))
    name = models.CharField(_("substance"), max_length=80)
    concentration = models.CharField(
        _("concentration"), max_length=40, help_text=_("As on the product, such as 5 mg/mL.")
    )
    allergen_class = models.CharField(
        _("allergen class"), max_length=20, choices=AllergenClass.choices, default=AllergenClass.NONE
    )
    pregnancy_class = models.CharField(
        _("pregnancy class"), max_length=20, choices=PregnancyClass.choices, default=PregnancyClass.NO_CONCERN
    )
    #: "" where nobody has said it: ingredients of before.
    hazard_class = models.CharField(_("hazard class"), max_length=12, choices=HazardClass.choices, blank=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("ingredient")
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["site", "name", "concentration"], name="ingredient_once"),
            one_of("allergen_class", AllergenClass.values, name="ingredient_allergen_known"),
            one_of("pregnancy_class", PregnancyClass.values, name="ingredient_pregnancy_known"),
            one_of("hazard_class", ["", *HazardClass.values], name="ingredient_hazard_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.concentration}"

    def in_use(self) -> bool:
        """Whether anything but drafts refers to it, in whichever room: lines sent to review, stock, measurements."""
        for relation in self._meta.related_objects:
            rows = relation.related_model._default_manager.filter(**{relation.field.name: self})
            if relation.related_model._meta.label == LINES:
                rows = rows.exclude(version__status=State.DRAFT)
            if rows.exists():
                return True
        return False
