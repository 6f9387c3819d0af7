"""The room's tables, gathered from its slices."""

from protocols.checklists.models import ChecklistItem, ChecklistVersion
from protocols.consents.models import ConsentScriptVersion, ExpectationStatement
from protocols.formulations.models import Formulation, FormulationLine, FormulationVersion, Ingredient
from protocols.photos.models import PhotoProtocolVersion, PhotoView
from protocols.treatment.models import TreatmentProtocolVersion

__all__ = [
    "ChecklistItem",
    "ChecklistVersion",
    "ConsentScriptVersion",
    "ExpectationStatement",
    "Formulation",
    "FormulationLine",
    "FormulationVersion",
    "Ingredient",
    "PhotoProtocolVersion",
    "PhotoView",
    "TreatmentProtocolVersion",
]
