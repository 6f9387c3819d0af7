"""A recipe before it is written: its lines, its steps, and what else the master formulation record says."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from protocols.formulations.models import Ingredient
from protocols.formulations.steps import StepDraft


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line of a recipe before it is written: `role` is a LineRole, `tolerance_percent` ± of the volume.

    What a draft doesn't say yet is None, or "".
    """

    ingredient: Ingredient
    role: str
    volume_ul_per_ml: int | None
    tolerance_percent: Decimal | None
    products: Sequence[str] = ()
    incompatibilities: str = ""


@dataclass(frozen=True, slots=True)
class StorageDraft:
    """Another way of keeping it, before it is written: `storage` is a Storage."""

    storage: str
    hours: int
    reason: str
    reference: str = ""


class Recipe(TypedDict):
    """What a version of a formulation says (the master formulation record) besides its lines.

    `storage` is a Storage, `dosage_form` a DosageForm, `patient_use` a PatientUse. What a draft doesn't say yet is
    None, or "".
    """

    indication: str
    dosage_form: str
    strength_stated: str
    beyond_use_hours: int | None
    beyond_use_reason: str
    beyond_use_reference: str
    storage: str
    other_storage: Sequence[StorageDraft]
    batch_min_ul: int | None
    batch_max_ul: int | None
    container: str
    patient_use: str
    equipment: str
    environment: str
    asepsis: str
    method: Sequence[StepDraft]
    appearance: str
    reject_when: str
    final_check: str
    calculation: str
    example_ul: int | None
    warnings: str
    references: str


#: What of a recipe stands in rows of its own, and what in the version's columns.
IN_ROWS = ("method", "other_storage")
RECIPE_COLUMNS = tuple(name for name in Recipe.__annotations__ if name not in IN_ROWS)
