"""Forms of the month-6 photo audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.month6.models import Decision
from audit.month6.queries import Pair
from audit.month6.services import GRADE_WORDS, Judgement
from clinic.web.forms import ClinicForm, SignatureForm

#: What stands for "can't be judged" among the answers of a view.
CANT = "cant"


def grade_text(grade: int) -> str:
    """Return a grade as it is written: with its sign, a true minus."""
    return f"{grade:+d}".replace("-", "−") if grade else "0"


GRADES = [(str(grade), f"{grade_text(grade)} {words}") for grade, words in GRADE_WORDS.items()]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of the scale, as the page draws it."""

    id: str
    value: str
    text: str
    words: str
    on: bool


class GradesForm(ClinicForm):
    """The grades of all views at once: what is filled in is saved, the rest stays open.

    A view of `pairs` has a grade, or can't be judged and says why; one without both photographs has the reason only.
    """

    submit_label = _("Save the grades")

    def __init__(self, *args: Any, pairs: Sequence[Pair], **kwargs: Any) -> None:
        self.pairs = pairs
        kwargs.setdefault("initial", {name: value for pair in pairs for name, value in _saved(pair).items()})
        super().__init__(*args, **kwargs)
        for pair in pairs:
            if pair.assessable:
                self.fields[f"grade_{pair.view_code}"] = forms.ChoiceField(
                    label=pair.view_name, required=False, widget=forms.RadioSelect,
                    choices=[*GRADES, (CANT, _("Can't be judged"))],
                )  # fmt: skip
            asked = gettext("%(view)s: why can't it be judged?") % {"view": pair.view_name}
            why: Any = forms.CharField(
                label=asked, max_length=300, required=False,
                # A blank placeholder lets the style sheet tell whether something is typed.
                widget=forms.TextInput(attrs={"placeholder": " "}),
            )  # fmt: skip
            why.depends = True
            self.fields[f"why_{pair.view_code}"] = why
        self.helper = self._fresh_helper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for pair in self.pairs:
            if f"why_{pair.view_code}" in self.errors:
                continue  # what is wrong with it is said already
            grade, why = cleaned.get(f"grade_{pair.view_code}", ""), cleaned.get(f"why_{pair.view_code}", "")
            if grade == CANT and not why:
                self.add_error(f"why_{pair.view_code}", _("Say why this view can't be judged."))
            elif grade and grade != CANT and why:
                self.add_error(
                    f"why_{pair.view_code}",
                    _("There is a grade, %(grade)s, and a reason as well. Keep one of them.")
                    % {"grade": grade_text(int(grade))},
                )
            elif pair.assessable and why and not grade:
                self.add_error(
                    f"grade_{pair.view_code}",
                    _("There is a reason but no answer. Choose Can't be judged, or a grade."),
                )
        return cleaned

    def judgements(self) -> dict[str, Judgement]:
        """Return what was filled in, by the view's code."""
        found = {}
        for pair in self.pairs:
            grade = self.cleaned_data.get(f"grade_{pair.view_code}", "")
            why = self.cleaned_data[f"why_{pair.view_code}"]
            if grade or why:
                found[pair.view_code] = Judgement(int(grade) if grade and grade != CANT else None, why)
        return found

    def options(self, pair: Pair) -> list[Option]:
        """Return the answers of a view, from −3 to +3 and last that it can't be judged; none without photographs."""
        if not pair.assessable:
            return []
        field = self[f"grade_{pair.view_code}"]
        chosen = str(field.value() or "")
        scale = [
            Option(f"{field.auto_id}_{index}", str(grade), grade_text(grade), str(words), on=chosen == str(grade))
            for index, (grade, words) in enumerate(GRADE_WORDS.items())
        ]
        return [*scale, Option(f"{field.auto_id}_{len(scale)}", CANT, str(_("Can't be judged")), "", on=chosen == CANT)]


def _saved(pair: Pair) -> dict[str, str]:
    """Return what was answered before; nothing when it was answered of other photographs."""
    if pair.grade is None or pair.outdated:
        return {}
    grade = pair.grade.grade
    return {
        f"grade_{pair.view_code}": CANT if grade is None else str(grade),
        f"why_{pair.view_code}": pair.grade.not_assessable,
    }


class SignAuditForm(SignatureForm):
    """The decision and the signature under the audit; `doubt` is what the note says beforehand of continuing."""

    submit_label = _("Sign the audit")
    decision = forms.ChoiceField(label=_("Decision"), choices=Decision.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ["decision", "note", "password"]

    def __init__(self, *args: Any, doubt: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].help_text = doubt
