"""What the checklist asks to be done, in the session and on its document; and the consent that it waits for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.documents.models import SealedDocument
from protocols.checklists.rules import Rule
from protocols.checklists.services import ItemDraft
from sessions.gate.gate import gate_for
from sessions.gate.stops import StopCode
from tests.patients.builders import signed_checklist
from tests.protocols.builders import approved, approved_everything, draft_checklist, usual_questions
from tests.protocols.test_editing_documents import _text
from tests.sessions.rooms import Room, consented, ready_room

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MORE = [
    ItemDraft("CI-11", "Fainted ever?", Rule.FAINTING, instruction="Flat on the couch, juice first."),
    ItemDraft("CI-17", "Block planned?", Rule.BLOCK_WEIGHT),
    ItemDraft("CI-18", "Consent current, expectations confirmed?", Rule.CONSENT_CURRENT),
]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.moved_to(AT):
        yield


@pytest.fixture
def room(site: Site) -> Room:
    """A patient for whom all is ready but checklist and consent; the checklist in force asks three questions more."""
    decided = approved_everything(site)
    longer = approved(draft_checklist(site, items=[*usual_questions(), *MORE]))
    return ready_room(site, approved=replace(decided, checklist=longer), checklist=False, consent=False)


def screened(room: Room, *, at: datetime = AT, **answers: tuple[str, dict[str, Any]]) -> None:
    signed_checklist(room.patient, room.approved.formulations[0], by=room.operator, at=at, answers=answers)


def stops(room: Room) -> set[StopCode]:
    return {stop.code for stop in gate_for(by=room.operator, planned=room.planned, vial=None, at=AT)}


def test_what_has_to_be_done_stands_in_the_session_and_on_its_document(room: Room, client: Client) -> None:
    screened(room, fainting=("yes", {}), block_weight=("unsure", {}))
    consented(room.patient, room.approved, by=room.operator, at=AT)
    row = room.begin()
    client.force_login(room.operator.user)
    page = _text(client.get(reverse("treatment_session", args=[row.pk])))
    assert page.count("Instruction of the checklist") == 4  # two banners, and two lines among the papers
    signed = room.signed(room.complete(room.injected(row=row)))
    shown = SealedDocument.objects.get(kind="treatment_session").content
    for told in (page, shown):
        assert "Flat on the couch, juice first." in told
        assert "No block and no infiltration today: no weight is recorded." in told
    assert [each["about"] for each in signed.papers["instructions"]] == [
        "Fainting, fasting and fear", "Weight for a block or infiltration",
    ]  # fmt: skip


def test_where_nothing_has_to_be_done_nothing_is_said(room: Room) -> None:
    screened(room, block_weight=("yes", {"number": "72.5"}))
    consented(room.patient, room.approved, by=room.operator, at=AT)
    assert "instructions" not in room.signed().papers


def test_a_first_session_waits_for_its_consent_and_for_nothing_more(room: Room) -> None:
    screened(room, consent_current=("no", {}))
    assert stops(room) == {StopCode.NO_CONSENT, StopCode.NO_VIAL}
    consented(room.patient, room.approved, by=room.operator, at=AT)
    assert stops(room) == {StopCode.NO_VIAL}


def test_with_a_consent_of_before_the_session_waits_until_it_is_confirmed_again(room: Room) -> None:
    consented(room.patient, room.approved, by=room.operator, at=AT - timedelta(days=20))
    screened(room, consent_current=("no", {"detail": "Not gone through again yet."}))
    assert stops(room) == {StopCode.CHECKLIST_VERDICT, StopCode.NO_VIAL}
    screened(room, at=AT + timedelta(minutes=1))
    assert stops(room) == {StopCode.NO_VIAL}
