"""Reads of consent scripts."""

from collections.abc import Sequence

from clinic.accounts.models import Site
from protocols.consents.models import ConsentScriptVersion


def scripts_in_force(site: Site) -> list[ConsentScriptVersion]:
    """Return the scripts in force at `site`, the English one in front, statements loaded."""
    scripts = ConsentScriptVersion.objects.for_site(site).active().select_related("author", "approved_by")
    return sorted(scripts.prefetch_related("statements"), key=lambda script: (script.language != "en", script.language))


def in_language(scripts: Sequence[ConsentScriptVersion], language: str) -> ConsentScriptVersion | None:
    """Return the script in `language`, else the first; None where there is none."""
    return next((script for script in scripts if script.language == language), scripts[0] if scripts else None)
