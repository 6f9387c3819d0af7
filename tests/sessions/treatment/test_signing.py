"""Signing a session: what is missing is said, what is signed adds up, is sealed, and never changes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.signing.against_trail import record_faults
from clinic.signing.models import Meaning
from clinic.trail.models import TrailEvent
from patients.consents.services import withdraw_consent
from sessions.gate.gate import gate_for
from sessions.preparation.models import VialMovement
from sessions.preparation.queries import remaining_ul
from sessions.treatment.models import SessionStatus, TreatmentSession
from sessions.treatment.services import (
    brief_aftercare,
    missing_for_signature,
    record_rest,
    sign_session,
    take_over,
    use_vial,
)
from tests.factories import confirmed, make_actor
from tests.sessions.rooms import Room, ready_room
from tests.tampering import change

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.moved_to(AT):
        yield


@pytest.fixture
def room(site: Site) -> Room:
    return ready_room(site)


def missing(room: Room, row: TreatmentSession, at: datetime = AT) -> str:
    found = gate_for(by=room.operator, planned=row.planned, vial=row.vial, at=at)
    return " ".join(each.text for each in missing_for_signature(row, found, at=at))


def amounts(room: Room, row: TreatmentSession, wasted_ul: int, remaining_ul: int, notes: str = "") -> None:
    record_rest(
        by=room.operator, treatment_session=row, wasted_ul=wasted_ul, remaining_ul=remaining_ul, anaesthesia="",
        notes=notes, row_version=row.row_version, at=AT,
    )  # fmt: skip
    row.refresh_from_db()


def test_what_is_missing_is_said_all_at_once(room: Room) -> None:
    words = missing(room, room.begin())
    assert "No vial has been scanned" in words
    assert "No zone is recorded" in words
    assert "Say how much was wasted" in words
    assert "briefing isn't recorded" in words


def test_an_incomplete_session_isnt_signed(room: Room) -> None:
    row = room.injected()
    with pytest.raises(Refused, match="can't be signed yet") as refused:
        room.signed(row)
    assert len(refused.value.reasons) == 2
    assert TreatmentSession.objects.get().status == SessionStatus.OPEN


@pytest.mark.parametrize(
    ("wasted_ul", "remaining_ul", "words"),
    [
        (100, 1_199, "0.001 mL aren't accounted for"),
        (100, 1_201, "0.001 mL too much"),
        (0, 0, "1.30 mL aren't accounted for"),
        (1_301, 0, "0.001 mL too much"),
    ],
)
def test_every_microlitre_is_accounted_for(room: Room, wasted_ul: int, remaining_ul: int, words: str) -> None:
    row = room.complete()
    amounts(room, row, wasted_ul, remaining_ul)
    assert words in missing(room, row)
    with pytest.raises(Refused):
        room.signed(row)


def test_postgres_itself_refuses_a_signed_session_that_doesnt_add_up(room: Room) -> None:
    row = room.complete()
    signed = ready_room(room.site, approved=room.approved).signed()
    with pytest.raises(DatabaseError, match="every microlitre"), transaction.atomic():
        TreatmentSession.objects.filter(pk=row.pk).update(
            status="signed", ended_at=AT, signature=signed.signature_id, remaining_ul=1
        )


def test_signing_moves_the_vial_and_the_plan_on_and_seals_the_document(room: Room) -> None:
    vial, first = room.vial(), room.planned
    signed = room.signed(room.complete(room.injected(vial)))
    assert (signed.status, signed.ended_at, signed.operator) == (SessionStatus.SIGNED, AT, room.operator.user)
    assert signed.signature is not None
    assert signed.signature.meaning == Meaning.PERFORMED
    assert sorted(vial.movements.values_list("kind", "volume_ul")) == [("injected", 1_200), ("wasted", 100)]
    assert remaining_ul(vial) == 1_200
    first.refresh_from_db()
    assert first.done_at == AT
    document = SealedDocument.objects.get(kind="treatment_session")
    assert document.patient == room.patient
    shown = document.content
    for words in (vial.shown_code, "25 Nov 2026, 10:00 CET", "1.20", "Vertex", "Olga Demo", room.patient.family_name):
        assert words in shown


def test_a_vial_emptied_to_the_last_microlitre_can_be_signed(room: Room) -> None:
    row = room.injected(points=50, per_site_ul=50)
    amounts(room, row, 0, 0)
    brief_aftercare(by=room.operator, treatment_session=row, at=AT)
    assert room.signed(row).status == SessionStatus.SIGNED


def test_a_signed_session_never_changes(room: Room) -> None:
    signed = room.signed()
    for sql in (
        "UPDATE treatment_sessions_treatmentsession SET notes = 'x' WHERE id = %s",
        "DELETE FROM treatment_sessions_treatmentsession WHERE id = %s",
        "UPDATE treatment_sessions_injectionzone SET points = 1 WHERE treatment_session_id = %s",
        "DELETE FROM treatment_sessions_injectionzone WHERE treatment_session_id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [signed.pk])
    with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic():
        VialMovement.add(
            vial=signed.vial, kind="wasted", volume_ul=1, treatment_session=signed, moved_at=AT,
            moved_by=room.operator.user,
        )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    ["UPDATE treatment_sessions_treatmentsession SET notes = 'x' WHERE id = %s",
     "UPDATE treatment_sessions_injectionzone SET points = points + 1 WHERE treatment_session_id = %s",
     "UPDATE treatment_sessions_vialmovement SET volume_ul = volume_ul + 1 WHERE treatment_session_id = %s"],
)  # fmt: skip
def test_what_the_databases_owner_changes_in_a_signed_session_is_named(room: Room, statement: str) -> None:
    signed = room.signed()
    assert list(record_faults()) == []
    change(statement, signed.pk)
    assert any(f"Treatment session of {signed.patient.record_number}" in said for said in record_faults())


def test_the_signers_second_click_finds_the_first_and_anothers_is_refused(room: Room, site: Site) -> None:
    row = room.complete()
    first, second = room.signed(row), room.signed(row)
    assert first.signature_id == second.signature_id
    assert SealedDocument.objects.filter(kind="treatment_session").count() == 1
    other = make_actor(site, Role.OPERATOR)
    with pytest.raises(Refused, match="This session is closed"):
        sign_session(by=other, treatment_session=row, confirmed=confirmed(other, AT), at=AT)


def test_only_who_performed_the_session_signs_it(room: Room, site: Site) -> None:
    other, row = make_actor(site, Role.OPERATOR, name="Otto Demo"), room.complete()
    with pytest.raises(Refused, match=f"{room.operator.name} performs this session and signs it"):
        sign_session(by=other, treatment_session=row, confirmed=confirmed(other, AT), at=AT)
    assert not SealedDocument.objects.filter(kind="treatment_session").exists()


class TestHandingOver:
    """Somebody else goes on: both stay named, and the one who goes on signs."""

    def test_who_goes_on_signs_and_the_first_stays_on_record(self, room: Room, site: Site) -> None:
        other, row = make_actor(site, Role.OPERATOR, name="Otto Demo"), room.complete()
        taken = take_over(by=other, treatment_session=row, reason="Called away", row_version=row.row_version, at=AT)
        assert taken.operator == other.user
        with pytest.raises(Refused, match="Otto Demo performs this session"):
            room.signed(row)
        signed = sign_session(by=other, treatment_session=row, confirmed=confirmed(other, AT), at=AT)
        content = json.loads(SealedDocument.objects.get(kind="treatment_session").content)
        assert content["operator"] == "Otto Demo"
        assert content["handed_over"] == [f"10:00 from {room.operator.name} to Otto Demo: Called away"]
        event = TrailEvent.objects.filter(object_id=str(signed.pk), reason="Called away").get()
        assert json.loads(event.body)["before"] == {"operator": room.operator.name}

    def test_the_operator_takes_nothing_over_from_themselves(self, room: Room) -> None:
        row = room.injected()
        take_over(by=room.operator, treatment_session=row, reason="", at=AT)
        row.refresh_from_db()
        assert row.handed_over == []

    @pytest.mark.parametrize("reason", ["", "  ", "x", "x" * 301])
    def test_the_reason_is_said(self, room: Room, site: Site, reason: str) -> None:
        other, row = make_actor(site, Role.OPERATOR), room.injected()
        with pytest.raises(Refused):
            take_over(by=other, treatment_session=row, reason=reason, at=AT)
        row.refresh_from_db()
        assert row.operator == room.operator.user

    def test_a_closed_session_or_a_stale_page_hands_nothing_over(self, room: Room, site: Site) -> None:
        other, row = make_actor(site, Role.OPERATOR), room.injected()
        with pytest.raises(StaleWrite):
            take_over(by=other, treatment_session=row, reason="Called away", row_version=row.row_version - 1, at=AT)
        signed = room.signed(room.complete(row))
        with pytest.raises(Refused, match="This session is closed"):
            take_over(by=other, treatment_session=signed, reason="Called away", at=AT)

    def test_only_who_may_treat_takes_over(self, room: Room, site: Site) -> None:
        manager = make_actor(site, Role.MANAGER)
        with pytest.raises(NotAllowed):
            take_over(by=manager, treatment_session=room.injected(), reason="Called away", at=AT)


def test_a_manager_signs_no_session(room: Room, site: Site) -> None:
    manager = make_actor(site, Role.MANAGER)
    with pytest.raises(NotAllowed):
        sign_session(by=manager, treatment_session=room.complete(), confirmed=confirmed(manager, AT), at=AT)


def test_what_somebody_saved_since_is_read_before_it_is_signed(room: Room) -> None:
    row = room.complete()
    with pytest.raises(StaleWrite, match="Read it again"):
        sign_session(
            by=room.operator, treatment_session=row, confirmed=confirmed(room.operator, AT),
            row_version=row.row_version - 1, at=AT,
        )  # fmt: skip


def test_a_vial_drawn_from_elsewhere_is_scanned_again_first(room: Room) -> None:
    vial = room.vial()
    row = room.complete(room.injected(vial))
    room.drawn(vial, 200)
    assert "Scan it again" in missing(room, row)
    with pytest.raises(StaleWrite, match="drawn from elsewhere"):
        room.signed(row)
    use_vial(by=room.operator, treatment_session=row, code=vial.code, at=AT)
    row.refresh_from_db()
    assert room.signed(room.complete(row)).vial_start_ul == 2_500 - 200


class TestTheGateIsAskedAgain:
    def test_before_anything_was_injected_it_stops(self, room: Room) -> None:
        row = room.begin()
        withdraw_consent(by=room.operator, consent=room.patient.consents.get(), reason="Changed her mind", at=AT)
        assert "The patient withdrew consent" in missing(room, row)

    def test_a_consent_withdrawn_after_the_last_injection_asks_for_a_note(self, room: Room) -> None:
        row = room.complete()
        withdraw_consent(by=room.operator, consent=room.patient.consents.get(), reason="Changed her mind", at=AT)
        with pytest.raises(Refused) as refused:
            room.signed(row)
        assert any("The patient withdrew consent" in reason for reason in refused.value.reasons)
        assert any("say in the notes" in reason for reason in refused.value.reasons)
        signed = room.signed(room.complete(row, notes="Patient asked to stop after the vertex."))
        assert signed.consent == room.patient.consents.get()
        assert "The patient withdrew consent" in SealedDocument.objects.get(kind="treatment_session").content

    def test_the_next_day_and_the_vials_hours_dont_undo_what_was_in_order(self, room: Room) -> None:
        row, late = room.complete(), AT + timedelta(days=2)
        assert missing(room, row, late) == ""
        with clock.moved_to(late):
            signed = room.signed(row, at=late)
        assert (signed.on, signed.ended_at) == (AT.date(), late)
        assert signed.checklist is not None
        assert signed.checklist.on == AT.date()
