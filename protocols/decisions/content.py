"""What is signed when a version is approved."""

from typing import Any

from protocols.decisions.models import Decision


def content_of(version: Decision) -> dict[str, Any]:
    """Return the whole content of `version`, parts included, in the form that is signed and hashed.

    It holds everything that the version says and nothing that happens to it, so it is the same before and
    after approval: an approval signature's hash is compared with it.
    """
    more = {name: [part.describe() for part in rows] for name, rows in version.more_rows().items()}
    return {
        "kind": version.kind,
        "version": version.pk,
        "site": version.site_id,
        "number": version.number,
        "author": version.author_id,
        "created_at": version.created_at,
        "change_reason": version.change_reason,
        "risk_relevant": version.risk_relevant,
        "reconsent": version.reconsent,
        "effective_from": version.effective_from,
        "content": version.describe(),
        "parts": [part.describe() for part in version.part_rows()],
        **({"more_parts": more} if more else {}),
    }
