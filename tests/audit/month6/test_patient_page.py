"""A patient's page says what the photo audit holds back, to operator and physician alike, and offers no session."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.month6.models import Decision, PhotoAudit
from audit.month6.queries import month_6_set
from audit.month6.services import Judgement, grade_views, open_due_audits, sign_audit
from clinic import clock
from clinic.accounts.actors import Actor, service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.worklist.registry import work_for
from patients.photos.models import Purpose
from patients.photos.services import give_up_set
from sessions.gate.gate import gate_for
from sessions.gate.stops import StopCode
from sessions.plans.models import Phase
from tests.factories import confirmed, make_actor
from tests.pages import pushed, words
from tests.patients.builders import signed_checklist
from tests.sessions.rooms import Room, photographed, ready_room

pytestmark = pytest.mark.django_db
BASELINE = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
A_SESSION = "A session can be given"
UNSIGNED = "The month-6 photo audit, due on 22 Nov 2026, isn't signed."


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.moved_to(DUE):
        yield


@pytest.fixture
def room(site: Site) -> Room:
    """A patient whose loading sessions are all given: maintenance is next."""
    with clock.moved_to(BASELINE):
        room = ready_room(site)
    room.plan.planned.filter(phase=Phase.LOADING).update(done_at=BASELINE)
    return room


@pytest.fixture
def physician(site: Site) -> Actor:
    return make_actor(site, Role.PHYSICIAN)


def opened(room: Room) -> PhotoAudit:
    open_due_audits(by=service_actor(room.site), at=DUE)
    return PhotoAudit.objects.get(patient=room.patient)


def taken(room: Room, **how: Any) -> Any:
    return photographed(room.patient, room.approved.photos, by=room.operator, at=DUE, purpose=Purpose.MONTH_6, **how)


def signed(room: Room, by: Actor, decision: Decision) -> PhotoAudit:
    taken(room)
    audit = opened(room)
    grades = {code: Judgement(0, "") for code in ("frontal", "vertex")}
    grade_views(by=by, audit=audit, judgements=grades, row_version=audit.row_version, at=DUE)
    audit.refresh_from_db()
    return sign_audit(
        by=by, audit=audit, decision=decision, note="", row_version=audit.row_version, confirmed=confirmed(by, DUE),
        at=DUE,
    )  # fmt: skip


def page_of(room: Room, client: Client, by: Actor) -> Any:
    client.force_login(by.user)
    return client.get(reverse("patient", args=[room.patient.pk]))


def mark_of(page: Any) -> str:
    (fact,) = (fact for fact in page.context["facts"] if fact.title == "Month-6 photo audit")
    return str(fact.mark.text)


def test_before_the_photographs_they_are_what_is_next(room: Room, client: Client, physician: Actor) -> None:
    opened(room)
    take = reverse("photo_set_new", args=[room.patient.pk], query={"purpose": Purpose.MONTH_6})
    for by in (room.operator, physician):
        page = page_of(room, client, by)
        assert A_SESSION not in words(page)
        assert f"This stops the next session: {UNSIGNED} Its photographs aren't taken yet" in words(page)
        assert page.context["following"].stopped
        assert pushed(page) == [(take, "Month-6 photographs")]
        assert mark_of(page) == "Photographs not taken yet"
        assert "To grade" not in words(page)
    half = taken(room, complete=False)
    assert pushed(page_of(room, client, physician)) == [
        (reverse("photo_set", args=[half.pk]), "Month-6 photographs")
    ]  # fmt: skip


def test_photographs_that_were_given_up_are_to_be_taken(room: Room, client: Client, physician: Actor) -> None:
    opened(room)
    take = reverse("photo_set_new", args=[room.patient.pk], query={"purpose": Purpose.MONTH_6})

    def listed() -> set[str]:
        return {item.title for item in work_for(room.operator, DUE)} & {
            "Month-6 photographs not taken yet", "Photo set not complete: Month 6",
        }  # fmt: skip

    half = taken(room, complete=False)
    assert listed() == {"Photo set not complete: Month 6"}
    give_up_set(by=room.operator, photo_set=half, reason="Opened for the wrong patient.", at=DUE)
    assert listed() == {"Month-6 photographs not taken yet"}
    page = page_of(room, client, physician)
    assert pushed(page) == [(take, "Month-6 photographs")]
    assert mark_of(page) == "Photographs not taken yet"
    # Those of a set that was opened after it are the pair.
    after = taken(room)
    assert month_6_set(PhotoAudit.objects.get()) == after


def test_once_they_are_taken_the_audit_is_next_for_whoever_may_open_it(
    room: Room, client: Client, physician: Actor
) -> None:
    audit = opened(room)
    taken(room)
    page = page_of(room, client, physician)
    assert f"{UNSIGNED} It must be graded and signed first." in words(page)
    assert pushed(page) == [(reverse("photo_audit", args=[audit.pk]), "Open the audit")]
    assert mark_of(page) == "To grade"
    page = page_of(room, client, room.operator)
    assert f"{UNSIGNED} It must be graded and signed first." in words(page)
    assert A_SESSION not in words(page)
    assert pushed(page) == []
    assert reverse("photo_audit", args=[audit.pk]) not in page.content.decode()


def test_before_it_is_due_it_is_waited_for(room: Room, client: Client) -> None:
    with clock.moved_to(DUE - timedelta(days=3)):  # in the window of the session
        page = page_of(room, client, room.operator)
    assert A_SESSION not in words(page)
    assert "Maintenance begins after the month-6 photo audit, which is due on 22 Nov 2026." in words(page)
    assert "This stops" not in words(page)
    assert not page.context["following"].stopped
    assert pushed(page) == []
    assert mark_of(page) == "Planned"


def test_that_it_decided_otherwise_is_said_and_leads_to_the_plan(room: Room, client: Client, physician: Actor) -> None:
    signed(room, physician, Decision.CHANGE)
    for by in (room.operator, physician):
        page = page_of(room, client, by)
        assert "The month-6 audit decided: Change the plan. Treatment doesn't go on under this plan." in words(page)
        assert A_SESSION not in words(page)
        assert pushed(page) == [(reverse("plan", args=[room.plan.pk]) + "#end", "Go to the plan")]


def test_signed_to_go_on_the_session_is_next(room: Room, client: Client, physician: Actor) -> None:
    signed(room, physician, Decision.CONTINUE)
    page = page_of(room, client, room.operator)
    assert A_SESSION in words(page)
    assert pushed(page) == [(reverse("checklist_start", args=[room.patient.pk]), "Begin today's checklist")]


def test_an_audit_of_an_earlier_baseline_doesnt_count(room: Room, client: Client, physician: Actor) -> None:
    signed(room, physician, Decision.CONTINUE)
    photographed(room.patient, room.approved.photos, by=room.operator, at=DUE - timedelta(days=1))
    page = page_of(room, client, room.operator)
    assert A_SESSION not in words(page)
    assert "which is due on 21 May 2027." in words(page)
    assert mark_of(page) == "Continue with maintenance"


def test_a_loading_session_waits_for_no_audit(room: Room, client: Client) -> None:
    opened(room)
    last = room.plan.planned.filter(phase=Phase.LOADING).latest("ordinal")
    room.plan.planned.create(site=room.site, phase=Phase.LOADING, ordinal=last.ordinal + 1, due_on=clock.now().date())
    assert A_SESSION in words(page_of(room, client, room.operator))


def test_a_loading_session_left_over_ends_by_what_the_audit_decided(
    room: Room, client: Client, physician: Actor
) -> None:
    signed(room, physician, Decision.CHANGE)
    last = room.plan.planned.filter(phase=Phase.LOADING).latest("ordinal")
    row = room.plan.planned.create(
        site=room.site, phase=Phase.LOADING, ordinal=last.ordinal + 1, due_on=clock.now().date()
    )
    page = page_of(room, client, room.operator)
    assert "The month-6 audit decided: Change the plan. Treatment doesn't go on under this plan." in words(page)
    assert A_SESSION not in words(page)
    gate = gate_for(by=room.operator, planned=row, vial=None, at=clock.now())
    assert StopCode.AUDIT_DECIDED_OTHERWISE in {stop.code for stop in gate}


def test_after_a_signed_paper_it_is_said_as_well(room: Room, client: Client) -> None:
    opened(room)
    checklist = signed_checklist(room.patient, room.approved.formulations[0], by=room.operator)
    client.force_login(room.operator.user)
    page = client.get(reverse("checklist", args=[checklist.pk]))
    assert UNSIGNED in words(page)
    assert "Begin the session from the plan" not in words(page)


def test_the_history_says_whether_there_is_anything_to_grade(room: Room, client: Client, physician: Actor) -> None:
    opened(room)
    client.force_login(physician.user)
    url = reverse("patient_history", args=[room.patient.pk])
    assert "Photographs not taken yet" in words(client.get(url))
    taken(room)
    assert "To grade" in words(client.get(url))
