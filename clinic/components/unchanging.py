"""Markup that is the same on every page, made once per process and language."""

from django.template import Context, Library, Node, NodeList
from django.template.base import Parser, Token
from django.utils.translation import get_language

register = Library()


class UnchangingNode(Node):
    """A part of a template that no page has a say in: rendered without the page's context, so that nothing leaks."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._made: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        """Return the markup, made at the first page."""
        language = get_language()
        made = self._made.get(language)
        if made is None:
            made = self._made[language] = self.nodelist.render(context.new())
        return made


@register.tag
def unchanging(parser: Parser, token: Token) -> UnchangingNode:
    """Hold markup that is the same for everybody on every page: style sheets, scripts, notes."""
    nodelist = parser.parse(("endunchanging",))
    parser.delete_first_token()
    return UnchangingNode(nodelist)
