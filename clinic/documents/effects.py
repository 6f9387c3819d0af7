"""What the outbox does for documents: each sealed document gets its one PDF."""

from datetime import datetime

from clinic.documents.models import SealedDocument
from clinic.outbox.registry import Payload, effect


@effect("documents.render", attempts=6)
def render(payload: Payload, *, at: datetime) -> None:
    """Render, seal and store the PDF of one document; a document that has one is left alone."""
    # WeasyPrint takes half a second to load: only the worker, which loads it before it forks, pays for it.
    from clinic.documents.making import make_rendering

    make_rendering(document=SealedDocument.objects.get(pk=payload["document_id"]), at=at)
