"""The example formulations. Plainly generic: which products, and whether at all, the physician decides."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from protocols.formulations.models import (
    AllergenClass,
    DosageForm,
    HazardClass,
    LineRole,
    PatientUse,
    PregnancyClass,
    Storage,
)
from protocols.formulations.recipe import Recipe, StorageDraft
from protocols.formulations.steps import StepDraft


@dataclass(frozen=True, slots=True)
class StarterIngredient:
    """An ingredient of the examples."""

    name: str
    concentration: str
    allergen_class: AllergenClass
    pregnancy_class: PregnancyClass
    hazard_class: HazardClass = HazardClass.NONE


@dataclass(frozen=True, slots=True)
class StarterLine:
    """A line of an example: `ingredient` is its name."""

    ingredient: str
    role: LineRole
    volume_ul_per_ml: int
    tolerance_percent: Decimal
    incompatibilities: str = ""


@dataclass(frozen=True, slots=True)
class StarterFormulation:
    """An example formulation; `adopt` is false for one that only shows a class."""

    code: str
    name: str
    recipe: Recipe
    lines: tuple[StarterLine, ...]
    adopt: bool = True


def ingredients() -> list[StarterIngredient]:
    """Return the ingredients that the examples are made of."""
    none, concern = AllergenClass.NONE, PregnancyClass.NO_CONCERN
    return [
        StarterIngredient(_("Dexpanthenol"), "250 mg/mL", AllergenClass.B_VITAMIN, concern),
        StarterIngredient(_("Biotin"), "5 mg/mL", AllergenClass.B_VITAMIN, concern),
        StarterIngredient(
            _("Hyaluronic acid, not cross-linked"), "10 mg/mL", AllergenClass.HYALURONIC_ACID, PregnancyClass.CLEARANCE
        ),
        StarterIngredient(
            _("Lidocaine hydrochloride"), "20 mg/mL", AllergenClass.LOCAL_ANAESTHETIC, PregnancyClass.CLEARANCE
        ),
        StarterIngredient(_("Sodium chloride"), "9 mg/mL", none, concern),
        StarterIngredient(_("Dutasteride"), "0.5 mg/mL", none, PregnancyClass.CONTRAINDICATED, HazardClass.HAZARDOUS),
    ]


def formulations() -> list[StarterFormulation]:
    """Return two formulations to adopt, and one that shows what a 5-alpha-reductase inhibitor brings with it."""
    ten, five, three = Decimal("10.0"), Decimal("5.0"), Decimal("3.0")
    return [
        StarterFormulation(
            code="A",
            name=_("Revitalising"),
            recipe=_recipe(warnings=_("Intradermal scalp only. Single patient.")),
            lines=(
                StarterLine(_("Sodium chloride"), LineRole.DILUENT, 400, ten),
                StarterLine(_("Dexpanthenol"), LineRole.ACTIVE, 400, five),
                StarterLine(_("Biotin"), LineRole.ACTIVE, 200, five),
            ),
        ),
        StarterFormulation(
            code="B",
            name=_("Hydrating"),
            recipe=_recipe(warnings=_("Intradermal scalp only. Single patient. Contains lidocaine.")),
            lines=(
                StarterLine(_("Sodium chloride"), LineRole.DILUENT, 200, ten),
                StarterLine(
                    _("Hyaluronic acid, not cross-linked"),
                    LineRole.ACTIVE,
                    500,
                    five,
                    _("Quaternary ammonium compounds, such as benzalkonium chloride"),
                ),
                StarterLine(_("Dexpanthenol"), LineRole.ACTIVE, 200, five),
                StarterLine(_("Lidocaine hydrochloride"), LineRole.ANAESTHETIC, 100, three),
            ),
        ),
        StarterFormulation(
            code="X",
            name=_("Example with a 5-ARI"),
            recipe=_recipe(
                warnings=_("Intradermal scalp only. Not in pregnancy. No blood donation."),
                references=_(
                    "An example of the class, not a proposal: evidence for the injected route is thin. Product "
                    "labels of 5-alpha-reductase inhibitors: contraindicated in pregnancy; no blood donation for "
                    "six months after the last dose of dutasteride."
                ),
            ),
            lines=(
                StarterLine(_("Sodium chloride"), LineRole.DILUENT, 600, ten),
                StarterLine(_("Dexpanthenol"), LineRole.ACTIVE, 200, five),
                StarterLine(_("Dutasteride"), LineRole.ACTIVE, 200, three),
            ),
            adopt=False,
        ),
    ]


def _recipe(*, warnings: str, references: str = "") -> Recipe:
    quoted = _("USP <797> (2023), Category 1, as commonly quoted; check the chapter or the rules that hold here")
    return Recipe(
        indication=_("Early to moderate pattern hair loss; telogen effluvium; support after transplant"),
        dosage_form=DosageForm.SOLUTION,
        strength_stated="",
        beyond_use_hours=24,
        beyond_use_reason=_(
            "Commonly quoted limit for refrigerated preparations without a stability study; confirm it locally. "
            "Days need a stability and facility basis."
        ),
        beyond_use_reference=quoted,
        storage=Storage.REFRIGERATED,
        other_storage=[
            StorageDraft(
                Storage.ROOM,
                12,
                _("Commonly quoted limit at room temperature without a stability study; confirm it locally."),
                quoted,
            )
        ],
        batch_min_ul=2_000,
        batch_max_ul=20_000,
        container=_("Sterile vial with rubber closure, single patient"),
        patient_use=PatientUse.SINGLE,
        equipment=_(
            "Sterile vials with rubber closures\n"
            "Sterile syringes of 1 and 5 mL, graduated, and drawing-up needles, one for each product\n"
            "Swabs with 70 % alcohol\n"
            "Labels and the label printer\n"
            "Sharps box"
        ),
        environment=_(
            "A clean bench away from traffic, cleared and disinfected before each batch; windows and doors shut. The "
            "rules that hold here may ask for a cabinet or a clean room."
        ),
        asepsis=_(
            "Take off jewellery; tie hair back; put on cap and mask\n"
            "Wash the hands to the elbows, then rub them with alcohol\n"
            "Put on a clean gown and sterile gloves\n"
            "Disinfect every closure before it is pierced and let it dry\n"
            "Use each needle and syringe once"
        ),
        method=[
            StepDraft(_("Clear and disinfect the bench; put on what garbing asks for.")),
            StepDraft(_("Check name, lot and expiry of every product against this record."), critical=True),
            StepDraft(
                _("Draw up the ingredients in the order of the lines and write down each measured volume at once.")
            ),
            StepDraft(_("Invert slowly ten times; do not shake."), critical=True),
            StepDraft(_("Look against light and against dark; reject as said under When to reject."), critical=True),
            StepDraft(_("Label every vial before the next step begins.")),
        ],
        appearance=_("Clear, colourless to slightly yellow, no particles."),
        reject_when=_("Cloudy, coloured, with particles or fibres, leaking, or a closure that isn't tight."),
        final_check="",
        calculation=_(
            "Volume of each ingredient in µL = its µL per mL × the batch in mL. Together they make the batch."
        ),
        example_ul=5_000,
        warnings=warnings,
        references=references
        or _("Local rules for preparing sterile products apply. Check each product's own label and incompatibilities."),
    )
