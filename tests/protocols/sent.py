"""What the form of a formulation sends, and what its pages say."""

import html
import uuid
from typing import Any

from protocols.models import Ingredient

NEW = "/protocols/formulations/new/"
#: No steps and no other storage, announced as the page does.
EMPTY = {"method-TOTAL_FORMS": 0, "method-INITIAL_FORMS": 0, "kept-TOTAL_FORMS": 0, "kept-INITIAL_FORMS": 0}


def text_of(answer: Any) -> str:
    """Return the page as people read it."""
    return html.unescape(answer.content.decode())


def sent_rows(*rows: dict[str, Any], prefix: str = "rows") -> dict[str, Any]:
    """Return rows as the form sends them."""
    data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    for index, row in enumerate(rows):
        data |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
    return data


def sent_steps(*texts: str) -> dict[str, Any]:
    """Return the steps of a method."""
    return sent_rows(*({"text": text} for text in texts), prefix="method")


def sent_line(ingredient: Ingredient, volume: Any = 600, role: str = "active", tolerance: Any = "5") -> dict[str, Any]:
    """Return a line of a recipe."""
    return {
        "ingredient": ingredient.pk, "role": role, "volume_ul_per_ml": volume, "tolerance_percent": tolerance,
    }  # fmt: skip


def sent_formulation(*lines: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return a whole formulation with these lines, with `changed` fields."""
    data = {
        "submission_key": str(uuid.uuid4()), "code": "A", "name": "Revitalising", "indication": "Early hair loss",
        "beyond_use_hours": "24", "beyond_use_reason": "Local limit", "storage": "refrigerated", "batch_min_ul": "2",
        "batch_max_ul": "20", "container": "Vial", "appearance": "Clear", "warnings": "",
        "references": "", "dosage_form": "solution", "patient_use": "single", "equipment": "Syringes",
        "environment": "Clean bench", "asepsis": "Gloves", "reject_when": "Cloudy",
    }  # fmt: skip
    return data | sent_rows(*lines) | sent_steps("Mix.") | sent_rows(prefix="kept") | changed
