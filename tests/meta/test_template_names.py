"""A name that one block of a template gives is unknown in the next: Django forgets it with the block, in silence."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

TAGS = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
QUOTED = re.compile(r'"[^"]*"')
GIVES = re.compile(r"\bas(?:var)?\s+(\w+)")
FOLDER = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html"))


def tags_in_blocks(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each tag and variable, without what is quoted in it, with the blocks that it stands in."""
    blocks: list[str] = []
    for tag in TAGS.findall(text):
        if begins := re.match(r"{%\s*block\s+([\w-]+)", tag):
            blocks.append(begins[1])
        elif re.match(r"{%\s*endblock\b", tag) and blocks:
            blocks.pop()
        else:
            yield tuple(blocks), QUOTED.sub("", tag)


def lost_names(text: str) -> set[str]:
    """Return the names that are given in some block and used outside of it."""
    tags = list(tags_in_blocks(text))
    given: dict[str, set[tuple[str, ...]]] = {}
    for blocks, tag in tags:
        for name in GIVES.findall(tag) if tag.startswith("{%") else ():
            given.setdefault(name, set()).add(blocks)
    return {
        name
        for name, places in given.items()
        for blocks, tag in tags
        if re.search(rf"(?<![\w.]){name}(?![\w=(])", re.sub(rf"\bas(?:var)?\s+{name}\b", "", tag))
        and not any(blocks[: len(place)] == place for place in places)
    }


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_name_is_used_where_it_is_given(template: str) -> None:
    assert lost_names((FOLDER / template).read_text()) == set()


def test_a_lost_name_is_found() -> None:
    header = '{% block header %}{% url "today" as today_url %}{{ today_url }}{% endblock %}'
    assert lost_names(header + '{% block content %}{% link_button text="today_url" url="x" %}{% endblock %}') == set()
    assert lost_names(header + "{% block content %}{% link_button url=today_url %}{% endblock %}") == {"today_url"}
    assert lost_names('{% url "today" as today_url %}{% block content %}{{ today_url }}{% endblock %}') == set()
