"""What this room prints: each approved version, from its sealed snapshot."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from clinic.accounts.permissions import Permission
from clinic.documents.registry import register
from protocols.aftercare import showing as _aftercare  # noqa: F401 - says how its versions are shown
from protocols.audit_rules import showing as _audit_rules  # noqa: F401
from protocols.checklists import showing as _checklists  # noqa: F401
from protocols.combined import showing as _combined  # noqa: F401
from protocols.consents import showing as _consents  # noqa: F401
from protocols.decisions.ending import what_followed, why_ended
from protocols.formulations import showing as _formulations  # noqa: F401
from protocols.jurisdiction import showing as _jurisdiction  # noqa: F401
from protocols.kinds import KINDS
from protocols.photos import showing as _photos  # noqa: F401
from protocols.prp import showing as _prp  # noqa: F401
from protocols.responses import showing as _responses  # noqa: F401
from protocols.treatment import showing as _treatment  # noqa: F401

#: Where the title of a kind says what a patient's record is called too.
TITLES = {"checklist_version": _("Contraindication checklist, the protocol")}

register(
    "read_receipt", title=_("Read and understood"), permissions=(Permission.VIEW_PROTOCOLS, Permission.VIEW_DOCUMENTS)
)
for model in KINDS:
    register(
        model.kind, title=TITLES.get(model.kind, model.title_of_kind), template="documents/decision.html",
        permissions=(Permission.VIEW_PROTOCOLS, Permission.VIEW_DOCUMENTS), ended=partial(why_ended, model),
        followed=partial(what_followed, model),
    )  # fmt: skip
