"""The gate and a checklist that was answered for another formulation than the planned one."""

from dataclasses import replace
from typing import Any

import pytest

from clinic import clock
from clinic.accounts.models import Site
from protocols.checklists.models import Rule
from protocols.formulations.models import Ingredient
from sessions.gate.gate import gate_for
from sessions.gate.stops import Stop, StopCode
from tests.patients.builders import signed_checklist
from tests.protocols.builders import approved_everything
from tests.sessions.rooms import Room, ready_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(site: Site) -> Room:
    """A room with a plan of formulation A, and no checklist of today yet."""
    return ready_room(site, checklist=False)


def allergy_to_lidocaine(room: Room) -> Any:
    (lidocaine,) = Ingredient.objects.for_site(room.site).filter(name__startswith="Lidocaine")
    return {Rule.HYPERSENSITIVITY: ("yes", {"ingredients": [lidocaine.pk]})}


def about_the_checklist(room: Room) -> list[Stop]:
    planned = room.plan.planned.order_by("due_on", "id")[0]
    found = gate_for(by=room.operator, planned=planned, vial=None, at=clock.now())
    return [stop for stop in found if stop.code in {StopCode.CHECKLIST_VERDICT, StopCode.FORMULATION_CLOSED}]


def test_of_what_stops_the_other_formulation_alone_the_planned_one_is_asked_anew(room: Room) -> None:
    """An allergy to lidocaine stops B, which holds it; A stays open, once it is asked for A (CI-06)."""
    formulations = room.approved.formulations
    allergy = allergy_to_lidocaine(room)
    signed_checklist(room.patient, formulations[1], by=room.operator, answers=allergy)
    (stop,) = about_the_checklist(room)
    assert f"answered for {formulations[1]} and says: Do not treat" in stop.message
    assert "Answer and sign one for this formulation" in stop.message
    assert stop.url
    signed_checklist(room.patient, formulations[0], by=room.operator, answers=allergy)
    assert about_the_checklist(room) == []


def test_one_that_proceeds_with_both_lets_the_planned_one_go_on(room: Room) -> None:
    signed_checklist(room.patient, room.approved.formulations[1], by=room.operator)
    assert about_the_checklist(room) == []


def test_one_that_proceeds_with_the_other_and_closes_the_planned_one_says_so(site: Site) -> None:
    decided = approved_everything(site)
    planned_b = replace(decided, formulations=tuple(reversed(decided.formulations)))
    room = ready_room(site, approved=planned_b, checklist=False)
    signed_checklist(room.patient, decided.formulations[0], by=room.operator, answers=allergy_to_lidocaine(room))
    (stop,) = about_the_checklist(room)
    assert stop.code == StopCode.FORMULATION_CLOSED
