"""How a tag renders its template: with exactly the values it is given, never the page's context."""

from typing import Any, Protocol

from django.template.loader import get_template
from django.utils.safestring import SafeString


class ContextLike(Protocol):
    """The part of a template's context that a tag needs."""

    def get(self, key: str, otherwise: Any = None, /) -> Any: ...


def render(name: str, /, **values: Any) -> SafeString:
    """Render `templates/components/<name>.html` with `values` alone."""
    return SafeString(get_template(f"components/{name}.html").render(values))


def marks_of(context: ContextLike) -> dict[str, Any]:
    """Return what `{% csrf_token %}` in a tag's template needs of the page's context."""
    return {name: context.get(name) for name in ("csrf_token", "entry_mark", "opened_site")}


def is_blank(content: str) -> bool:
    """Whether a slot was left empty."""
    return not content.strip()
