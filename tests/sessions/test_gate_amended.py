"""The gate and a checklist that was amended after it was signed: nobody is treated by a verdict on wrong answers."""

import json

import pytest

from clinic import clock
from clinic.accounts.models import Site
from clinic.amending.entries import entries_of
from clinic.amending.services import amend
from clinic.documents.models import SealedDocument
from sessions.gate.gate import gate_for
from sessions.gate.stops import StopCode
from tests.factories import confirmed
from tests.patients.builders import signed_checklist
from tests.sessions.rooms import Room, ready_room

pytestmark = pytest.mark.django_db


def stopped(room: Room) -> bool:
    """Whether the patient's checklist of today stops the first session now."""
    planned = room.plan.planned.order_by("due_on", "id")[0]
    found = gate_for(by=room.operator, planned=planned, vial=None, at=clock.now())
    return StopCode.CHECKLIST_VERDICT in {stop.code for stop in found}


def test_it_counts_no_longer_until_a_new_one_is_signed(site: Site) -> None:
    room = ready_room(site)
    assert not stopped(room)
    document = SealedDocument.objects.get(kind="checklist", patient=room.patient)
    entry = entries_of(json.loads(document.content))[0]
    proof = confirmed(room.operator)
    amend(
        by=room.operator, document=document, confirmed=proof, at=proof.at, seen=0, entry=entry.label,
        correct="Yes, an infected wound at the vertex.", reason="Seen when the scalp was cleaned.",
    )  # fmt: skip
    assert stopped(room)
    signed_checklist(room.patient, room.approved.formulations[0], by=room.operator)
    assert not stopped(room)
