"""The form of a jurisdiction table."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic import clock
from clinic.accounts.access import ClinicRequest
from clinic.web.forms import PastDateField
from protocols.decisions.models import Part
from protocols.drafts.pages import DocumentForm
from protocols.drafts.rows import RowForm, rows_of
from protocols.formulations.forms import CHOOSE
from protocols.formulations.models import Ingredient
from protocols.jurisdiction.models import WITH_REASON, JurisdictionEntry, JurisdictionTableVersion, LegalStatus


class EntryForm(RowForm):
    """An ingredient and what was found about it. `ingredients` are those of the site, by their ids as text."""

    ingredient = forms.ChoiceField(label=_("Ingredient"))
    legal_status = forms.ChoiceField(label=_("Legal status"), choices=[CHOOSE, *LegalStatus.choices])
    source = forms.CharField(
        label=_("Where it was looked up"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    checked_on = PastDateField(label=_("Looked up on"))
    consent_line = forms.CharField(
        label=_("What the patient reads"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed for off-label and prescriber only: it stands in the consent."),
    )  # fmt: skip

    def __init__(self, *args: Any, ingredients: Mapping[str, Ingredient], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("PastDateField", self.fields["checked_on"]).set_today(today)
        self.ingredients = ingredients
        self.fields["ingredient"].choices = [  # type: ignore[attr-defined]
            CHOOSE, *((key, str(ingredient)) for key, ingredient in ingredients.items())
        ]  # fmt: skip

    def clean_ingredient(self) -> Ingredient:
        """Return the ingredient chosen."""
        return self.ingredients[self.cleaned_data["ingredient"]]

    def has_changed(self) -> bool:
        """A row that only names its ingredient hasn't been looked up yet: it is left out, and offered again."""
        return bool(set(self.changed_data) - {"ingredient"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (
            cleaned.get("legal_status") in WITH_REASON
            and not cleaned.get("consent_line")
            and "consent_line" not in self.errors
        ):
            self.add_error("consent_line", _("Write what the patient reads about it in the consent."))
        return cleaned


class JurisdictionForm(DocumentForm):
    """Where the site works, how it looks things up, and what it found about each ingredient."""

    model = JurisdictionTableVersion
    row_model = JurisdictionEntry
    rows_class = rows_of(EntryForm)
    rows_title = _("Ingredients")
    rows_hint = _(
        "Every ingredient of the site stands here. One without a status isn't saved, and counts as not allowed."
    )
    row_name = _("Ingredient")
    row_add = _("Add an ingredient")
    rows_style = "entry"

    jurisdiction = forms.CharField(
        label=_("Country or region"), max_length=120, help_text=_("Whose rules these are, such as Berlin, Germany.")
    )
    method = forms.CharField(
        label=_("How an entry is looked up"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        chosen = [row["ingredient"] for row in self.filled_rows()]
        for ingredient in dict.fromkeys(one for one in chosen if chosen.count(one) > 1):
            self.add_error(None, _("%(name)s stands in two rows. Make one row of them.") % {"name": ingredient})
        return cleaned

    def filled_rows(self) -> list[dict[str, Any]]:
        """Return the rows that are right, [] while one of them isn't."""
        return self.rows.filled() if self.rows is not None and self.rows.is_valid() else []

    def parts(self) -> list[Part]:
        return [JurisdictionEntry(ingredient_name=str(row["ingredient"]), **row) for row in self.filled_rows()]


def not_looked_up(request: ClinicRequest, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each ingredient of the site that `rows` don't hold."""
    there = {str(row["ingredient"]) for row in rows}
    listed = Ingredient.objects.for_site(request.actor.site).order_by("name", "concentration")
    return [{"ingredient": str(one.pk)} for one in listed if str(one.pk) not in there]


def rows_for(request: ClinicRequest) -> dict[str, Any]:
    """Return what the rows of a form at the site of `request` choose from."""
    listed = Ingredient.objects.for_site(request.actor.site).order_by("name", "concentration")
    today = clock.today(request.actor.site)
    return {"today": today, "ingredients": {str(ingredient.pk): ingredient for ingredient in listed}}
