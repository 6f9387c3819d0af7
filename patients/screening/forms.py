"""The checklist as a form: one group of fields per question, and the clearance."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.web.forms import ClinicForm, SignatureForm
from patients.screening.case import Cleared
from patients.screening.clearances import LONGEST, last_day_wrong
from patients.screening.extras import asked_besides
from patients.screening.findings import clearance_of
from patients.screening.followups import AskedChoice, followup
from patients.screening.loading import Loaded
from patients.screening.models import ChecklistAnswer
from patients.screening.outcomes import Answer
from patients.screening.services import DETAIL
from protocols.checklists.models import ChecklistItem, Rule
from protocols.formulations.models import FormulationVersion


def ingredient_choices(formulations: Iterable[FormulationVersion]) -> list[tuple[int, str]]:
    """Return the ingredients of `formulations`, their lines loaded, each once, by name."""
    named = {
        line.ingredient_id: f"{line.ingredient_name} {line.concentration}"
        for version in formulations for line in version.lines.all()
    }  # fmt: skip
    return sorted(named.items(), key=lambda pair: pair[1].casefold())


class ChecklistForm(ClinicForm):
    """The questions of one checklist. A question comes with the answer saved for it, or with none."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, loaded: Loaded) -> None:
        super().__init__(data, row_version=loaded.checklist.row_version, initial=_saved(loaded), auto_id="%s")
        self.loaded = loaded
        ingredients = ingredient_choices(loaded.formulations)
        for item in loaded.items:
            self.fields[answer_name(item)] = AskedChoice(
                label=item.question, choices=Answer.choices, widget=forms.RadioSelect
            )
            for name in asked_besides(item.rule):
                self.fields[f"{answer_name(item)}-{name}"] = followup(item.rule, name, ingredients)
            if cleared := clearance_of(loaded.case, Rule(item.rule)):
                self.fields[f"{answer_name(item)}-cleared"] = _confirmation(
                    item.rule, cleared, loaded.answers.get(item.pk)
                )
            label = _("Why isn't it current?") if item.rule == Rule.CONSENT_CURRENT else _("Detail")
            self.fields[f"{answer_name(item)}-detail"] = forms.CharField(
                label=label, required=False, max_length=DETAIL,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )  # fmt: skip
        # What is asked beside a question is called alike beside each: a list of errors names the question as well.
        self.summary_labels = {
            name: f"{asked.question} {field.label}"
            for name, field in self.fields.items()
            if "-" in name and (asked := self.item_of(name)) is not None
        }

    def item_of(self, name: str) -> ChecklistItem | None:
        """Return the question that the field `name` belongs to."""
        head = name.partition("-")[0]
        return next((item for item in self.loaded.items if answer_name(item) == head), None)

    def given(self, item: ChecklistItem, names: Iterable[str]) -> dict[str, Any]:
        """Return what `answer_item` takes for `item`: the fields `names` as cleaned, the others as saved."""
        saved = self.loaded.answers.get(item.pk)
        head = answer_name(item)
        sent = {name.removeprefix(head).lstrip("-"): self.cleaned_data.get(name) for name in names}
        extra: dict[str, Any] = dict(saved.extra) if saved else {}
        extra |= {name: value for name, value in sent.items() if name not in {"", "detail"}}
        return {
            "answer": sent.get("", saved.answer if saved else "") or "",
            "extra": extra,
            "detail": sent.get("detail", saved.detail if saved else "") or "",
        }


def answer_name(item: ChecklistItem) -> str:
    """Return the name of the field that holds the answer to `item`."""
    return f"q{item.pk}"


def _confirmation(rule: str, cleared: Cleared, answer: ChecklistAnswer | None) -> forms.Field:
    """Ask whether what was answered is what was cleared; a clearance given later asks anew."""
    label, drug = _("Is this what was cleared: %(about)s?"), answer.extra.get("drug", "") if answer else ""
    if rule == Rule.ANTICOAGULANT:
        label = _("Is this the medicine that was cleared: %(about)s?")
    return AskedChoice(
        label=label % {"about": cleared.about}, widget=forms.RadioSelect,
        help_text=_("Named today: %(drug)s") % {"drug": drug} if drug else "",
        choices=[(f"{cleared.number}:yes", _("Yes, this and nothing else")), (f"{cleared.number}:no", _("No"))],
    )  # fmt: skip


def _saved(loaded: Loaded) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for item in loaded.items:
        row: ChecklistAnswer | None = loaded.answers.get(item.pk)
        if row is not None:
            values[answer_name(item)] = row.answer
            values[f"{answer_name(item)}-detail"] = row.detail
            values |= {f"{answer_name(item)}-{name}": value for name, value in row.extra.items()}
    return values


class StartForm(ClinicForm):
    """Which formulation is intended today."""

    submit_label = gettext_lazy("Begin the checklist")
    formulation = forms.ChoiceField(
        label=gettext_lazy("Which formulation is intended today?"), widget=forms.RadioSelect,
        help_text=gettext_lazy("It can be changed while the checklist is open; the answers stay."),
        error_messages={
            "required": gettext_lazy("Choose one of the formulations in force."),
            "invalid_choice": gettext_lazy("Choose one of the formulations in force."),
        },
    )  # fmt: skip

    def __init__(self, *args: Any, formulations: Iterable[FormulationVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = {str(version.pk): version for version in formulations}
        field = self.fields["formulation"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(number, str(version.formulation)) for number, version in self.versions.items()]

    @property
    def chosen(self) -> FormulationVersion:
        """The formulation version chosen."""
        return self.versions[self.cleaned_data["formulation"]]


#: What is asked of a clearance and what of a refusal; the stylesheet shows what belongs to the answer.
OF_CLEARANCE = ("scope", "valid_from", "valid_until")
OF_REFUSAL = ("why_not",)


class ClearanceForm(SignatureForm):
    """A prescriber's decision, and the physician's password; a refusal is asked why, and nothing of a clearance."""

    submit_label = gettext_lazy("Sign the decision")
    granted = forms.ChoiceField(
        label=gettext_lazy("May the patient be treated all the same?"), widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("Yes, cleared")), ("no", gettext_lazy("No, not cleared"))],
    )  # fmt: skip
    about = forms.CharField(
        label=gettext_lazy("What exactly you decide about"), max_length=160,
        help_text=gettext_lazy("Name the finding. Whoever asks the patient confirms that it is this and nothing else."),
    )  # fmt: skip
    scope = forms.CharField(
        label=gettext_lazy("Under which conditions"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What was checked, and what the operator must do. It is shown during the session."),
    )  # fmt: skip
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    valid_until = forms.DateField(
        label=gettext_lazy("Valid until, this day included"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    why_not = forms.CharField(
        label=gettext_lazy("Why not"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("A refusal holds from now on until somebody decides anew, for a year at most."),
    )  # fmt: skip
    prescriber = forms.CharField(
        label=gettext_lazy("Whose decision it is"), max_length=160,
        help_text=gettext_lazy("Your own name, or the prescriber's with the date of the letter."),
    )  # fmt: skip

    #: The newest decision on the question that the page shows, 0 for none: another one since is told of.
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, rule: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if rule == Rule.ANTICOAGULANT:
            self.fields["about"].label = _("Which medicine, or medicines, with the dose")
            self.fields["about"].help_text = _(
                "Such as: Apixaban 5 mg. Whoever asks the patient confirms that it is this and nothing else."
            )
        for name in (*OF_CLEARANCE, *OF_REFUSAL):
            self.fields[name].depends = True  # type: ignore[attr-defined]  # asked of one of the answers

    def _fresh_helper(self) -> FormHelper:
        helper = super()._fresh_helper()
        helper.layout = Layout(
            "granted", "about", Div(*OF_CLEARANCE, css_class="of-clearance"), Div(*OF_REFUSAL, css_class="of-refusal"),
            "prescriber", *(name for name in ("password",) if name in self.fields),
        )  # fmt: skip
        return helper

    def clean(self) -> dict[str, Any]:
        """Ask what belongs to the answer, drop what doesn't, and check the dates against each other and today."""
        cleaned = super().clean()
        granted = cleaned.get("granted")
        # What isn't asked is neither kept nor wrong.
        for name in {"yes": OF_REFUSAL, "no": OF_CLEARANCE}.get(str(granted), OF_CLEARANCE + OF_REFUSAL):
            self.errors.pop(name, None)
            cleaned[name] = None
        if granted == "no" and not cleaned.get("why_not") and "why_not" not in self.errors:
            self.add_error("why_not", _("Say why the patient isn't cleared."))
        elif granted == "yes":
            self._clean_clearance(cleaned)
        return cleaned

    def _clean_clearance(self, cleaned: dict[str, Any]) -> None:
        empty = {
            "scope": _("Say under which conditions, or that there are none."),
            "valid_from": _("Give the first day."), "valid_until": _("Give the last day."),
        }  # fmt: skip
        for name, words in empty.items():
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, words)
        first, last = cleaned.get("valid_from"), cleaned.get("valid_until")
        if last and (words := last_day_wrong(first, last, today=self.today)):
            self.add_error("valid_until", words)
        elif first and last and last - first > LONGEST:
            self.add_error("valid_until", _("A clearance holds for a year at most. Give an earlier last day."))

    def values(self) -> dict[str, Any]:
        """Return what the service takes."""
        granted = self.cleaned_data["granted"] == "yes"
        return {
            "granted": granted,
            "scope": self.cleaned_data["scope" if granted else "why_not"],
            **{name: self.cleaned_data[name] for name in ("about", "prescriber", "valid_from", "valid_until", "seen")},
        }


class WithdrawForm(ClinicForm):
    """Why a clearance no longer holds."""

    submit_label = gettext_lazy("Withdraw the clearance")
    reason = forms.CharField(
        label=gettext_lazy("Why does it no longer hold?"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class TakeBackForm(WithdrawForm):
    """Why a refusal is taken back."""

    submit_label = gettext_lazy("Take the decision back")
    reason = forms.CharField(
        label=gettext_lazy("Why is it taken back?"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
