"""Status in the clinic's six kinds, always as colour, icon and word: chips, banners, messages."""

from collections.abc import Iterable
from typing import NamedTuple

from django.template import Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clinic.components.icons import icon
from clinic.components.rendering import render

register = Library()

# What each kind says: halt; a person must decide; time must pass or somebody else act; go on; over; no judgement.
ICONS = {
    "stop": "cross",
    "ask": "question",
    "wait": "clock",
    "ready": "arrow-right",
    "done": "check",
    "plain": "dot",
}
BANNER_ICONS = ICONS | {"stop": "warning", "ready": "info", "plain": "info"}
KIND_OF_LEVEL = {"debug": "plain", "info": "ready", "success": "done", "warning": "ask", "error": "stop"}


class Reason(NamedTuple):
    """Something that stands in the way, and where it is mended."""

    text: str
    url: str = ""


def checked_kind(kind: str) -> str:
    """Return `kind`; ValueError unless it is one of the six."""
    if kind not in ICONS:
        raise ValueError(f"{kind!r} is no status; one of {', '.join(ICONS)}")
    return kind


# Lists show a chip in every row: all but its word is made once.
CHIP_STARTS = {kind: format_html('<span class="chip chip-{}">{}', kind, icon(name)) for kind, name in ICONS.items()}


@register.simple_tag
def chip(kind: str, text: str, title: str = "") -> SafeString:
    """Say a status in a word or three. `title` adds a longer reading for a pointer at rest."""
    if not title:
        return format_html("{}{}</span>", CHIP_STARTS[checked_kind(kind)], text)
    return format_html(
        '<span class="chip chip-{}" title="{}">{}{}</span>', checked_kind(kind), title, icon(ICONS[kind]), text
    )


@register.simple_tag
def chip_link(kind: str, text: str, url: str, about: str = "") -> SafeString:
    """Say a status and lead to where it is settled. `about` is read out after it, where several say the same."""
    said = format_html('<span class="visually-hidden">: {}</span>', about) if about else ""
    return format_html(
        '<a class="chip chip-{} chip-link" href="{}">{}{}{}</a>',
        checked_kind(kind), url, icon(ICONS[kind]), text, said,
    )  # fmt: skip


@register.simple_block_tag
def banner(content: str, kind: str, title: str = "") -> SafeString:
    """Tell something about the whole page, above it."""
    return render("banner", content=content, kind=checked_kind(kind), title=title, icon=BANNER_ICONS[kind])


@register.simple_tag
def toast(kind: str, text: str) -> SafeString:
    """Show the result of what was just done; stays until it is closed."""
    return render("toast", kind=checked_kind(kind), text=text, icon=BANNER_ICONS[kind])


@register.simple_tag
def toasts(messages: Iterable[object]) -> SafeString:
    """Show Django's messages as toasts; the level's tag decides the kind."""
    return format_html_join(
        "", "{}", ((toast(KIND_OF_LEVEL.get(getattr(m, "level_tag", "info"), "plain"), str(m)),) for m in messages)
    )


@register.simple_tag
def reasons(items: Iterable[object], title: str, kind: str = "stop") -> SafeString:
    """List what stands in the way, in words; nothing at all when nothing does.

    An item is a text, or a `Reason` (or anything like it) that leads to where it is mended.
    """
    rows = [{"text": str(getattr(item, "text", item)), "url": str(getattr(item, "url", "") or "")} for item in items]
    if not rows:
        return SafeString("")
    return render("reasons", rows=rows, title=title, kind=checked_kind(kind), icon=BANNER_ICONS[kind])
