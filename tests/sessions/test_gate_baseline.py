"""The gate and the baseline photographs: only those that can be compared, and are new enough, are a baseline."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from patients.photos.models import PhotoSet
from patients.photos.services import give_up_set
from protocols.models import PhotoProtocolVersion, TreatmentProtocolVersion
from sessions.gate.gate import baseline_window, gate_for
from sessions.gate.links import links_for
from sessions.gate.stops import StopCode
from sessions.gate.stops import stops as stops_of
from tests.protocols.builders import approved, draft_photo_protocol
from tests.sessions.rooms import Room, photographed, ready_room
from tests.sessions.test_gate_stops import IN_ORDER


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


def test_a_baseline_that_was_given_up_is_none_and_the_stop_leads_to_a_new_one(site: Site) -> None:
    room = ready_room(site, photos=False)
    begun = photographed(room.patient, room.approved.photos, by=room.operator, at=clock.now(), complete=False)
    planned = room.plan.planned.order_by("due_on", "id")[0]
    assert links_for(planned)[StopCode.NO_BASELINE] == reverse("photo_set", args=[begun.pk])
    give_up_set(by=room.operator, photo_set=begun, reason="Opened by mistake.", at=clock.now())
    assert stops(room) == {StopCode.NO_BASELINE}
    assert links_for(planned)[StopCode.NO_BASELINE] == reverse("photo_set_new", args=[room.patient.pk])


@pytest.mark.parametrize(
    ("photo_days", "treatment_days", "age_days", "stopped"),
    [
        # The photo protocol of the photographs says it; the treatment protocol no longer does.
        (10, None, 10, False),
        (10, None, 11, True),
        (10, 30, 11, True),
        # A photo protocol from before it was asked leaves it to the treatment protocol, and both to 14 days.
        (None, 30, 30, False),
        (None, 30, 31, True),
        (None, None, 14, False),
        (None, None, 15, True),
    ],
)
def test_how_old_the_baseline_may_be_is_read_from_the_photo_protocol(
    site: Site, photo_days: int | None, treatment_days: int | None, age_days: int, stopped: bool
) -> None:
    baseline = PhotoSet(protocol_version=PhotoProtocolVersion(baseline_window_days=photo_days))
    window = baseline_window(baseline, TreatmentProtocolVersion(baseline_photos_within_days=treatment_days))
    state = replace(IN_ORDER, baseline_on=IN_ORDER.on - timedelta(days=age_days), baseline_photos_within_days=window)
    assert (StopCode.BASELINE_TOO_OLD in {stop.code for stop in stops_of(state, {})}) is stopped


def test_the_gate_stops_a_first_session_whose_baseline_is_older_than_its_photo_protocol_allows(site: Site) -> None:
    room = ready_room(site, photos=False)
    photos = approved(draft_photo_protocol(site, baseline_window_days=2))
    taken_at = clock.now() - timedelta(days=3)
    photographed(room.patient, photos, by=room.operator, at=taken_at)
    assert stops(room) == {StopCode.BASELINE_TOO_OLD}
