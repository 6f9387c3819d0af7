"""What one version says differently from another: a pure rule over how they are shown."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from clinic.components.marking import BETWEEN
from clinic.components.records import Change
from protocols.decisions.pairing import Line, paired
from protocols.decisions.showing import Row, Shown, Table


def difference(old: Shown, new: Shown) -> list[Change]:
    """Return what changes from `old` to `new`, in the order of `new`; what was taken out comes last."""
    open_yet = {*old.pending, *new.pending}
    before, after = ([pair for pair in (*said.facts, *said.texts) if pair[0] not in open_yet] for said in (old, new))
    changes = list(_changed_pairs(before, after))
    if new.table is not None and old.table is not None:
        for was, now in zip(old.tables, new.tables, strict=True):
            if now.derived:  # what it follows from is told already
                continue
            changes += _changed_rows(was, now)
    return changes


def _changed_pairs(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> Iterable[Change]:
    before, after = dict(old), dict(new)
    for label, text in new:
        was = before.get(label, "")
        if was and text and was != text and "\n" in was + text:
            yield from _changed_lines(label, was, text)
        elif was != text:
            yield Change(label, was, text)
    for label, text in old:
        if label not in after and text:
            yield Change(label, text, "")


def _changed_lines(label: str, old: str, new: str) -> Iterable[Change]:
    """Compare a text of several lines line by line; empty lines count, but nothing is told of them."""
    before, after = _numbered(old), _numbered(new)
    for pair in paired(
        [_words_alone(text) for _number, text in before], [_words_alone(text) for _number, text in after]
    ):
        number, was = before[pair.old] if pair.old is not None else (None, "")
        new_number, now = after[pair.new] if pair.new is not None else (None, "")
        if pair.moved or was != now:
            line = _("%(text)s, line %(number)s") % {"text": label, "number": new_number or number}
            stood = _("was line %(number)s") % {"number": number}
            place = _place(number, new_number, stood)
            yield Change(line, was, now, number, new_number, pair.moved, place)


def _place(number: int | None, new_number: int | None, stood: str) -> str:
    """Return what follows the label of a line, so that the old and the new bearer of one number are told apart."""
    if number is None:
        return _("new")
    if new_number is None:
        return _("taken out")
    return stood if number != new_number else ""


def _numbered(text: str) -> list[tuple[int, str]]:
    return [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]


def _words_alone(text: str) -> Line:
    return Line("", (text,), text)


def _changed_rows(old: Table, new: Table) -> Iterable[Change]:
    """Compare two tables row by row; a row with a key of its own is told column by column, another one whole."""
    for pair in paired(_lines(old), _lines(new), ordered=new.ordered):
        before = old.rows[pair.old] if pair.old is not None else None
        after = new.rows[pair.new] if pair.new is not None else None
        number, new_number = (
            place + 1 if new.ordered and place is not None else None for place in (pair.old, pair.new)
        )
        if before is None:
            if after is not None:
                yield Change(after.label, "", _said(after), None, new_number, place=_("new"))
        elif after is None:
            yield Change(before.label, _said(before), "", number, None, place=_("taken out"))
        elif after.key:
            if pair.moved:
                yield Change(after.label, before.label, after.label, number, new_number, moved=True)
            for column, was, now in zip(new.columns, before.cells, after.cells, strict=True):
                if was != now:
                    yield Change(_("%(row)s: %(column)s") % {"row": after.label, "column": column}, was, now)
        elif pair.moved or before.cells != after.cells:
            stood = before.was or _("was number %(number)s") % {"number": number}
            place = stood if number != new_number else ""
            yield Change(after.label, _said(before), _said(after), number, new_number, pair.moved, place)


def _lines(table: Table) -> list[Line]:
    return [Line(row.key, row.cells, row.cells[table.wide]) for row in table.rows]


def _said(row: Row) -> str:
    return BETWEEN.join(cell for cell in row.cells if cell)
