"""The categories that a reported fact can speak to, and what they say to a checklist.

A category is a hint for the person who screens: this fact belongs beside that question. It never answers the
question. What isn't recognised stays without a category and is shown all the same.

`VERSION` stands for the lists of codes and word stems together (`category_codes`, `category_words`); it is kept with
every stored fact, so that it is known by which lists it was sorted.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERSION = 1


class Category(StrEnum):
    """What a reported fact is about, as far as it matters before an injection into the scalp."""

    PREGNANCY = "pregnancy"
    PREGNANCY_POSSIBLE = "pregnancy_possible"
    PREGNANCY_RELATED = "pregnancy_related"
    PREGNANCY_ENDED = "pregnancy_ended"
    EXPECTED_DELIVERY_DATE = "expected_delivery_date"
    BREASTFEEDING = "breastfeeding"
    ANTICOAGULANT_USE = "anticoagulant_use"
    ANTIPLATELET_USE = "antiplatelet_use"
    ASPIRIN_OTHER_DOSE = "aspirin_other_dose"
    THROMBOLYTIC = "thrombolytic"
    BLEEDING_DISORDER = "bleeding_disorder"
    COAGULATION_OTHER = "coagulation_other"
    MALIGNANCY = "malignancy"
    CARCINOMA_IN_SITU = "carcinoma_in_situ"
    NEOPLASM_UNSPECIFIED = "neoplasm_unspecified"
    MALIGNANCY_SUSPECTED = "malignancy_suspected"
    FAMILY_HISTORY_OF_CANCER = "family_history_of_cancer"
    CANCER_TREATMENT = "cancer_treatment"
    SKIN_INFECTION = "skin_infection"
    SCALP_INFECTION = "scalp_infection"
    SKIN_DISEASE = "skin_disease"
    FIVE_ARI_USE = "five_ari_use"
    ALLERGY = "allergy"
    STATED_NONE_KNOWN = "stated_none_known"
    NO_INFORMATION = "no_information"


class Kind(StrEnum):
    """What sort of statement a reported fact is."""

    CONDITION = "condition"
    ALLERGY = "allergy"
    MEDICATION = "medication"
    OBSERVATION = "observation"


class Standing(StrEnum):
    """How a fact stands today, as far as its source says.

    PRESENT is active or observed; CHECK has no status, or one that leaves it open; PAST is resolved, inactive, in
    remission, stopped or completed; NEGATED says that it is not so (not done, do not perform, refuted, none known).
    """

    PRESENT = "present"
    CHECK = "check"
    PAST = "past"
    NEGATED = "negated"


@dataclass(frozen=True, slots=True)
class Match:
    """The category of a fact and what it was recognised by, in words that can be shown.

    `standing` is set where the code or the words themselves say how the fact stands ("no known allergy", "history
    of"), and then counts instead of the record's status.
    """

    category: Category
    why: str
    standing: Standing | None = None


LABELS: dict[Category, str | Promise] = {
    Category.PREGNANCY: _("pregnancy"),
    Category.PREGNANCY_POSSIBLE: _("possible pregnancy"),
    Category.PREGNANCY_RELATED: _("condition of pregnancy"),
    Category.PREGNANCY_ENDED: _("pregnancy that has ended"),
    Category.EXPECTED_DELIVERY_DATE: _("expected delivery date"),
    Category.BREASTFEEDING: _("breastfeeding"),
    Category.ANTICOAGULANT_USE: _("anticoagulant"),
    Category.ANTIPLATELET_USE: _("antiplatelet medicine"),
    Category.ASPIRIN_OTHER_DOSE: _("aspirin, not in a low daily dose"),
    Category.THROMBOLYTIC: _("thrombolytic"),
    Category.BLEEDING_DISORDER: _("bleeding disorder"),
    Category.COAGULATION_OTHER: _("other disorder of coagulation"),
    Category.MALIGNANCY: _("malignancy"),
    Category.CARCINOMA_IN_SITU: _("carcinoma in situ"),
    Category.NEOPLASM_UNSPECIFIED: _("neoplasm, not said whether malignant"),
    Category.MALIGNANCY_SUSPECTED: _("suspected malignancy"),
    Category.FAMILY_HISTORY_OF_CANCER: _("cancer in the family"),
    Category.CANCER_TREATMENT: _("cancer treatment"),
    Category.SKIN_INFECTION: _("skin infection"),
    Category.SCALP_INFECTION: _("scalp infection"),
    Category.SKIN_DISEASE: _("skin disease"),
    Category.FIVE_ARI_USE: _("5-alpha-reductase inhibitor"),
    Category.ALLERGY: _("allergy or intolerance"),
    Category.STATED_NONE_KNOWN: _("stated: none known"),
    Category.NO_INFORMATION: _("stated: no information"),
}

# The checklist rule (`protocols.checklists.models.Rule`) beside whose question a category is shown. The others stand
# with the patient's facts only.
CHECKLIST_RULE: dict[Category, str] = {
    Category.PREGNANCY: "pregnancy",
    Category.PREGNANCY_POSSIBLE: "pregnancy",
    Category.PREGNANCY_RELATED: "pregnancy",
    Category.PREGNANCY_ENDED: "pregnancy",
    Category.EXPECTED_DELIVERY_DATE: "pregnancy",
    Category.BREASTFEEDING: "pregnancy",
    Category.ANTICOAGULANT_USE: "anticoagulant",
    Category.ANTIPLATELET_USE: "anticoagulant",
    Category.ASPIRIN_OTHER_DOSE: "anticoagulant",
    Category.THROMBOLYTIC: "anticoagulant",
    Category.BLEEDING_DISORDER: "bleeding_disorder",
    Category.COAGULATION_OTHER: "bleeding_disorder",
    Category.MALIGNANCY: "malignancy",
    Category.CARCINOMA_IN_SITU: "malignancy",
    Category.NEOPLASM_UNSPECIFIED: "malignancy",
    Category.MALIGNANCY_SUSPECTED: "malignancy",
    Category.CANCER_TREATMENT: "malignancy",
    Category.SKIN_INFECTION: "scalp_infection",
    Category.SCALP_INFECTION: "scalp_infection",
    Category.SKIN_DISEASE: "scalp_disease",
    Category.ALLERGY: "hypersensitivity",
}
