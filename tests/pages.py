"""What a page says, as somebody reads it."""

import html
import re
from typing import Any

from clinic.accounts.carrying import CARRIED_FIELD, Carried, opened


def leads_back(response: Any) -> str:
    """Return where *Cancel* leads on a page with a form; "" where there is none."""
    found = re.search(r'<a class="btn btn-quiet" href="([^"]+)"><span>Cancel</span>', response.content.decode())
    return found[1] if found else ""


def words(response: Any) -> str:
    """Return the page's words: tags away, entities as letters, spaces single."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", whole(response.content.decode()))).split())


def whole(text: str) -> str:
    """Return a page's source without the tags that only keep an amount, a date or a number on one line."""
    return re.sub(r'<span class="nowrap">([^<]*)</span>', r"\1", text)


def signature_states(response: Any) -> list[str]:
    """Return what the page calls its signatures, one after the other."""
    return re.findall(r"(Valid|Superseded|Revoked|Doesn't verify)(?:: tell the manager)?</span>", source(response))


def source(response: Any) -> str:
    """Return the page's source, tags and all: entities as letters, spaces single."""
    return " ".join(html.unescape(response.content.decode()).split())


def carried_by(response: Any) -> Carried:
    """Return what a page that asks to sign in again carries, which nobody reads in its source."""
    return carried_in(response.content.decode())


def carried_in(page: str) -> Carried:
    """Return the same of a page's source."""
    found = re.search(rf'name="{CARRIED_FIELD}" value="([^"]+)"', page)
    carried = opened(found[1]) if found else None
    assert carried is not None, "the page carries nothing"
    return carried


def pushed(response: Any) -> list[tuple[str, str]]:
    """Return the page's primary links, each with where it leads and what it says."""
    return re.findall(r'<a class="btn btn-primary" href="([^"]+)"[^>]*>.*?<span>([^<]+)</span>', source(response))


def banners(response: Any) -> list[str]:
    """Return the titles of the page's banners, from the top; those that it keeps for a lost connection come last."""
    return [title.strip() for title in re.findall(r'<p class="banner-title">(.*?)</p>', source(response))]
