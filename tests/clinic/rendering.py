"""Templates of a line or two, as components are tried in them."""

from typing import Any

from django.template import Context, Template


def shown(source: str, **values: Any) -> str:
    """Render `source` with `values`, whitespace collapsed."""
    return " ".join(Template(source).render(Context(values)).split())
