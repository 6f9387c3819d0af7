"""The pages about making: preparations and the stock that they are made from."""

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.components.layout import Tab


def tabs(current: str) -> list[Tab]:
    """Return the tabs, with the page `current` ("preparations" or "stock") marked."""
    return [
        Tab(_("Preparations"), reverse("preparation_list"), current == "preparations"),
        Tab(_("Stock"), reverse("stock_list"), current == "stock"),
    ]
