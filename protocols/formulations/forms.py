"""Forms of ingredients and formulations."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm, VolumeField
from clinic.web.numbers import DecimalNumberField, WholeNumberField
from protocols.drafts.forms import DraftForm, Group
from protocols.drafts.rows import RowForm, RowsKind, rows_of
from protocols.formulations.completeness import UL_PER_ML, volume_gap_text
from protocols.formulations.models import (
    MOST_HOURS_KEPT,
    USUAL_STORAGE,
    WHOLE,
    AllergenClass,
    DosageForm,
    FormulationVersion,
    HazardClass,
    Ingredient,
    LineRole,
    PatientUse,
    PregnancyClass,
    Storage,
)
from protocols.formulations.products import products_in
from protocols.formulations.recipe import RECIPE_COLUMNS, LineDraft, Recipe, StorageDraft
from protocols.formulations.steps import StepDraft

#: A volume of more figures isn't read for the running sum.
LONGEST_VOLUME = 6
BATCH_UL = (100, 100_000)
CHOOSE = ("", _("Choose one"))


def may_wait(form: forms.Form, *names: str) -> None:
    """Let the fields `names` be empty in a draft; they aren't optional, so they don't say that they are."""
    for name in names:
        field: Any = form.fields[name]
        field.required, field.depends = False, True


class IngredientForm(ClinicForm):
    """A substance as it comes; its classes decide who may have a formulation with it, so they are chosen, not given."""

    name = forms.CharField(label=_("Substance"), max_length=80)
    concentration = forms.CharField(
        label=_("Concentration"), max_length=40, help_text=_("As on the product, such as 5 mg/mL.")
    )
    allergen_class = forms.ChoiceField(
        label=_("Allergen class"),
        choices=[CHOOSE, *AllergenClass.choices],
        help_text=_("A hypersensitivity to the class stops every formulation with this ingredient."),
    )
    pregnancy_class = forms.ChoiceField(
        label=_("In pregnancy or breastfeeding"),
        choices=[CHOOSE, *PregnancyClass.choices],
        help_text=_("Take it from the product's label; the strictest ingredient decides for the formulation."),
    )
    hazard_class = forms.ChoiceField(
        label=_("Hazard for who prepares"),
        choices=[CHOOSE, *HazardClass.choices],
        help_text=_("From the product's safety data sheet. It stands at the bench."),
    )


class LineForm(RowForm):
    """A line of a recipe. `ingredients` are those of the site, by their ids as text."""

    ingredient = forms.ChoiceField(label=_("Ingredient"))
    role = forms.ChoiceField(label=_("Role"), choices=[CHOOSE, *LineRole.choices])
    volume_ul_per_ml = WholeNumberField(label=_("µL per mL"), min_value=1, max_value=UL_PER_ML, tell_bounds=False)
    tolerance_percent = DecimalNumberField(
        label=_("Tolerance ± %"), min_value=Decimal("0.1"), max_value=Decimal(25), decimals=1, tell_bounds=False
    )
    products = forms.CharField(
        label=_("Allowed products"), max_length=3000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line, as it is received into stock. Left empty, any product may be used."),
    )  # fmt: skip
    incompatibilities = forms.CharField(
        label=_("Incompatible with"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, ingredients: Mapping[str, Ingredient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ingredients = ingredients
        may_wait(self, "role", "volume_ul_per_ml", "tolerance_percent")
        self.fields["ingredient"].choices = [  # type: ignore[attr-defined]
            CHOOSE, *((key, str(ingredient)) for key, ingredient in ingredients.items())
        ]  # fmt: skip

    def clean_ingredient(self) -> Ingredient:
        """Return the ingredient chosen."""
        return self.ingredients[self.cleaned_data["ingredient"]]

    def clean_products(self) -> list[str]:
        """Return the products named."""
        return products_in(self.cleaned_data["products"])


class FurtherRowForm(RowForm):
    """A row that needs to know nothing of the site's ingredients, as the lines do."""

    def __init__(self, *args: Any, ingredients: Mapping[str, Ingredient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class StepForm(FurtherRowForm):
    """A step of making it."""

    text = forms.CharField(label=_("Step"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))
    critical = forms.BooleanField(label=_("Critical"), required=False)


class StorageForm(FurtherRowForm):
    """Another way of keeping it."""

    storage = forms.ChoiceField(label=_("Kept"), choices=[CHOOSE, *Storage.choices])
    hours = WholeNumberField(
        label=_("Beyond use after"), min_value=1, max_value=MOST_HOURS_KEPT, unit=_("hours"), tell_bounds=False
    )
    reason = forms.CharField(label=_("Basis"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    reference = forms.CharField(
        label=_("Reference"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class FormulationForm(DraftForm):
    """A version of a formulation: its lines for one millilitre, how it is made, how long it may be used."""

    touches_consent = True
    saving_hint = _("A name and a code are enough to save it. What is missing is listed, and asked for by the review.")
    rows_class = rows_of(LineForm)
    rows_title = _("Ingredients for 1 mL, in the order of adding")
    rows_hint = _("The lines make exactly 1000 µL. A draft can be saved before they do.")
    row_name = _("Line")
    row_add = _("Add a line")
    rows_style = "line"
    more_rows = (
        RowsKind(
            "method", rows_of(StepForm), _("Steps, in this order"),
            _("One thing to do in each. Mark those that must not be missed as critical."), _("Step"), _("Add a step"),
            "method",
        ),
        RowsKind(
            "kept", rows_of(StorageForm), _("Beyond use when it is kept otherwise"),
            _("Leave it empty where it is kept in one way only."), _("Storage"), _("Add a storage"), "kept",
        ),
    )  # fmt: skip
    groups = (
        Group(_("Before it is made"), ("equipment", "environment", "asepsis"), rows="method"),
        Group(_("Checks of what was made"), ("appearance", "reject_when", "final_check")),
        Group(_("Batch and container"), ("batch_min_ul", "batch_max_ul", "container", "patient_use")),
        Group(
            _("Storage and beyond use"),
            ("storage", "beyond_use_hours", "beyond_use_reason", "beyond_use_reference"),
            rows="kept",
        ),
        Group(_("Calculation"), ("example_ul", "calculation")),
        Group(_("Label and references"), ("warnings", "references")),
    )

    code = forms.CharField(
        label=_("Code"),
        max_length=8,
        help_text=_("Short, in capitals and figures, such as A. It stands on labels."),
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9-]*$", _("Use letters, figures and dashes only."))],
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    indication = forms.CharField(label=_("Indication"), max_length=200)
    dosage_form = forms.ChoiceField(label=_("Dosage form"), choices=[CHOOSE, *DosageForm.choices])
    strength_stated = forms.CharField(
        label=_("Strength per mL, where it can't be worked out"),
        max_length=200,
        required=False,
        help_text=_("It is worked out of concentrations like 5 mg/mL or 0.5 %. State that of any other here."),
    )
    beyond_use_hours = WholeNumberField(
        label=_("Beyond use after"),
        min_value=1,
        max_value=24 * 14,
        unit=_("hours"),
        help_text=_("Counted from the preparation. Days need a stability and facility basis."),
    )
    beyond_use_reason = forms.CharField(
        label=_("Basis of the beyond-use time"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    beyond_use_reference = forms.CharField(
        label=_("Reference of the beyond-use time"), max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    storage = forms.ChoiceField(
        label=_("Storage"), choices=[(each.value, each.label) for each in USUAL_STORAGE], widget=forms.RadioSelect
    )
    batch_min_ul = VolumeField(label=_("Smallest batch"), min_ul=BATCH_UL[0], max_ul=BATCH_UL[1])
    batch_max_ul = VolumeField(label=_("Largest batch"), min_ul=BATCH_UL[0], max_ul=BATCH_UL[1])
    container = forms.CharField(label=_("Container and closure"), max_length=120)
    patient_use = forms.ChoiceField(
        label=_("For how many patients"),
        choices=PatientUse.choices,
        initial=PatientUse.SINGLE,
        widget=forms.RadioSelect,
        help_text=_("Sessions here take a vial for one patient only, whichever is chosen."),
    )
    equipment = forms.CharField(
        label=_("Equipment"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("One item a line.")
    )
    environment = forms.CharField(
        label=_("Environment"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Where it is made: room, bench or cabinet, and what is checked of it."),
    )  # fmt: skip
    asepsis = forms.CharField(
        label=_("Garbing and asepsis"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One thing a line, in its order."),
    )  # fmt: skip
    appearance = forms.CharField(
        label=_("Appearance when right"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    reject_when = forms.CharField(label=_("When to reject"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    final_check = forms.CharField(
        label=_("pH or filter check"), max_length=300, required=False, help_text=_("If there is any.")
    )
    example_ul = VolumeField(
        label=_("Volume of the worked example"), min_ul=BATCH_UL[0], max_ul=BATCH_UL[1], required=False,
        help_text=_("The example is computed from the lines. Left empty, it is for the smallest batch."),
    )  # fmt: skip
    calculation = forms.CharField(
        label=_("Calculation, as you would explain it"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("It is shown beside the computed example."),
    )  # fmt: skip
    warnings = forms.CharField(label=_("Label warnings"), max_length=120, required=False)
    references = forms.CharField(
        label=_("References"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self, data: Any = None, *, ingredients: Sequence[Ingredient], named: bool = True, **kwargs: Any
    ) -> None:
        found = {str(ingredient.pk): ingredient for ingredient in ingredients}
        super().__init__(data, row_kwargs={"ingredients": found}, **kwargs)
        if not named:
            del self.fields["code"], self.fields["name"]
            self.saving_hint = _("Say why you change it and it can be saved. What is missing is listed for the review.")
        may_wait(self, *WHOLE, "patient_use")

    def clean_patient_use(self) -> str:
        """Return what was chosen; one patient where nothing was."""
        return self.cleaned_data["patient_use"] or PatientUse.SINGLE.value

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        low, high = cleaned.get("batch_min_ul"), cleaned.get("batch_max_ul")
        if low and high and low > high:
            self.add_error("batch_max_ul", _("The largest batch can't be smaller than the smallest batch."))
        return cleaned

    def _volumes(self) -> list[int | None]:
        """Return the volumes that the rows hold now, saved or typed: 0 for none, None for what can't be read."""
        return [self._volume(row["volume_ul_per_ml"].value()) for row in self.rows or []]

    @staticmethod
    def _volume(typed: Any) -> int | None:
        text = str(typed if typed is not None else "").strip()
        if not text:
            return 0
        return int(text) if text.isdecimal() and len(text) < LONGEST_VOLUME else None

    def rows_note(self) -> str:
        volumes = self._volumes()
        if unread := [str(number) for number, volume in enumerate(volumes, start=1) if volume is None]:
            return ngettext(
                "The sum isn't known: the volume of line %(lines)s can't be read.",
                "The sum isn't known: the volumes of lines %(lines)s can't be read.",
                len(unread),
            ) % {"lines": ", ".join(unread)}
        known = [volume for volume in volumes if volume is not None]
        return volume_gap_text(known) or gettext("The lines make exactly 1000 µL per mL.")

    def rows_note_kind(self) -> str:
        volumes = self._volumes()
        known = [volume for volume in volumes if volume is not None]
        return "done" if len(known) == len(volumes) and not volume_gap_text(known) else "ask"

    def recipe(self) -> Recipe:
        """Return the recipe as the services take it."""
        rows = {
            "method": [StepDraft(**row) for row in self.rows_named("method").filled()],
            "other_storage": [StorageDraft(**row) for row in self.rows_named("kept").filled()],
        }
        return cast("Recipe", {name: self.cleaned_data[name] for name in RECIPE_COLUMNS} | rows)

    def lines(self) -> list[LineDraft]:
        """Return the lines as the services take them."""
        return [LineDraft(**row) for row in self.rows.filled()] if self.rows is not None else []


def opened_with(version: FormulationVersion) -> dict[str, Any]:
    """Return how the form opens for `version`; the steps of one text, as versions of before have them, as rows."""
    initial = {name: getattr(version, name) for name in RECIPE_COLUMNS}
    initial |= {"code": version.formulation.code, "name": version.formulation.name}
    rows = [
        {
            "ingredient": str(line.ingredient_id),
            "role": line.role,
            "volume_ul_per_ml": line.volume_ul_per_ml,
            "tolerance_percent": line.tolerance_percent,
            "products": "\n".join(line.products),
            "incompatibilities": line.incompatibilities,
        }
        for line in version.lines.all()
    ]
    more = {
        "method": [asdict(step) for step in version.steps_said()],
        "kept": [
            {name: getattr(limit, name) for name in ("storage", "hours", "reason", "reference")}
            for limit in version.other_storage.all()
        ],
    }
    return {"initial": initial, "rows_initial": rows, "more_initial": more}
