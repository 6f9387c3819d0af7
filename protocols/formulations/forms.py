"""Forms of ingredients and formulations."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm, VolumeField
from clinic.web.numbers import DecimalNumberField, WholeNumberField
from protocols.drafts.forms import DraftForm
from protocols.drafts.rows import RowForm, rows_of
from protocols.formulations.completeness import UL_PER_ML, volume_gap_text
from protocols.formulations.models import (
    WHOLE,
    AllergenClass,
    FormulationVersion,
    Ingredient,
    LineRole,
    PregnancyClass,
    Storage,
)
from protocols.formulations.services import LineDraft, Recipe

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


class LineForm(RowForm):
    """A line of a recipe. `ingredients` are those of the site, by their ids as text."""

    ingredient = forms.ChoiceField(label=_("Ingredient"))
    role = forms.ChoiceField(label=_("Role"), choices=[CHOOSE, *LineRole.choices])
    volume_ul_per_ml = WholeNumberField(label=_("µL per mL"), min_value=1, max_value=UL_PER_ML, tell_bounds=False)
    tolerance_percent = DecimalNumberField(
        label=_("Tolerance ± %"), min_value=Decimal("0.1"), max_value=Decimal(25), decimals=1, tell_bounds=False
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
    after_rows = (
        "beyond_use_hours", "beyond_use_reason", "storage", "batch_min_ul", "batch_max_ul", "container", "steps",
        "appearance", "warnings", "references",
    )  # fmt: skip

    code = forms.CharField(
        label=_("Code"),
        max_length=8,
        help_text=_("Short, in capitals and figures, such as A. It stands on labels."),
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9-]*$", _("Use letters, figures and dashes only."))],
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    indication = forms.CharField(label=_("Indication"), max_length=200)
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
    storage = forms.ChoiceField(label=_("Storage"), choices=Storage.choices, widget=forms.RadioSelect)
    batch_min_ul = VolumeField(label=_("Smallest batch"), min_ul=BATCH_UL[0], max_ul=BATCH_UL[1])
    batch_max_ul = VolumeField(label=_("Largest batch"), min_ul=BATCH_UL[0], max_ul=BATCH_UL[1])
    container = forms.CharField(label=_("Container and closure"), max_length=120)
    steps = forms.CharField(
        label=_("Steps"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One step a line; write CRITICAL before those that must not be missed."),
    )
    appearance = forms.CharField(
        label=_("Right appearance, and when to reject"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
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
        may_wait(self, *WHOLE)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        low, high = cleaned.get("batch_min_ul"), cleaned.get("batch_max_ul")
        if low and high and low > high:
            self.add_error("batch_max_ul", _("The largest batch can't be smaller than the smallest batch."))
        return cleaned

    def volumes_ul(self) -> list[int]:
        """Return the volumes that the rows hold now, saved or typed; what isn't a whole number is left out."""
        volumes = [str(row["volume_ul_per_ml"].value() or "").strip() for row in self.rows or []]
        return [int(volume) for volume in volumes if volume.isascii() and volume.isdigit() and len(volume) < 6]

    def rows_note(self) -> str:
        volumes = self.volumes_ul()
        return volume_gap_text(volumes) or str(_("The lines make exactly 1000 µL per mL."))

    def rows_note_kind(self) -> str:
        return "ask" if volume_gap_text(self.volumes_ul()) else "done"

    def recipe(self) -> Recipe:
        """Return the recipe as the services take it."""
        return cast("Recipe", {name: self.cleaned_data[name] for name in Recipe.__annotations__})

    def lines(self) -> list[LineDraft]:
        """Return the lines as the services take them."""
        return [LineDraft(**row) for row in self.rows.filled()] if self.rows is not None else []


def opened_with(version: FormulationVersion) -> dict[str, Any]:
    """Return how the form opens for `version`: `initial` and `rows_initial`."""
    initial = {name: getattr(version, name) for name in Recipe.__annotations__}
    initial |= {"code": version.formulation.code, "name": version.formulation.name}
    rows = [
        {
            "ingredient": str(line.ingredient_id),
            "role": line.role,
            "volume_ul_per_ml": line.volume_ul_per_ml,
            "tolerance_percent": line.tolerance_percent,
        }
        for line in version.lines.all()
    ]
    return {"initial": initial, "rows_initial": rows}
