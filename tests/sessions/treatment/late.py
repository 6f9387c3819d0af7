"""A session whose clearance is withdrawn, and points that are entered after it."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

from clinic.accounts.actors import Actor
from clinic.documents.models import SealedDocument
from patients.screening.models import Clearance, PatientChecklist
from patients.screening.services import withdraw_clearance
from protocols.checklists.models import Rule
from sessions.treatment.models import InjectionZone, TreatmentSession, Zone
from sessions.treatment.services import record_late_zone, use_vial
from tests.patients.builders import signed_checklist
from tests.sessions.rooms import Room
from tests.sessions.treatment.pages import AT

BEFORE = AT + timedelta(minutes=30)
WHEN = AT + timedelta(minutes=42)
LATER = AT + timedelta(minutes=60)
WHY = "Typed after the last zone"


def screened(room: Room, clearance: Clearance, *, at: datetime = AT) -> PatientChecklist:
    """Sign a checklist that rests on `clearance`."""
    answers: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg", "cleared": f"{clearance.pk}:yes"})}
    return signed_checklist(room.patient, room.approved.formulations[0], by=room.operator, answers=answers, at=at)


def late(room: Room, row: TreatmentSession, injected_at: datetime = BEFORE, **other: Any) -> InjectionZone:
    values: dict[str, Any] = {
        "by": room.operator, "zone": Zone.TEMPORAL_LEFT, "points": 5, "volume_per_site_ul": 60, "late_reason": WHY,
        "at": LATER, "submission_key": uuid.uuid4(),
    } | other  # fmt: skip
    return record_late_zone(treatment_session=row, injected_at=injected_at, **values)


def in_hand(room: Room) -> TreatmentSession:
    """Return a session with a vial, taken at `AT`, and nothing typed."""
    row = room.begin()
    use_vial(by=room.operator, treatment_session=row, code=room.vial().code, at=AT)
    row.refresh_from_db()
    return row


def withdrawn(room: Room, by: Actor, at: datetime = WHEN) -> Clearance:
    clearance = Clearance.objects.filter(patient=room.patient).latest("pk")
    withdraw_clearance(by=by, clearance=clearance, reason="INR not known", at=at)
    return clearance


def sealed() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(SealedDocument.objects.get(kind="treatment_session").content)
    return content
