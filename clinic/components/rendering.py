"""How a tag renders its template: with exactly the values it is given, never the page's context."""

from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString


def render(name: str, /, **values: Any) -> SafeString:
    """Render `templates/components/<name>.html` with `values` alone."""
    return SafeString(get_template(f"components/{name}.html").render(values))


def is_blank(content: str) -> bool:
    """Whether a slot was left empty."""
    return not content.strip()
