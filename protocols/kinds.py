"""The kinds of documented decision."""

from protocols.checklists.models import ChecklistVersion
from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.models import Decision
from protocols.formulations.models import FormulationVersion
from protocols.photos.models import PhotoProtocolVersion
from protocols.treatment.models import TreatmentProtocolVersion

#: Of these exactly one version is in force at a site.
SINGLE: tuple[type[Decision], ...] = (
    TreatmentProtocolVersion,
    ChecklistVersion,
    ConsentScriptVersion,
    PhotoProtocolVersion,
)
#: All of them, in the order in which a site needs them.
KINDS: tuple[type[Decision], ...] = (FormulationVersion, *SINGLE)


def kind_named(name: str) -> type[Decision] | None:
    """Return the kind `name`, None for an unknown one."""
    return next((model for model in KINDS if model.kind == name), None)
