"""Our own icons: one stroke path each on a 20-unit grid, drawn in the colour of the text beside them."""

from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = Library()

PATHS = {
    "arrow-left": "M16 10H4M9 5l-5 5 5 5",
    "arrow-right": "M4 10h12M11 5l5 5-5 5",
    "bell": "M5.5 13.5V9a4.5 4.5 0 0 1 9 0v4.5l1.5 1.75H4zM8.5 17.5h3",
    "calendar": "M3.5 4.75h13v12h-13zM3.5 8.5h13M7 3v3M13 3v3",
    "camera": "M3 6.5h3l1.3-2h5.4l1.3 2h3V16H3zM10 8.5a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4",
    "chart": "M3.5 16.5h13M5.75 13.5V9.5M10 13.5v-9M14.25 13.5V7",
    "check": "M4 10.75l4 4 8-9.25",
    "chevron-down": "M5 7.75l5 5 5-5",
    "chevron-left": "M12.25 5l-5 5 5 5",
    "chevron-right": "M7.75 5l5 5-5 5",
    "clock": "M10 2.75a7.25 7.25 0 1 0 0 14.5 7.25 7.25 0 0 0 0-14.5M10 6v4.2l2.8 1.7",
    "cross": "M5 5l10 10M15 5L5 15",
    "document": "M5 2.75h6.5L15 6.25v11H5zM11.5 2.75v3.5H15M7.5 10h5M7.5 13h5",
    "dot": "M10 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
    "download": "M10 3v10M6 9.5l4 4 4-4M3.5 16.5h13",
    "drop": "M10 3c3 3.6 4.75 6.2 4.75 8.6a4.75 4.75 0 0 1-9.5 0C5.25 9.2 7 6.6 10 3z",
    "eye": "M2.5 10S5.2 5.25 10 5.25 17.5 10 17.5 10 14.8 14.75 10 14.75 2.5 10 2.5 10z"
    "M10 7.9a2.1 2.1 0 1 0 0 4.2 2.1 2.1 0 0 0 0-4.2",
    "filter": "M3.5 5h13M6 10h8M8.5 15h3",
    "info": "M10 2.75a7.25 7.25 0 1 0 0 14.5 7.25 7.25 0 0 0 0-14.5M10 9.25v4.25M10 6.5v.1",
    "lock": "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
    "menu": "M3 5.5h14M3 10h14M3 14.5h14",
    "minus": "M4 10h12",
    "no-connection": "M2.75 8a10.5 10.5 0 0 1 4-2.5M17.25 8a10.5 10.5 0 0 0-6.5-3.1M5.5 11.1a6.6 6.6 0 0 1 2.8-1.7"
    "M14.5 11.1a6.6 6.6 0 0 0-1.4-1M8.2 13.9a2.8 2.8 0 0 1 3.6 0M10 16.3v.1M3.5 3l13 14",
    "pen": "M4 16l.75-3.25 8.5-8.5a1.77 1.77 0 0 1 2.5 2.5l-8.5 8.5zM11.75 5.75l2.5 2.5",
    "plus": "M10 4v12M4 10h12",
    "print": "M6 7V3h8v4M6 14H3.5V7h13v7H14M6 11.5h8V17H6z",
    "question": "M6.25 6.9a3.8 3.8 0 1 1 5.9 3.2c-1.4.95-2.15 1.6-2.15 3.1M10 16.6v.1",
    "search": "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M13.2 13.2L17 17",
    "shield": "M10 2.75l6 2.2v4.6c0 3.7-2.5 6.5-6 7.7-3.5-1.2-6-4-6-7.7v-4.6z",
    "sign-out": "M8 3.5H4v13h4M8.5 10H17M13.5 6.5L17 10l-3.5 3.5",
    "sort": "M6.5 8L10 4.5 13.5 8M6.5 12l3.5 3.5 3.5-3.5",
    "sort-down": "M6.5 12l3.5 3.5 3.5-3.5M10 15V4.5",
    "sort-up": "M6.5 8L10 4.5 13.5 8M10 5v10.5",
    "sync": "M16 10a6 6 0 0 1-10.6 3.9M4 10a6 6 0 0 1 10.6-3.9M14.9 3v3.3h-3.3M5.1 17v-3.3h3.3",
    "syringe": "M13 3l4 4M15 5l-2.5 2.5M10.5 5L15 9.5 9 15.5H4.5V11zM4.5 15.5l-2 2M8 10l1.75 1.75",
    "trash": "M4 5.5h12M8 5.5V3.25h4V5.5M5.5 5.5l.75 11.25h7.5l.75-11.25M8.5 8.5v5M11.5 8.5v5",
    "undo": "M7 4L3.5 7.5 7 11M3.5 7.5H12a4.25 4.25 0 0 1 0 8.5H8",
    "upload": "M10 13.5v-10M6 7l4-4 4 4M3.5 16.5h13",
    "user": "M10 3.5a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4M3.8 16.8c.6-3 3-4.5 6.2-4.5s5.6 1.5 6.2 4.5",
    "vial": "M6.75 3h6.5M8 3v3.25L6.75 8v8.75h6.5V8L12 6.25V3M6.75 11.5h6.5",
    "warning": "M10 3.25l7.5 13.25h-15zM10 8.25v3.75M10 14.1v.1",
}


DRAWN = {
    name: format_html('<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="{}"/></svg>', path)
    for name, path in PATHS.items()
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw the icon `name`; without a `label` it is decoration beside a word. KeyError for an unknown name."""
    if not label:
        return DRAWN[name]
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" role="img" aria-label="{}"><path d="{}"/></svg>', label, PATHS[name]
    )
