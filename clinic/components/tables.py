"""Tables: a head, rows or an empty state, sorting by link, keyset paging, search and filter."""

from typing import Any, Protocol

from django.http import QueryDict
from django.template import Context, Library, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token
from django.template.library import parse_bits
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinic.components.icons import icon
from clinic.components.rendering import is_blank, render

register = Library()

SORT_ICONS = {"": "sort", "ascending": "sort-up", "descending": "sort-down"}
ALIGNMENTS = ("start", "end", "centre")
NAMES = ("caption", "empty_title", "empty_text", "empty_url", "empty_label", "caption_shown")
DEFAULTS = ("", "", "", False)


class PageLike(Protocol):
    """A page of a list by keyset, without a count."""

    rows: list[Any]
    has_next: bool
    has_previous: bool
    next_url: str
    previous_url: str


class DataTableNode(Node):
    """A table whose rows, when there are none, give way to the empty state."""

    child_nodelists = ("head", "body")

    def __init__(self, head: NodeList, body: NodeList, values: dict[str, FilterExpression]) -> None:
        self.head, self.body, self.values = head, body, values

    def render(self, context: Context) -> SafeString:
        """Render the table, or the empty state."""
        values = {name: value.resolve(context) for name, value in self.values.items()}
        body = self.body.render(context)
        return render("data_table", head=self.head.render(context), body=body, blank=is_blank(body), **values)


@register.tag
def data_table(parser: Parser, token: Token) -> DataTableNode:
    """Show rows under a head: `{% data_table caption empty_title %}columns{% rows %}rows{% enddata_table %}`.

    Without rows the empty state says `empty_title`, `empty_text` and leads to `empty_url`.
    """
    bits = token.split_contents()[1:]
    head = parser.parse(("rows",))
    parser.delete_first_token()
    body = parser.parse(("enddata_table",))
    parser.delete_first_token()
    args, kwargs = parse_bits(parser, bits, list(NAMES), None, None, DEFAULTS, [], None, "data_table")
    if len(args) > len(NAMES):
        raise TemplateSyntaxError("data_table received too many arguments")
    return DataTableNode(head, body, dict(zip(NAMES, args, strict=False)) | kwargs)


@register.simple_tag(takes_context=True)
def column(
    context: dict[str, Any], label: str, align: str = "start", sort: str = "", *, hidden: bool = False
) -> SafeString:
    """Head a column. `sort` is the value of `?sort=` that orders by it (with a minus, backwards).

    `hidden` keeps the label for screen readers only, above a column of buttons.
    """
    if align not in ALIGNMENTS:
        raise ValueError(f"{align!r} is no alignment; one of {', '.join(ALIGNMENTS)}")
    if not sort:
        shown = format_html('<span class="visually-hidden">{}</span>', label) if hidden else label
        return format_html('<th scope="col" class="align-{}">{}</th>', align, shown)
    url, direction = _sorting(context["request"].GET, sort)
    return format_html(
        '<th scope="col" class="align-{}"{}><a class="sort" href="{}">{}{}</a></th>',
        align, format_html(' aria-sort="{}"', direction) if direction else "", url, label, icon(SORT_ICONS[direction]),
    )  # fmt: skip


def _sorting(query: QueryDict, sort: str) -> tuple[str, str]:
    """Return the address that sorts by `sort` (or turns it round), and how the list is sorted by it now."""
    now = query.get("sort", "")
    direction = {sort: "ascending", f"-{sort}": "descending"}.get(now, "")
    changed = query.copy()
    changed["sort"] = f"-{sort}" if direction == "ascending" else sort
    for name in ("after", "before"):
        changed.pop(name, None)
    return f"?{changed.urlencode()}", direction


@register.simple_tag
def pager(page: PageLike, label: str = "") -> SafeString:
    """Lead to the next and the previous page; nothing when all is on one."""
    if not (page.has_next or page.has_previous):
        return SafeString("")
    return render("pager", page=page, label=label)


@register.simple_tag
def empty_state(
    title: str, text: str, action_url: str = "", action_label: str = "", icon: str = "document"
) -> SafeString:
    """Say why there is nothing here yet and what the next step is."""
    if bool(action_url) != bool(action_label):
        raise ValueError("an empty state's action has an address and a label")
    return render("empty_state", title=title, text=text, action_url=action_url, action_label=action_label, icon=icon)


@register.simple_tag
def search_box(
    url: str, target: str, label: str, *, value: str = "", name: str = "q", placeholder: str = "", hint: str = ""
) -> SafeString:
    """Search as one types: htmx fetches `url` and puts its answer into `target` (an id); Enter works without it."""
    return render(
        "search_box", url=url, target=target, label=label, value=value, name=name, placeholder=placeholder, hint=hint
    )


@register.simple_block_tag
def filter_bar(content: str, action: str = "", clear_url: str = "", target: str = "") -> SafeString:
    """Narrow a list by GET; the slot holds the fields.

    With `target` (an id) htmx fetches `action` at every change and puts its answer there; without it, and without
    scripts, the button does.
    """
    if target and not action:
        raise ValueError("a filter bar with a target needs the address that answers")
    return render("filter_bar", content=content, action=action, clear_url=clear_url, target=target)
