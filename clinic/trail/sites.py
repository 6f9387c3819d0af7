"""Sites as commands name them: their number, which chains and checkpoints go by, with code and name."""

import re
from collections.abc import Mapping

from clinic.accounts.models import Site

_NUMBER = re.compile(r"\bsite (\d+)\b(?! \()")


def site_names() -> dict[int, str]:
    """Return every site by its number, as in `site 1 (N, Site North)`; one query."""
    return {site.pk: f"site {site.pk} ({site.code}, {site.name})" for site in Site.objects.order_by("pk")}


def with_names(text: str, names: Mapping[int, str]) -> str:
    """Return what the verifier says, which knows sites by their numbers alone, with their names."""
    return _NUMBER.sub(lambda found: names.get(int(found[1]), found[0]), text)
