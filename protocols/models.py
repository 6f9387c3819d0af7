"""The room's tables, gathered from its slices."""

from protocols.aftercare.models import AftercareLeafletVersion, LeafletParagraph
from protocols.audit_rules.models import AuditLimit, AuditRulesVersion
from protocols.checklists.models import ChecklistItem, ChecklistVersion
from protocols.combined.models import CombinedProtocolVersion, CombinedZone
from protocols.consents.models import ConsentScriptVersion, ExpectationStatement
from protocols.formulations.models import (
    Formulation,
    FormulationLine,
    FormulationStep,
    FormulationVersion,
    Ingredient,
    StorageLimit,
)
from protocols.jurisdiction.models import JurisdictionEntry, JurisdictionTableVersion
from protocols.opening.models import SetUp, SetUpEnd
from protocols.photos.models import PhotoProtocolVersion, PhotoView, PreparationPoint
from protocols.prp.models import PrpProtocolVersion, PrpSpin
from protocols.responses.models import ComplicationResponseVersion, ResponseStep
from protocols.risk.models import ReadReceipt, RiskChange
from protocols.treatment.models import AnaesthesiaChoice, TreatmentProtocolVersion

__all__ = [
    "AftercareLeafletVersion",
    "AnaesthesiaChoice",
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
    "FormulationStep",
    "FormulationVersion",
    "Ingredient",
    "JurisdictionEntry",
    "JurisdictionTableVersion",
    "LeafletParagraph",
    "PhotoProtocolVersion",
    "PhotoView",
    "PreparationPoint",
    "PrpProtocolVersion",
    "PrpSpin",
    "ReadReceipt",
    "ResponseStep",
    "RiskChange",
    "SetUp",
    "SetUpEnd",
    "StorageLimit",
    "TreatmentProtocolVersion",
]
