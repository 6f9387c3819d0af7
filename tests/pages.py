"""What a page says, as somebody reads it."""

import html
import re
from typing import Any


def words(response: Any) -> str:
    """Return the page's words: tags away, entities as letters, spaces single."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def source(response: Any) -> str:
    """Return the page's source, tags and all: entities as letters, spaces single."""
    return " ".join(html.unescape(response.content.decode()).split())
