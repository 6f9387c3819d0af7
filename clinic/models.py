"""The ground floor's tables, gathered from its slices."""

from clinic.accounts.models import Membership, Site, User
from clinic.amending.models import Amendment, CoSignature
from clinic.checkpoints.models import CheckpointPlace
from clinic.documents.models import Rendering, SealedDocument
from clinic.outbox.models import Alert, DueTick, Heartbeat, OutboxEntry
from clinic.passkeys.models import Passkey
from clinic.roles.models import SchemaChange
from clinic.signing.models import Certification, Signature
from clinic.trail.models import ChainHead, Rollback, TrailEvent, WaitingLook

__all__ = [
    "Alert",
    "Amendment",
    "Certification",
    "ChainHead",
    "CheckpointPlace",
    "CoSignature",
    "DueTick",
    "Heartbeat",
    "Membership",
    "OutboxEntry",
    "Passkey",
    "Rendering",
    "Rollback",
    "SchemaChange",
    "SealedDocument",
    "Signature",
    "Site",
    "TrailEvent",
    "User",
    "WaitingLook",
]
