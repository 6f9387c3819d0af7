"""Ingredients, formulations and their versions."""

from protocols.formulations.models.formulations import Formulation
from protocols.formulations.models.ingredients import AllergenClass, HazardClass, Ingredient, PregnancyClass
from protocols.formulations.models.lines import COPIED, FormulationLine, LineRole
from protocols.formulations.models.parts import MOST_HOURS_KEPT, FormulationStep, StorageLimit
from protocols.formulations.models.versions import (
    USUAL_STORAGE,
    WHOLE,
    DosageForm,
    FormulationVersion,
    PatientUse,
    Storage,
)

__all__ = [
    "COPIED",
    "MOST_HOURS_KEPT",
    "USUAL_STORAGE",
    "WHOLE",
    "AllergenClass",
    "DosageForm",
    "Formulation",
    "FormulationLine",
    "FormulationStep",
    "FormulationVersion",
    "HazardClass",
    "Ingredient",
    "LineRole",
    "PatientUse",
    "PregnancyClass",
    "Storage",
    "StorageLimit",
]
