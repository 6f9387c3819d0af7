"""Forms of the bench: large fields, volumes in mL."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.amounts import millilitre_text
from clinic.dates import day_text
from clinic.web.forms import ClinicForm, FilterForm, SignatureForm, VolumeField
from clinic.web.numbers import WholeNumberField
from protocols.formulations.models import FormulationVersion
from sessions.preparation.models import Preparation, VisualCheck
from sessions.preparation.queries import BenchLine
from sessions.preparation.services.drafts import MOST_VIALS
from sessions.preparation.volumes import most_measured_ul
from sessions.stock.queries import UsableLot

#: The largest batch that any formulation may have, in microlitres.
MOST_BATCH_UL = 100_000


class NewPreparationForm(ClinicForm):
    """Which formulation, how much, in how many vials."""

    submit_label = gettext_lazy("Begin")
    formulation_version = forms.TypedChoiceField(
        label=gettext_lazy("Formulation"), coerce=int, widget=forms.RadioSelect
    )
    batch_ul = VolumeField(label=gettext_lazy("Batch"), min_ul=1, max_ul=MOST_BATCH_UL)
    vial_count = WholeNumberField(
        label=gettext_lazy("Vials"),
        min_value=1,
        max_value=MOST_VIALS,
        initial=1,
        help_text=gettext_lazy("What is made is divided among them to the microlitre."),
    )

    def __init__(self, *args: Any, versions: Sequence[FormulationVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = {version.pk: version for version in versions}
        field: Any = self.fields["formulation_version"]
        field.choices = [
            (
                version.pk,
                _("%(version)s: %(least)s to %(most)s mL, use within %(hours)d h")
                % {
                    "version": version,
                    "least": millilitre_text(version.batch_bounds_ul[0]),
                    "most": millilitre_text(version.batch_bounds_ul[1]),
                    "hours": version.usable_hours,
                },
            )
            for version in versions
        ]
        if len(versions) == 1:
            field.initial = versions[0].pk
        self._take_the_bounds_of(self.versions.get(_number(self["formulation_version"].data or field.initial)))

    def _take_the_bounds_of(self, version: FormulationVersion | None) -> None:
        """Name the bounds of the formulation chosen when the batch is outside of them."""
        if version is not None:
            batch: Any = self.fields["batch_ul"]
            batch.min_ul, batch.max_ul = version.batch_bounds_ul


def _number(typed: Any) -> int:
    return int(typed) if str(typed).isascii() and str(typed).isdecimal() else 0


class BenchForm(ClinicForm):
    """The bench: a lot and a volume for each ingredient, critical steps, the look, and notes; every field may wait."""

    visual_check = forms.ChoiceField(
        label=gettext_lazy("Visual check: does it look as described?"),
        choices=VisualCheck.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self,
        *args: Any,
        preparation: Preparation,
        bench: Sequence[BenchLine],
        lots: Mapping[int, Sequence[UsableLot]],
        **kwargs: Any,
    ) -> None:
        initial: dict[str, Any] = {"visual_check": preparation.visual_check, "notes": preparation.notes}
        super().__init__(*args, row_version=preparation.row_version, initial=initial, **kwargs)
        if steps := list(preparation.critical_steps.all()):
            self.fields["steps_done"] = forms.MultipleChoiceField(
                label=_("Critical steps: tick each when it is done"), required=False,
                choices=[(str(step.ordinal), str(step)) for step in steps], widget=forms.CheckboxSelectMultiple,
            )  # fmt: skip
            # It isn't optional, it may wait.
            self.fields["steps_done"].depends = True  # type: ignore[attr-defined]
            initial["steps_done"] = [str(step.ordinal) for step in steps if step.done_at is not None]
        self.offered: dict[str, Mapping[str, Any]] = {}
        for each in bench:
            number, line = each.line.ordinal, each.line
            usable = lots.get(line.formulation_line.ingredient_id, ())
            self.fields[f"lot_{number}"] = forms.ChoiceField(
                label=_("Lot"), choices=[("", _("Choose the lot")), *_choices(each, usable)], required=False
            )
            self.fields[f"measured_{number}"] = VolumeField(
                label=_("Measured volume"), max_ul=most_measured_ul(preparation.batch_ul), required=False
            )
            initial |= {f"lot_{number}": line.lot_id or "", f"measured_{number}": line.measured_ul}
            self.offered[f"lot_{number}"] = {str(lot.lot.pk): lot.lot for lot in usable} | (
                {str(each.lot.pk): each.lot} if each.lot else {}
            )


def _choices(each: BenchLine, usable: Sequence[UsableLot]) -> list[tuple[str, str]]:
    """Return the usable lots, nearest expiry first, and the lot chosen before though it isn't usable any more."""
    found = [
        (
            str(lot.lot.pk),
            _("%(lot)s · expires %(day)s · %(left)s mL")
            % {
                "lot": lot.lot.lot_number,
                "day": day_text(lot.lot.expires_on),
                "left": millilitre_text(lot.standing.balance_ul),
            },
        )
        for lot in usable
    ]
    if each.lot is not None and str(each.lot.pk) not in dict(found):
        found.append((str(each.lot.pk), _("%(lot)s · not usable any more") % {"lot": each.lot.lot_number}))
    return found


class SignPreparationForm(SignatureForm):
    """The preparer's signature over what the page shows; with the reason where that departs from the formulation."""

    submit_label = gettext_lazy("Sign as prepared")
    deviation_reason = forms.CharField(
        label=gettext_lazy("Why it deviates"),
        max_length=300,
        help_text=gettext_lazy("Such as: the last of the lot; an air bubble, noticed too late."),
    )
    field_order = ("deviation_reason", "password")

    def __init__(self, *args: Any, deviates: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not deviates:
            self.leave_out("deviation_reason")


class RejectForm(SignatureForm):
    """The signature that rejects a preparation."""

    submit_label = gettext_lazy("Reject this preparation")
    reason = forms.CharField(
        label=gettext_lazy("Why it is rejected"),
        max_length=300,
        help_text=gettext_lazy("Such as: cloudy after mixing; begun by mistake."),
    )
    field_order = ("reason", "password")


class DestroyForm(ClinicForm):
    """Destroying what is left in a vial."""

    submit_label = gettext_lazy("Record the destruction")
    volume_ul = VolumeField(label=gettext_lazy("Volume destroyed"), min_ul=1, max_ul=MOST_BATCH_UL)
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, help_text=gettext_lazy("Such as: beyond use; dropped.")
    )


class FindVialForm(FilterForm):
    """A vial's code, typed or scanned."""

    code = forms.CharField(label=gettext_lazy("Code on the label"), max_length=200)
