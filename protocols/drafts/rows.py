"""The rows of a draft: lines, questions, statements or views, added, moved and taken out without saving.

Blank rows are left out. The buttons are ordinary submit buttons named `rows`, so they work without a script.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.forms.formsets import BaseFormSet, formset_factory
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from clinic.web.forms import ClinicForm

PREFIX = "rows"
#: More rows than any protocol has; what arrives beyond isn't read.
MOST_ROWS = 40
_ACTION = re.compile(r"(add|note|(up|down|remove|beside)-(\d{1,2}))")
_TOTAL = "-TOTAL_FORMS"


class RowForm(ClinicForm):
    """One row; blank, it is left out."""

    #: The button of the row that the focus goes to, "up" or "down"; nothing where it stays.
    focus = ""
    #: The template of what stands below the fields and follows what is chosen in them, "" for nothing.
    beside = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["submission_key"]


class RowFormSet(BaseFormSet):  # type: ignore[type-arg]  # Django has no generic one at run time
    """Rows of one kind of one draft."""

    kind: "RowsKind"

    def filled(self) -> list[dict[str, Any]]:
        """Return the cleaned values of the rows that aren't blank, in order."""
        return [form.cleaned_data for form in self.forms if form.has_changed()]

    def begin_in_last(self) -> None:
        """Let typing begin in the last row, which was just added."""
        if self.forms:
            self._begin_in(self.forms[-1])

    @staticmethod
    def _begin_in(row: Any) -> None:
        next(iter(row.fields.values())).widget.attrs["autofocus"] = True

    def follow(self, action: str) -> None:
        """Let the focus go with the row that `action` moved, so that pressing again moves the same row further."""
        verb, _dash, number = action.partition("-")
        step = {"up": -1, "down": 1}.get(verb)
        if step is None or not 0 <= int(number) + step < len(self.forms):
            return
        place = int(number) + step
        if 0 < place < len(self.forms) - 1:
            self.forms[place].focus = verb
        else:  # the button that was pressed is off at either end
            self._begin_in(self.forms[place])

    def sentences(self) -> list[str]:
        """Return everything that is wrong with the rows, each with its name as the page numbers it, and its field."""
        told = [str(error) for error in self.non_form_errors()]
        for number, form in enumerate(self.forms, start=1):
            for name, errors in form.errors.items():
                label = form.fields[name].label if name in form.fields else ""
                told += [
                    _("%(row)s %(number)s, %(field)s: %(error)s")
                    % {"row": self.kind.name or _("Row"), "number": number, "field": label, "error": error}
                    for error in errors
                ]
        return told


@dataclass(frozen=True, slots=True)
class RowsKind:
    """Rows of one kind: how their fields' names begin, their class, and how the page calls them."""

    prefix: str
    rows_class: type[RowFormSet]
    title: Promise | str
    hint: Promise | str
    name: Promise | str
    add: Promise | str
    style: str

    def make(
        self, data: Any, initial: Sequence[Mapping[str, Any]], row_kwargs: Mapping[str, Any], not_whole: str
    ) -> RowFormSet:
        """Return the rows, bound to `data` or with `initial`; `not_whole` is said of rows that didn't arrive."""
        made = self.rows_class(
            data, prefix=self.prefix, initial=initial, form_kwargs=dict(row_kwargs),
            error_messages={"missing_management_form": not_whole},
        )  # fmt: skip
        made.kind = self
        return made


def rows_of(form: type[RowForm]) -> type[RowFormSet]:
    """Return the class of the rows made of `form`."""
    made: type[RowFormSet] = formset_factory(  # type: ignore[assignment]
        form, formset=RowFormSet, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True
    )
    return made


def prefixes_in(data: Mapping[str, Any]) -> list[str]:
    """Return the prefixes of the kinds of rows that were sent."""
    return [name.removesuffix(_TOTAL) for name in data if name.endswith(_TOTAL)]


def action_in(data: QueryDict, prefix: str = PREFIX) -> str:
    """Return what a button asks to do with the rows ("add", "up-2", "note", ...), "" when none was pressed."""
    asked = data.get(prefix, "")
    return asked if _ACTION.fullmatch(asked) else ""


def typed_rows(data: Mapping[str, Any], prefix: str = PREFIX) -> list[dict[str, str]]:
    """Return the rows as they were typed."""
    named = re.compile(rf"{re.escape(prefix)}-(\d{{1,3}})-(\w+)")
    rows: dict[int, dict[str, str]] = {}
    for name, value in data.items():
        if found := named.fullmatch(name):
            rows.setdefault(int(found[1]), {})[found[2]] = str(value)
    return [rows[index] for index in sorted(rows)][:MOST_ROWS]


def rearranged(rows: Sequence[Mapping[str, str]], action: str) -> list[Mapping[str, str]]:
    """Return `rows` after `action`; one that names a row that isn't there changes nothing."""
    changed = list(rows)
    verb, _dash, number = action.partition("-")
    index = int(number) if number else -1
    if verb == "add":
        return [*changed, {}][:MOST_ROWS]
    if not 0 <= index < len(changed):
        return changed
    if verb == "remove":
        del changed[index]
    other = {"up": index - 1, "down": index + 1}.get(verb, index)
    if verb in {"up", "down"} and 0 <= other < len(changed):
        changed[index], changed[other] = changed[other], changed[index]
    return changed
