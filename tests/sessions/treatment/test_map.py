"""The injection map: rows that add up, that are put right and taken out by name, and that say why they depart."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from clinic import clock
from clinic.accounts.models import Site
from clinic.documents.models import SealedDocument
from clinic.errors import Refused, StaleWrite
from clinic.trail.models import TrailEvent
from protocols.checklists.models import Rule
from sessions.gate.gate import gate_for
from sessions.treatment.models import InjectionZone, SessionStatus, TreatmentSession, Zone
from sessions.treatment.queries import next_step
from sessions.treatment.services import change_zone, explain_zone, record_rest, record_zone, remove_zone, use_vial
from tests.patients.builders import cleared, signed_checklist
from tests.sessions.rooms import Room, ready_room

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.moved_to(AT):
        yield


@pytest.fixture
def room(site: Site) -> Room:
    return ready_room(site)


def add(
    room: Room, row: TreatmentSession, points: int, per_site_ul: int, zone: Zone = Zone.VERTEX, **other: Any
) -> InjectionZone:
    values: dict[str, Any] = {"at": AT, **other}
    return record_zone(
        by=room.operator, treatment_session=row, zone=zone, points=points, volume_per_site_ul=per_site_ul, **values
    )


def change(room: Room, row: TreatmentSession, entry: InjectionZone, **other: Any) -> InjectionZone:
    values: dict[str, Any] = {
        "zone": Zone(entry.zone), "points": entry.points, "volume_per_site_ul": entry.volume_per_site_ul,
        "reason": entry.deviation_reason, "at": AT,
    } | other  # fmt: skip
    return change_zone(by=room.operator, treatment_session=row, entry_id=entry.pk, **values)


def said(row: TreatmentSession) -> list[tuple[str, int, int]]:
    return list(row.zones.values_list("zone", "points", "volume_per_site_ul"))


class TestRows:
    def test_two_volumes_in_one_zone_are_two_rows_that_add_up(self, room: Room) -> None:
        row = room.injected(points=10, per_site_ul=50)
        add(room, row, 5, 100)
        row.refresh_from_db()
        assert said(row) == [("vertex", 10, 50), ("vertex", 5, 100)]
        signed = room.signed(room.complete(row))
        assert sum(entry.total_ul for entry in signed.zones.all()) == 1_000

    def test_the_same_form_sent_twice_is_one_row(self, room: Room) -> None:
        row, key = room.injected(), uuid.uuid4()
        made = {add(room, row, 3, 60, submission_key=key).pk for _ in range(2)}
        assert len(made) == 1
        assert row.zones.count() == 2

    def test_the_same_form_with_other_amounts_is_asked_about(self, room: Room) -> None:
        row, key = room.injected(), uuid.uuid4()
        add(room, row, 3, 60, submission_key=key)
        with pytest.raises(StaleWrite, match=r"recorded already, as Vertex, 3 × 0\.06 mL"):
            add(room, row, 4, 60, submission_key=key)
        assert row.zones.count() == 2

    def test_a_row_is_put_right_and_the_trail_keeps_both(self, room: Room) -> None:
        row = room.injected(points=20)
        change(room, row, row.zones.get(), points=18, zone=Zone.MID_SCALP_LEFT)
        assert said(row) == [("mid_scalp_left", 18, 60)]
        last = TrailEvent.objects.order_by("-seq").first()
        assert last is not None
        assert '"points":20' in last.body
        assert '"points":18' in last.body

    def test_a_change_of_what_was_saved_since_is_refused(self, room: Room) -> None:
        row = room.injected()
        entry, seen = row.zones.get(), row.row_version
        add(room, row, 3, 60)
        with pytest.raises(StaleWrite, match="saved since you opened the row"):
            change(room, row, entry, points=18, row_version=seen)
        assert row.zones.get(pk=entry.pk).points == 20

    def test_a_row_that_was_taken_out_meanwhile_cant_be_put_right(self, room: Room) -> None:
        row = room.injected()
        entry = row.zones.get()
        gone = remove_zone(by=room.operator, treatment_session=row, entry_id=entry.pk, at=AT)
        assert gone.endswith("mL")
        assert remove_zone(by=room.operator, treatment_session=row, entry_id=entry.pk, at=AT) == ""
        with pytest.raises(Refused, match="was removed in the meantime"):
            change(room, row, entry, points=18)

    def test_only_the_row_named_is_taken_out_and_once(self, room: Room) -> None:
        row = room.injected()
        kept = add(room, row, 3, 60)
        first = row.zones.exclude(pk=kept.pk).get()
        for _ in range(2):
            remove_zone(by=room.operator, treatment_session=row, entry_id=first.pk, at=AT)
        row.refresh_from_db()
        assert (row.zones.get(), row.injected_at) == (kept, AT)
        remove_zone(by=room.operator, treatment_session=row, entry_id=kept.pk, at=AT)
        row.refresh_from_db()
        assert (row.injected_at, row.papers) == (None, {})

    def test_another_sessions_row_is_left_alone(self, room: Room) -> None:
        row, other = room.injected(), ready_room(room.site, approved=room.approved).injected()
        entry = other.zones.get()
        remove_zone(by=room.operator, treatment_session=row, entry_id=entry.pk, at=AT)
        with pytest.raises(Refused, match="was removed"):
            change(room, row, entry, points=1)
        assert said(other) == [("vertex", 20, 60)]


class TestTheVial:
    def test_it_can_be_emptied_to_the_last_microlitre_and_not_beyond(self, room: Room) -> None:
        row = room.injected(points=50, per_site_ul=50)
        with pytest.raises(Refused, match="more than the vial held"):
            add(room, row, 1, 50)
        change(room, row, row.zones.get(), points=49)
        add(room, row, 1, 50)
        assert sum(entry.total_ul for entry in row.zones.all()) == 2_500
        with pytest.raises(Refused, match="more than the vial held"):
            change(room, row, row.zones.latest("pk"), points=2)

    def test_after_its_time_a_row_is_put_right_but_none_is_added(self, room: Room) -> None:
        row, late = room.injected(), AT + timedelta(days=2)
        change(room, row, row.zones.get(), points=19, at=late)
        with pytest.raises(Refused) as refused:
            add(room, row, 1, 60, at=late)
        assert any("was to be used before" in reason for reason in refused.value.reasons)

    def test_while_it_is_to_be_scanned_again_a_row_is_put_right_but_none_is_added(self, room: Room) -> None:
        vial = room.vial()
        row = room.injected(vial)
        room.drawn(vial, 500)
        change(room, row, row.zones.get(), points=19)
        with pytest.raises(Refused, match="The session is stopped") as refused:
            add(room, row, 1, 60)
        assert any("Scan it again" in reason for reason in refused.value.reasons)
        row.refresh_from_db()
        assert (row.zones.get().points, row.injected_at) == (19, AT)
        use_vial(by=room.operator, treatment_session=row, code=vial.code, at=AT)
        add(room, row, 1, 60)
        assert row.zones.count() == 2


class TestOutsideOfTheProtocol:
    @pytest.mark.parametrize("per_site_ul", [50, 100])
    def test_its_bounds_ask_for_no_reason(self, room: Room, per_site_ul: int) -> None:
        row = room.injected(points=10, per_site_ul=per_site_ul)
        assert (row.zones.get().volume_per_site_ul, row.injected_at) == (per_site_ul, AT)
        assert room.signed(room.complete(row)).status == SessionStatus.SIGNED

    @pytest.mark.parametrize("per_site_ul", [10, 49, 101, 500])
    def test_what_was_given_is_recorded_and_signed_with_its_reason(self, room: Room, per_site_ul: int) -> None:
        row = room.complete(room.injected(points=2, per_site_ul=per_site_ul))
        with pytest.raises(Refused, match="can't be signed yet") as refused:
            room.signed(row)
        assert any("outside the protocol's 0.05 to 0.10 mL. Say why." in reason for reason in refused.value.reasons)
        explain_zone(by=room.operator, treatment_session=row, entry_id=row.zones.get().pk, reason="Scar tissue", at=AT)
        signed = room.signed(row)
        assert signed.zones.get().deviation_reason == "Scar tissue"
        assert "Scar tissue" in SealedDocument.objects.get(kind="treatment_session").content

    @pytest.mark.parametrize("per_site_ul", [0, 9, 501])
    def test_what_no_needle_leaves_is_refused_at_its_field(self, room: Room, per_site_ul: int) -> None:
        with pytest.raises(Refused, match=r"must be from 0.01 to 0.50 mL") as refused:
            room.injected(points=1, per_site_ul=per_site_ul)
        assert refused.value.field == "volume_per_site"

    def test_put_right_it_needs_no_reason(self, room: Room) -> None:
        row = room.injected(points=2, per_site_ul=150)
        entry = row.zones.get()
        explain_zone(by=room.operator, treatment_session=row, entry_id=entry.pk, reason="Scar tissue", at=AT)
        entry.refresh_from_db()
        assert change(room, row, entry, volume_per_site_ul=60).deviation_reason == ""
        with pytest.raises(Refused, match="within the protocol now"):
            explain_zone(by=room.operator, treatment_session=row, entry_id=entry.pk, reason="Scar tissue", at=AT)

    @pytest.mark.parametrize("reason", ["", " ", "no"])
    def test_a_reason_says_something(self, room: Room, reason: str) -> None:
        row = room.injected(points=2, per_site_ul=150)
        with pytest.raises(Refused, match="Say why") as refused:
            explain_zone(by=room.operator, treatment_session=row, entry_id=row.zones.get().pk, reason=reason, at=AT)
        assert refused.value.field == "reason"

    def test_postgres_itself_refuses_the_signature_without_it(self, room: Room) -> None:
        row = room.complete(room.injected(points=2, per_site_ul=150))
        other = ready_room(room.site, approved=room.approved).signed()
        with pytest.raises(DatabaseError, match="needs its reason"), transaction.atomic():
            TreatmentSession.objects.filter(pk=row.pk).update(
                status="signed", ended_at=AT, signature=other.signature_id
            )


class TestTheStepThatOpens:
    def step(self, room: Room, row: TreatmentSession) -> str:
        return next_step(row, gate_for(by=room.operator, planned=row.planned, vial=row.vial, at=AT))

    @pytest.mark.parametrize(("left_ul", "step"), [(1_199, "rest"), (1_200, "briefing"), (1_201, "rest")])
    def test_amounts_are_done_when_every_microlitre_is_accounted_for(self, room: Room, left_ul: int, step: str) -> None:
        row = room.injected()
        assert self.step(room, row) == "rest"
        row = record_rest(
            by=room.operator, treatment_session=row, wasted_ul=100, remaining_ul=left_ul, anaesthesia="", notes="",
            row_version=row.row_version, at=AT,
        )  # fmt: skip
        assert self.step(room, row) == step

    def test_a_reason_that_is_missing_leaves_the_map_open(self, room: Room) -> None:
        row = room.complete(room.injected(points=2, per_site_ul=150))
        assert self.step(room, row) == "map"


def test_the_session_and_its_document_name_the_papers_it_ran_under(site: Site) -> None:
    room = ready_room(site, checklist=False)
    given = cleared(room.patient, at=AT)
    told = {"drug": "apixaban 5 mg", "cleared": f"{given.pk}:yes"}
    signed_checklist(
        room.patient,
        room.approved.formulations[0],
        by=room.operator,
        at=AT,
        answers={Rule.ANTICOAGULANT: ("yes", told)},
    )
    signed = room.signed()
    assert [row["id"] for row in signed.papers["clearances"]] == [given.pk]
    shown = SealedDocument.objects.get(kind="treatment_session").content
    for words in (
        signed.papers["checklist_text"], signed.papers["consent_text"], given.scope, given.prescriber,
        str(room.approved.consent), "Signed by Olga Demo, 24 Nov 2026, 10:00",
    ):  # fmt: skip
        assert words in shown


def test_a_session_injected_the_next_day_is_of_that_day(site: Site) -> None:
    room = ready_room(site)
    row = room.begin()
    room.at = AT + timedelta(days=1)
    signed_checklist(room.patient, room.approved.formulations[0], by=room.operator, at=room.at)
    with clock.moved_to(room.at):
        signed = room.signed(room.complete(room.injected(row=row)))
    assert signed.on == room.at.date()
    assert signed.checklist is not None
    assert signed.checklist.on == room.at.date()
