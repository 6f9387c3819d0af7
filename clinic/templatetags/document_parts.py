"""What the templates of documents need besides text."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.documents.columns import Columns, columns_of
from clinic.documents.letters import AMOUNT
from clinic.documents.templates import qr_png

register = template.Library()


@register.simple_tag
def qr(text: str) -> str:
    """Return a QR code of `text` as the address of a picture."""
    return qr_png(str(text))


@register.filter
def measured(section: Mapping[str, Any]) -> Columns:
    """Return how wide the columns of a table are set."""
    return columns_of(section)


@register.filter
def column(width_mm: float) -> SafeString:
    """Return a column of a table as wide as this."""
    return format_html('<col style="width: {}mm">', f"{width_mm:.2f}")


@register.filter
def whole_amounts(text: str) -> SafeString:
    """Keep each number together with its unit: "50 mg/mL" is never broken over two lines."""
    parts = AMOUNT.split(str(text))
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<span class="whole">{}</span>', part) if number % 2 else part,)
            for number, part in enumerate(parts)
        ),
    )


@register.filter
def status_of(mark: str) -> str:
    """Return the status (see `clinic.components.status`) that a mark on paper is on the screen."""
    return {"ok": "done", "ask": "ask", "stop": "stop"}.get(mark, "plain")


@register.filter
def mark_word(mark: str) -> str:
    """Return a mark in a word, for whoever doesn't see its colour or its shape."""
    return {"ok": _("In order"), "ask": _("To decide"), "stop": _("Stop"), "note": _("Note")}.get(mark, "")
