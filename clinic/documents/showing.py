"""What screens show of a sealed document's snapshot."""

from typing import Any

from clinic.documents.models import SealedDocument
from clinic.documents.registry import UnknownKindError, kind_named


def sections_of(document: SealedDocument, content: dict[str, Any], *, sound: bool) -> list[dict[str, Any]]:
    """Return the sections of `content`, the snapshot of `document`, as every page shows them.

    Of one that isn't `sound`, that is what was sealed, only those that it says itself: it may say anything.
    """
    try:
        on_screen = kind_named(document.kind).on_screen
    except UnknownKindError:  # no longer made, but what was sealed stays readable
        on_screen = None
    said: list[dict[str, Any]] = content.get("sections") or []
    return on_screen(content) if on_screen is not None and sound else said
