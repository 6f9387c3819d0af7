"""The form of a draft: its fields, its rows, and why it is written."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm
from protocols.decisions.models import Decision
from protocols.decisions.services import REASON_LENGTH
from protocols.drafts.rows import PREFIX, RowFormSet, typed_rows

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


class DraftForm(ClinicForm):
    """A draft. A first version needs no reason; the next one says what changes and whether it bears on risk.

    `rows_class` makes the rows, `after_rows` names the fields that stand below them.
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
    after_rows: ClassVar[Sequence[str]] = ()
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
        if self.rows_class is not None:
            self.rows = self.rows_class(
                data, prefix=PREFIX, initial=rows_initial or [], form_kwargs=dict(row_kwargs or {}),
                error_messages={"missing_management_form": str(NOT_WHOLE)},
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.rows is not None and not self.rows.is_valid():
            for sentence in self.rows.sentences(self.row_name):
                self.add_error(None, sentence)
        elif self.rows is not None and len(typed_rows(self.data)) > len(self.rows.forms):
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
        below = {*self.after_rows, *WHY}
        return [field for field in self.visible_fields() if field.name not in below]

    def fields_below(self) -> list[BoundField]:
        """Return the fields below the rows; why it is changed stands last."""
        names = [*self.after_rows, *WHY]
        return [self[name] for name in names if name in self.fields]
