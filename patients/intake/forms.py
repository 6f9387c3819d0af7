"""Taking an intake: why the patient comes, and the stage in plain words."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.web.forms import ClinicForm
from patients.intake.models import STAGE_MAY_NOT_APPLY, Indication, Intake
from patients.intake.staging import STAGES, Pathway, Scale, Stage
from patients.registry.models import Patient, Sex

Choice = tuple[str, Any]


def stage_choices(first: Scale) -> list[tuple[str, list[Choice]]]:
    """Return all stages, grouped by scale, the scale `first` on top and none last; a value is "norwood:III"."""
    scales = sorted(Scale, key=lambda scale: (scale == Scale.NONE, scale != first))
    return [(str(scale.label), [_choice(Stage(scale, name)) for name in STAGES[scale]]) for scale in scales]


def _choice(stage: Stage) -> Choice:
    if stage.scale == Scale.NONE:
        indications = " · ".join(str(indication.label) for indication in STAGE_MAY_NOT_APPLY)
        return f"{stage.scale}:", _("%(words)s (only for: %(indications)s)") % {
            "words": stage.words, "indications": indications,
        }  # fmt: skip
    words = f"{stage.name} · {stage.words}"
    if stage.pathway == Pathway.SURGICAL_ASSESSMENT:
        words = _("%(stage)s → surgical assessment") % {"stage": words}
    return f"{stage.scale}:{stage.name}", words


class IntakeForm(ClinicForm):
    """An intake. Nothing is chosen beforehand."""

    submit_label = gettext_lazy("Save the intake")
    indication = forms.ChoiceField(
        label=gettext_lazy("What does the patient come for?"), choices=Indication.choices, widget=forms.RadioSelect
    )
    stage = forms.ChoiceField(
        label=gettext_lazy("Stage today"), widget=forms.RadioSelect,
        help_text=gettext_lazy("Look from above and from the front, hair dry. Between two stages take the higher."),
    )  # fmt: skip
    notes = forms.CharField(
        label=gettext_lazy("Notes"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Since when, what was tried, what the patient expects."),
    )  # fmt: skip

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = Scale.LUDWIG if patient.sex == Sex.FEMALE else Scale.NORWOOD
        stage = self.fields["stage"]
        if isinstance(stage, forms.ChoiceField):
            stage.choices = stage_choices(first)
        self.helper.layout = Layout("indication", "stage", "notes")

    def values(self) -> dict[str, Any]:
        """Return what the service takes."""
        scale, _colon, stage = self.cleaned_data["stage"].partition(":")
        return {
            "indication": self.cleaned_data["indication"], "scale": scale, "stage": stage,
            "notes": self.cleaned_data["notes"],
        }  # fmt: skip


class CorrectionForm(IntakeForm):
    """A new intake in place of a wrong one, which stays on record."""

    submit_label = gettext_lazy("Save the correction")
    correction_reason = forms.CharField(
        label=gettext_lazy("What was wrong?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, patient=patient, **kwargs)
        self.helper.layout = Layout("indication", "stage", "notes", "correction_reason")

    @staticmethod
    def shown(intake: Intake) -> dict[str, Any]:
        """Return what the form shows of the intake to be corrected."""
        return {"indication": intake.indication, "stage": f"{intake.scale}:{intake.stage}", "notes": intake.notes}

    def values(self) -> dict[str, Any]:
        """Return what the service takes."""
        return {**super().values(), "correction_reason": self.cleaned_data["correction_reason"]}
