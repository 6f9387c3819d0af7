"""The entries of a sealed document, as somebody picks the one that is wrong."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """One labelled value of a document."""

    label: str
    value: str


def entries_of(content: Mapping[str, Any]) -> list[Entry]:
    """Return what the snapshot `content` says, value by value, in its order: fields, and the cells of tables."""
    found = [entry for section in content.get("sections", []) for entry in _of_section(section)]
    found += [_of_item(item) for item in content.get("items", [])]
    return [entry for entry in found if entry.label]


def _of_item(item: Mapping[str, Any]) -> Entry:
    """A question of a checklist, with its answer as it was given."""
    answer = " · ".join(str(item[name]) for name in ("answer", "detail", "more") if item.get(name))
    return Entry(_joined(str(item.get("number", "")), str(item.get("question", ""))), answer)


def _of_section(section: Mapping[str, Any]) -> Iterator[Entry]:
    heading = str(section.get("heading", ""))
    for each in section.get("fields", []):
        yield Entry(_joined(heading, each["label"]), str(each["value"]))
    titles = [str(column["title"]) for column in section.get("columns", [])]
    for row in section.get("rows", []):
        cells = [str(cell["text"]) for cell in row["cells"]]
        for title, cell in list(zip(titles, cells, strict=True))[1:]:
            yield Entry(_joined(heading, cells[0] if cells else "", title), cell)
    for number, text in enumerate((*section.get("paragraphs", []), *section.get("statements", [])), start=1):
        yield Entry(_joined(heading, str(number)), str(text))


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)[:200]
