"""The room's tables, gathered from its slices."""

from protocols.aftercare.models import AftercareLeafletVersion, LeafletParagraph
from protocols.audit_rules.models import AuditLimit, AuditRulesVersion
from protocols.checklists.models import ChecklistItem, ChecklistVersion
from protocols.combined.models import CombinedProtocolVersion, CombinedZone
from protocols.consents.models import ConsentScriptVersion, ExpectationStatement
from protocols.formulations.models import Formulation, FormulationLine, FormulationVersion, Ingredient
from protocols.photos.models import PhotoProtocolVersion, PhotoView
from protocols.prp.models import PrpProtocolVersion, PrpSpin
from protocols.responses.models import ComplicationResponseVersion, ResponseStep
from protocols.treatment.models import TreatmentProtocolVersion

__all__ = [
    "AftercareLeafletVersion",
    "AuditLimit",
    "AuditRulesVersion",
    "ChecklistItem",
    "ChecklistVersion",
    "CombinedProtocolVersion",
    "CombinedZone",
    "ComplicationResponseVersion",
    "ConsentScriptVersion",
    "ExpectationStatement",
    "Formulation",
    "FormulationLine",
    "FormulationVersion",
    "Ingredient",
    "LeafletParagraph",
    "PhotoProtocolVersion",
    "PhotoView",
    "PrpProtocolVersion",
    "PrpSpin",
    "ResponseStep",
    "TreatmentProtocolVersion",
]
