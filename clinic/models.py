"""The ground floor's tables, gathered from its slices."""

from clinic.accounts.models import Membership, Site, User
from clinic.documents.models import Rendering, SealedDocument
from clinic.outbox.models import Alert, DueTick, Heartbeat, OutboxEntry
from clinic.signing.models import Signature
from clinic.trail.models import ChainHead, TrailEvent

__all__ = [
    "Alert",
    "ChainHead",
    "DueTick",
    "Heartbeat",
    "Membership",
    "OutboxEntry",
    "Rendering",
    "SealedDocument",
    "Signature",
    "Site",
    "TrailEvent",
    "User",
]
