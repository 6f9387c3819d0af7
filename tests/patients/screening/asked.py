"""The checklist on the screen, as tests send it."""

from typing import Any

from django.test import Client
from django.urls import reverse

from patients.screening.models import PatientChecklist
from protocols.checklists.models import ChecklistItem, Rule

ANTICOAGULANT: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg"})}


def name_of(checklist: PatientChecklist, rule: str) -> str:
    item: ChecklistItem = checklist.version.items.get(rule=rule)
    return f"q{item.pk}"


def save(operating: Client, checklist: PatientChecklist, values: dict[str, Any], version: int | None = None) -> Any:
    checklist.refresh_from_db()
    body = {"changed": list(values), "row_version": version or checklist.row_version, **values}
    return operating.post(reverse("checklist_save", args=[checklist.pk]), body)
