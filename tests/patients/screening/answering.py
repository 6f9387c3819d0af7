"""Answering the questions of a checklist through the services."""

import uuid
from datetime import datetime
from typing import Any

from clinic import clock
from clinic.accounts.actors import Actor
from patients.registry.models import Patient
from patients.screening.models import ChecklistAnswer, PatientChecklist
from patients.screening.services import answer_item, start_checklist
from protocols.checklists.models import ChecklistItem, Rule


def item_of(checklist: PatientChecklist, rule: str) -> ChecklistItem:
    found: ChecklistItem = checklist.version.items.get(rule=rule)
    return found


def answer(checklist: PatientChecklist, by: Actor, rule: str = Rule.MALIGNANCY, **changed: Any) -> ChecklistAnswer:
    values: dict[str, Any] = {"answer": "no", "extra": {}, "detail": "", "at": clock.now()} | changed
    return answer_item(by=by, checklist=checklist, item=item_of(checklist, rule), **values)


def start(patient: Patient, by: Actor, formulation: Any, at: datetime | None = None) -> PatientChecklist:
    return start_checklist(
        by=by, patient=patient, formulation_version=formulation, submission_key=uuid.uuid4(), at=at or clock.now()
    )
