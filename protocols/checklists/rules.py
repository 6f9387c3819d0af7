"""The contraindications that a checklist asks about, and when it asks about enough of them: a pure rule."""

from collections.abc import Collection

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Rule(models.TextChoices):
    """The rule that judges an item's answer; see `patients.screening.contraindications`."""

    SCALP_INFECTION = "scalp_infection", _("Scalp infection")
    BLEEDING_DISORDER = "bleeding_disorder", _("Bleeding disorder")
    ANTICOAGULANT = "anticoagulant", _("Anticoagulant or antiplatelet")
    MALIGNANCY = "malignancy", _("Active malignancy")
    PREGNANCY = "pregnancy", _("Pregnancy and breastfeeding")
    HYPERSENSITIVITY = "hypersensitivity", _("Hypersensitivity")


def checklist_gaps(asked: Collection[str]) -> list[str]:
    """Return, in sentences, which of the contraindications no question asks about; `asked` holds rules."""
    return [
        gettext("No question asks about this: %(rule)s. Add one.") % {"rule": rule.label}
        for rule in Rule
        if rule not in asked
    ]
