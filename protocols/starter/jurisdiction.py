"""The jurisdiction table as it ships: empty, with a method. It makes no statement about any law."""

from typing import Any

from django.utils.translation import gettext as _


def values() -> dict[str, Any]:
    """Return the version's own fields: no country yet, and a method that the site may change."""
    return {
        "jurisdiction": "",
        "method": _(
            "For each ingredient: read the product's authorisation and label for its route and use; read what "
            "the medicines authority and the professional body say about injecting it into the skin of the scalp, and "
            "about preparing it in the clinic; ask a pharmacist or a lawyer where the answer isn't plain.\n"
            "Write down what was read and on which day. Off-label: authorised, but not for this use or route. "
            "Prescriber only: a physician must order it for the patient.\n"
            "Look every entry up again once a year, and when a product or a rule changes."
        ),
    }


def opened(_asked: str = "") -> dict[str, Any]:
    """Return how the first jurisdiction table opens: without an entry."""
    return {"initial": values(), "rows_initial": []}
