"""The gate and the baseline photographs: only those that can be compared are a baseline."""

import pytest

from clinic import clock
from clinic.accounts.models import Site
from sessions.gate.gate import gate_for
from sessions.gate.stops import StopCode
from tests.sessions.rooms import Room, photographed, ready_room


def stops(room: Room) -> set[StopCode]:
    """What stops the patient's first session now, as to the photographs."""
    planned = room.plan.planned.order_by("due_on", "id")[0]
    found = gate_for(by=room.operator, planned=planned, vial=None, at=clock.now())
    return {stop.code for stop in found} & {StopCode.NO_BASELINE, StopCode.BASELINE_TOO_OLD}


@pytest.mark.parametrize(("size", "stopped"), [((640, 480), {StopCode.NO_BASELINE}), ((800, 600), set())])
def test_photographs_too_small_to_compare_are_no_baseline(
    site: Site, size: tuple[int, int], stopped: set[StopCode]
) -> None:
    room = ready_room(site, photos=False)
    photographed(room.patient, room.approved.photos, by=room.operator, at=clock.now(), size=size)
    assert stops(room) == stopped
