"""The form of a draft: its fields, its rows, and why it is written."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm
from protocols.decisions.models import Decision
from protocols.decisions.services import REASON_LENGTH
from protocols.drafts.rows import PREFIX, RowFormSet, RowsKind, typed_rows

#: Why a version is written, asked from the second one on.
WHY = ("change_reason", "risk_relevant", "reconsent")
NOT_WHOLE = _("The rows didn't arrive whole. Open the page again.")


class YesNoField(forms.TypedChoiceField):
    """A choice of yes and no that comes without an answer, cleaned to a bool."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("yes", _("Yes")), ("no", _("No"))], coerce=lambda text: text == "yes", empty_value=None,
            widget=forms.RadioSelect, **kwargs,
        )  # fmt: skip


class Group(NamedTuple):
    """Fields that belong together below the rows, under a title of their own.

    `rows` is the prefix of the rows that follow them, "" for none.
    """

    title: Promise | str
    names: Sequence[str]
    rows: str = ""


class BoundGroup(NamedTuple):
    """A group as the page shows it."""

    title: Promise | str
    fields: Sequence[BoundField]
    rows: RowFormSet | None = None


class DraftForm(ClinicForm):
    """A draft. A first version needs no reason; the next one says what changes and whether it bears on risk.

    `rows_class` makes the rows, `more_rows` are the kinds of rows that stand below them, `after_rows` names the fields
    that stand below all rows; where there are many, they stand in `groups` instead.
    """

    submit_label = _("Save the draft")
    #: What saving asks for, said at the head of the page.
    saving_hint: Promise | str = ""
    rows_class: ClassVar[type[RowFormSet] | None] = None
    rows_title: ClassVar[Promise | str] = ""
    rows_hint: ClassVar[Promise | str] = ""
    row_name: ClassVar[Promise | str] = ""
    row_add: ClassVar[Promise | str] = ""
    rows_style: ClassVar[str] = ""
    more_rows: ClassVar[Sequence[RowsKind]] = ()
    after_rows: ClassVar[Sequence[str]] = ()
    groups: ClassVar[Sequence[Group]] = ()
    #: Whether a change can touch what patients have consented to.
    touches_consent: bool = False

    change_reason = forms.CharField(
        label=_("Reason for the change"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What is different from the version before, and why."),
    )
    risk_relevant = YesNoField(
        label=_("Does the change bear on risk?"),
        help_text=_("Yes when whoever prepares or treats has to read and sign it before going on."),
    )
    reconsent = YesNoField(
        label=_("Do patients consent anew?"),
        help_text=_("Yes when it touches what patients have consented to: their consents count no longer."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        first: bool,
        rows_initial: Sequence[Mapping[str, Any]] | None = None,
        more_initial: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        row_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.first = first
        if first:
            for name in WHY:
                del self.fields[name]
        else:
            if not self.touches_consent:
                del self.fields["reconsent"]
            self.order_fields([name for name in self.fields if name not in WHY])
        self.rows: RowFormSet | None = None
        self.all_rows: list[RowFormSet] = []
        initial = {PREFIX: rows_initial or [], **(more_initial or {})}
        for kind in self._kinds_of_rows():
            self.all_rows.append(kind.make(data, initial.get(kind.prefix, []), row_kwargs or {}, str(NOT_WHOLE)))
        if self.rows_class is not None:
            self.rows = self.all_rows[0]

    def _kinds_of_rows(self) -> list[RowsKind]:
        if self.rows_class is None:
            return list(self.more_rows)
        own = RowsKind(
            PREFIX, self.rows_class, self.rows_title, self.rows_hint, self.row_name, self.row_add, self.rows_style
        )
        return [own, *self.more_rows]

    def rows_named(self, prefix: str) -> RowFormSet:
        """Return the rows whose names begin with `prefix`."""
        return next(rows for rows in self.all_rows if rows.kind.prefix == prefix)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for rows in self.all_rows:
            if not rows.is_valid():
                for sentence in rows.sentences():
                    self.add_error(None, sentence)
            elif len(typed_rows(self.data, rows.kind.prefix)) > len(rows.forms):
                # Fewer were announced than came: none is dropped in silence.
                self.add_error(None, NOT_WHOLE)
        if cleaned.get("reconsent") and cleaned.get("risk_relevant") is False:
            self.add_error("risk_relevant", _("A change that patients consent to anew bears on risk. Answer yes."))
        return cleaned

    def rows_note(self) -> str:
        """Return a sentence about the rows as they stand, typed or not; "" when there is nothing to say."""
        return ""

    def rows_note_kind(self) -> str:
        """Return the kind of status of the note."""
        return "done"

    def why(self, version: Decision | None = None) -> dict[str, Any]:
        """Return why it is written as the services take it, as far as it is asked; a first `version` keeps its own."""
        if self.first:
            reason = version.change_reason if version is not None else str(_("First version."))
            return {"change_reason": reason, "risk_relevant": False}
        return {name: self.cleaned_data[name] for name in WHY if name in self.fields}

    def fields_above(self) -> list[BoundField]:
        """Return the fields above the rows."""
        below = {*self.after_rows, *WHY, *(name for group in self.groups for name in group.names)}
        return [field for field in self.visible_fields() if field.name not in below]

    def rows_above(self) -> list[RowFormSet]:
        """Return the rows that belong to no group."""
        grouped = {group.rows for group in self.groups}
        return [rows for rows in self.all_rows if rows.kind.prefix not in grouped]

    def groups_below(self) -> list[BoundGroup]:
        """Return what stands below those rows; why it is changed stands last."""
        why = [self[name] for name in WHY if name in self.fields]
        if not self.groups:
            below = [*(self[name] for name in self.after_rows if name in self.fields), *why]
            return [BoundGroup("", below)] if below else []
        found = [
            BoundGroup(
                group.title,
                [self[name] for name in group.names if name in self.fields],
                self.rows_named(group.rows) if group.rows else None,
            )
            for group in self.groups
        ]
        return [*found, BoundGroup(_("Why it is changed"), why)] if why else found
