"""The kinds of documented decision."""

from protocols.aftercare.models import AftercareLeafletVersion
from protocols.audit_rules.models import AuditRulesVersion
from protocols.checklists.models import ChecklistVersion
from protocols.combined.models import CombinedProtocolVersion
from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.models import Decision
from protocols.formulations.models import FormulationVersion
from protocols.jurisdiction.models import JurisdictionTableVersion
from protocols.photos.models import PhotoProtocolVersion
from protocols.prp.models import PrpProtocolVersion
from protocols.responses.models import ComplicationResponseVersion
from protocols.treatment.models import TreatmentProtocolVersion

#: Of these one version is in force at a site.
SINGLE: tuple[type[Decision], ...] = (
    JurisdictionTableVersion,
    TreatmentProtocolVersion,
    ChecklistVersion,
    PhotoProtocolVersion,
    PrpProtocolVersion,
    CombinedProtocolVersion,
    AuditRulesVersion,
)
#: Of these one for each language or complication.
SEVERAL: tuple[type[Decision], ...] = (ConsentScriptVersion, AftercareLeafletVersion, ComplicationResponseVersion)
#: All of them, in the order in which a site needs them.
KINDS: tuple[type[Decision], ...] = (
    SINGLE[0], FormulationVersion, *SINGLE[1:3], SEVERAL[0], SINGLE[3], *SEVERAL[1:], *SINGLE[4:],
)  # fmt: skip


def kind_named(name: str) -> type[Decision] | None:
    """Return the kind `name`, None for an unknown one."""
    return next((model for model in KINDS if model.kind == name), None)
