"""Two in the treatment room at once: one session, one signature, one patient to a vial, and no microlitre twice."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection

from clinic import clock
from clinic.accounts.models import Site
from clinic.errors import Refused, StaleWrite
from clinic.trail.verify import verify_chain
from sessions.preparation.queries import remaining_ul
from sessions.treatment.models import SessionStatus, TreatmentSession
from sessions.treatment.services import record_rest, start_session, use_vial
from tests.sessions.rooms import Room, ready_room

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def room(site: Site) -> Iterator[Room]:
    with clock.moved_to(AT):
        yield ready_room(site)


def at_once[R](*verbs: Callable[[], R]) -> list[R | Exception]:
    """Run all `verbs` at the same moment, each on a connection of its own; return what each gave or raised."""
    barrier = Barrier(len(verbs))

    def run(verb: Callable[[], R]) -> R | Exception:
        try:
            barrier.wait(timeout=30)
            with clock.moved_to(AT):
                return verb()
        except Exception as error:  # noqa: BLE001 - the test looks at each answer, whatever it is
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


def test_a_vial_scanned_for_two_patients_at_once_is_in_one_session(room: Room, site: Site) -> None:
    vial = room.vial()
    rooms = [room, ready_room(site, approved=room.approved)]
    rows = [each.begin() for each in rooms]
    answers = at_once(
        *[
            lambda i=i: use_vial(by=rooms[i].operator, treatment_session=rows[i], code=vial.code, at=AT)
            for i in range(2)
        ]
    )
    (refused,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(refused, Refused)
    assert "another patient's session" in str(refused)
    assert TreatmentSession.objects.filter(vial=vial).count() == 1


def test_two_sessions_found_on_one_vial_one_is_signed_and_the_other_scans_again(room: Room, site: Site) -> None:
    vial = room.vial()
    rooms = [room, ready_room(site, approved=room.approved)]
    rows = [each.injected() for each in rooms]
    # As records from before vials were kept to one patient have it.
    TreatmentSession.objects.update(vial=vial)
    rows = [
        each.complete(TreatmentSession.objects.get(pk=row.pk), notes="Two sessions on one vial, by mistake.")
        for each, row in zip(rooms, rows, strict=True)
    ]
    answers = at_once(*[lambda i=i: rooms[i].signed(rows[i]) for i in range(2)])
    (refused,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(refused, StaleWrite)
    assert TreatmentSession.objects.filter(status=SessionStatus.SIGNED).count() == 1
    assert remaining_ul(vial) == 2_500 - 1_200 - 100
    assert verify_chain() is None


def test_two_tablets_start_one_session(room: Room) -> None:
    planned = list(room.plan.planned.order_by("phase", "ordinal")[:2])
    answers = at_once(
        *[
            lambda row=row: start_session(by=room.operator, planned=row, submission_key=uuid.uuid4(), at=AT)
            for row in (planned[0], planned[1], planned[0])
        ]
    )
    assert TreatmentSession.objects.count() == 1
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(refused) == 2
    assert all(isinstance(answer, Refused) for answer in refused)


def test_a_double_click_signs_once(room: Room) -> None:
    row = room.complete()
    answers = at_once(*[lambda: room.signed(row)] * 3)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert TreatmentSession.objects.filter(status=SessionStatus.SIGNED).count() == 1
    assert row.vial is not None
    assert row.vial.movements.count() == 2


def test_of_two_who_save_the_amounts_the_second_is_told(room: Room) -> None:
    row = room.injected()
    answers = at_once(
        *[
            lambda left=left: record_rest(
                by=room.operator, treatment_session=row, wasted_ul=0, remaining_ul=left, anaesthesia="", notes="",
                row_version=row.row_version, at=AT,
            )
            for left in (1_300, 1_200)
        ]
    )  # fmt: skip
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [StaleWrite]
