"""Forms of the stock."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.web.forms import ClinicForm, FilterForm, VolumeField
from clinic.web.numbers import WholeNumberField
from protocols.formulations.models import Ingredient
from sessions.stock.models import LotMovementKind
from sessions.stock.queries import Show
from sessions.stock.services import MOST_UL


class ReceiveLotForm(ClinicForm):
    """One lot as it arrived, as its pack says."""

    submit_label = gettext_lazy("Receive this lot")
    ingredient = forms.TypedChoiceField(label=gettext_lazy("Ingredient"), coerce=int)
    product = forms.CharField(label=gettext_lazy("Product, as on the pack"), max_length=120)
    manufacturer = forms.CharField(label=gettext_lazy("Manufacturer or supplier"), max_length=120)
    lot_number = forms.CharField(
        label=gettext_lazy("Lot number"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Expiry date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("With a month only, take its last day."),
    )
    received_ul = VolumeField(
        label=gettext_lazy("Volume received"),
        min_ul=1,
        max_ul=MOST_UL,
        help_text=gettext_lazy("Of all containers of this lot together."),
    )
    opened_limit_days = WholeNumberField(
        label=gettext_lazy("Usable for so many days once opened"),
        required=False,
        min_value=1,
        max_value=365,
        help_text=gettext_lazy("As the pack says, often 28 for multi-dose containers. Empty: no limit is stated."),
    )

    def __init__(self, *args: Any, ingredients: Iterable[Ingredient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ingredients = {ingredient.pk: ingredient for ingredient in ingredients}
        field: Any = self.fields["ingredient"]
        field.choices = [("", _("Choose the ingredient")), *((pk, str(row)) for pk, row in self.ingredients.items())]


class StockFilterForm(FilterForm):
    """What the stock list shows."""

    show = forms.ChoiceField(label=gettext_lazy("Lots"), choices=Show.choices, required=False)
    ingredient = forms.TypedChoiceField(label=gettext_lazy("Ingredient"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, ingredients: Iterable[Ingredient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["ingredient"]
        field.choices = [("", _("All ingredients")), *((row.pk, str(row)) for row in ingredients)]


#: What each movement asks for: its volume's label ("" without a volume) and whether it asks for a reason.
ASKS: dict[LotMovementKind, tuple[Any, bool]] = {
    LotMovementKind.RECEIVED: (gettext_lazy("Volume that arrived"), False),
    LotMovementKind.OPENED: ("", False),
    LotMovementKind.DISCARDED: (gettext_lazy("Volume discarded"), True),
    LotMovementKind.ADJUSTED: (gettext_lazy("Volume counted"), True),
    LotMovementKind.QUARANTINED: ("", True),
    LotMovementKind.RELEASED: ("", True),
}


class MoveLotForm(ClinicForm):
    """One movement of a lot."""

    volume_ul = VolumeField(max_ul=MOST_UL)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, *args: Any, kind: LotMovementKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label, asks_reason = ASKS[kind]
        if label:
            self.fields["volume_ul"].label = label
        else:
            self.leave_out("volume_ul")
        if not asks_reason:
            self.leave_out("reason")
