"""What a checklist can ask about, and when it asks about enough: pure rules."""

from collections.abc import Collection

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Rule(models.TextChoices):
    """What a question asks about; it decides by which rule the answer is judged.

    The first six have a rule of their own (`patients.screening.rules`). The others are judged by one of a few kinds,
    which `protocols.checklists.topics` names for each.
    """

    SCALP_INFECTION = "scalp_infection", _("Scalp infection")
    BLEEDING_DISORDER = "bleeding_disorder", _("Bleeding disorder")
    ANTICOAGULANT = "anticoagulant", _("Anticoagulant or antiplatelet")
    MALIGNANCY = "malignancy", _("Active malignancy")
    PREGNANCY = "pregnancy", _("Pregnancy and breastfeeding")
    HYPERSENSITIVITY = "hypersensitivity", _("Hypersensitivity")
    LAST_REACTION = "last_reaction", _("Reaction after the last session")
    NEWS = "news", _("New since the last session")
    HEALING = "healing", _("Immunity, diabetes and healing")
    SCALP_DISEASE = "scalp_disease", _("Keloid, scarring and scalp disease")
    FAINTING = "fainting", _("Fainting, fasting and fear")
    EMERGENCY_RISK = "emergency_risk", _("Risk in an emergency")
    TRANSPLANT = "transplant", _("Hair transplant")
    FIVE_ARI = "five_ari", _("Advice about a 5-alpha-reductase inhibitor")
    BLOCK_WEIGHT = "block_weight", _("Weight for a block or infiltration")
    CONSENT_CURRENT = "consent_current", _("Consent and expectations")
    PRP = "prp", _("Platelet-rich plasma")


#: What every checklist asks about; a version decides whether it asks about the others too.
ALWAYS_ASKED: tuple[Rule, ...] = (
    Rule.SCALP_INFECTION, Rule.BLEEDING_DISORDER, Rule.ANTICOAGULANT, Rule.MALIGNANCY, Rule.PREGNANCY,
    Rule.HYPERSENSITIVITY,
)  # fmt: skip
#: What is confirmed rather than found: here a yes is what nothing follows from.
CONFIRMATIONS = frozenset({Rule.FIVE_ARI, Rule.CONSENT_CURRENT})


def fine_answer(rule: str) -> str:
    """Return the answer to a question of `rule` that nothing follows from: no to a finding, yes to a confirmation."""
    return "yes" if rule in CONFIRMATIONS else "no"


def checklist_gaps(asked: Collection[str]) -> list[str]:
    """Return, in sentences, which of the contraindications no question asks about; `asked` holds rules."""
    return [
        gettext("No question asks about this: %(rule)s. Add one.") % {"rule": rule.label}
        for rule in ALWAYS_ASKED
        if rule not in asked
    ]
