"""Ingredients, formulations and their versions."""

from protocols.formulations.models.formulations import Formulation
from protocols.formulations.models.ingredients import AllergenClass, Ingredient, PregnancyClass
from protocols.formulations.models.lines import COPIED, FormulationLine, LineRole
from protocols.formulations.models.versions import WHOLE, FormulationVersion, Storage

__all__ = [
    "COPIED",
    "WHOLE",
    "AllergenClass",
    "Formulation",
    "FormulationLine",
    "FormulationVersion",
    "Ingredient",
    "LineRole",
    "PregnancyClass",
    "Storage",
]
