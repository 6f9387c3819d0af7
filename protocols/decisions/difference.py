"""What one version says differently from another: a pure rule over how they are shown."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import zip_longest

from django.utils.translation import gettext as _

from clinic.components.records import Change
from protocols.decisions.showing import Shown, Table


def difference(old: Shown, new: Shown) -> list[Change]:
    """Return what changes from `old` to `new`, in the order of `new`; what was taken out comes last."""
    open_yet = {*old.pending, *new.pending}
    before, after = ([pair for pair in (*said.facts, *said.texts) if pair[0] not in open_yet] for said in (old, new))
    changes = list(_changed_pairs(before, after))
    if new.table is not None and old.table is not None:
        for was, now in zip(old.tables, new.tables, strict=True):
            if now.derived:  # what it follows from is told already
                continue
            has_keys = all(row.key for row in (*was.rows, *now.rows))
            changes += (_changed_rows if has_keys else _changed_texts)(was, now)
    return changes


def _changed_pairs(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> Iterable[Change]:
    before, after = dict(old), dict(new)
    for label, text in new:
        was = before.get(label, "")
        if was and text and was != text and "\n" in was + text:
            yield from _changed_lines(label, was.splitlines(), text.splitlines())
        elif was != text:
            yield Change(label, was, text)
    for label, text in old:
        if label not in after and text:
            yield Change(label, text, "")


def _changed_lines(label: str, old: list[str], new: list[str]) -> Iterable[Change]:
    """Compare a text of several lines line by line; a line has its number in the newer text, else in the older."""
    for verb, first, last, new_first, new_last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            continue
        for number, (was, now) in enumerate(zip_longest(old[first:last], new[new_first:new_last], fillvalue="")):
            line = (new_first if number < new_last - new_first else first) + number + 1
            if was != now:
                yield Change(_("%(text)s, line %(number)s") % {"text": label, "number": line}, was, now)


def _changed_rows(old: Table, new: Table) -> Iterable[Change]:
    before = {row.key: row for row in old.rows}
    after = {row.key: row for row in new.rows}
    for row in new.rows:
        if row.key not in before:
            yield Change(row.label, "", _joined(row.cells))
            continue
        for column, was, now in zip(new.columns, before[row.key].cells, row.cells, strict=True):
            if was != now:
                yield Change(_("%(row)s: %(column)s") % {"row": row.label, "column": column}, was, now)
    for row in old.rows:
        if row.key not in after:
            yield Change(row.label, _joined(row.cells), "")
    was_order = [row.key for row in old.rows if row.key in after]
    now_order = [row.key for row in new.rows if row.key in before]
    if was_order != now_order:
        yield Change(
            _("Order"),
            ", ".join(before[key].label for key in was_order),
            ", ".join(after[key].label for key in now_order),
        )


def _changed_texts(old: Table, new: Table) -> Iterable[Change]:
    """Compare rows that have no key of their own by what they say, as a person would who lays both side by side."""
    was, now = [row.cells for row in old.rows], [row.cells for row in new.rows]
    for verb, first, last, new_first, new_last in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if verb == "equal":
            continue
        for before, after in zip_longest(old.rows[first:last], new.rows[new_first:new_last]):
            label = (after or before).label
            yield Change(label, _joined(before.cells) if before else "", _joined(after.cells) if after else "")


def _joined(cells: Iterable[str]) -> str:
    return " · ".join(cell for cell in cells if cell)
