"""Points that were injected before something stopped the session, and are entered after it: as they were given."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.amending.entries import entries_of
from clinic.amending.services import amend
from clinic.documents.models import SealedDocument
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.trail.models import TrailEvent
from patients.consents.services import withdraw_consent
from patients.screening.models import PatientChecklist
from protocols.decisions.services import retire
from sessions.treatment.models import TreatmentSession, Zone
from sessions.treatment.services import record_zone, remove_zone, use_vial
from tests.factories import confirmed, make_actor, make_site
from tests.patients.builders import cleared, with_intake
from tests.protocols.builders import approved, draft_consent, draft_treatment
from tests.sessions.rooms import Room, consented, ready_room
from tests.sessions.treatment.late import BEFORE, LATER, WHEN, WHY, in_hand, late, screened, sealed, withdrawn
from tests.sessions.treatment.pages import AT
from tests.tampering import change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


@pytest.fixture
def room(cleared_room: Room) -> Room:
    return cleared_room


class TestWhatIsKept:
    def test_the_papers_of_the_entry_before_stay_where_they_held(self, room: Room, physician: Actor) -> None:
        row = room.injected()
        withdrawn(room, physician)
        entry = late(room, row)
        first = row.zones.earliest("pk")
        assert (entry.injected_at, entry.recorded_at, entry.late_reason) == (BEFORE, LATER, WHY)
        assert entry.papers == first.papers
        row.refresh_from_db()
        assert (row.injected_at, row.papers) == (BEFORE, first.papers)

    def test_with_none_typed_they_are_those_that_held_then(self, room: Room, physician: Actor) -> None:
        row = in_hand(room)
        clearance = withdrawn(room, physician)
        kept = late(room, row).papers
        checklist = PatientChecklist.objects.get()
        assert checklist.signature is not None
        assert (kept["checklist"], kept["consent"]) == (checklist.pk, room.patient.consents.get().pk)
        assert kept["checklist_sha256"] == checklist.signature.content_sha256
        assert [(one["id"], one["conditions"]) for one in kept["clearances"]] == [(clearance.pk, clearance.scope)]
        row.refresh_from_db()
        assert (row.injected_at, row.papers, row.checklist_id) == (BEFORE, kept, checklist.pk)
        assert row.baseline_photos is not None

    def test_they_read_as_those_of_an_entry_typed_at_once(self, room: Room, physician: Actor) -> None:
        row = in_hand(room)
        with transaction.atomic():
            at_once = record_zone(
                by=room.operator, treatment_session=row, zone=Zone.VERTEX, points=1, volume_per_site_ul=60, at=BEFORE
            ).papers
            transaction.set_rollback(True)
        withdrawn(room, physician)
        assert late(room, row).papers == at_once

    def test_new_papers_after_an_interruption_are_those_of_what_was_given_under_them(
        self, room: Room, physician: Actor
    ) -> None:
        row = room.injected()
        withdrawn(room, physician)
        again = AT + timedelta(minutes=50)
        second = screened(room, cleared(room.patient, by=physician, at=again), at=again)
        withdrawn(room, physician, at=AT + timedelta(minutes=58))
        with pytest.raises(Refused):
            late(room, row, AT + timedelta(minutes=45))
        assert late(room, row, AT + timedelta(minutes=55)).papers["checklist"] == second.pk

    def test_after_the_session_went_on_it_stands_with_the_papers_of_its_own_time(
        self, room: Room, physician: Actor
    ) -> None:
        row = room.injected()
        withdrawn(room, physician)
        with clock.moved_to(LATER):
            screened(room, cleared(room.patient, by=physician, at=LATER), at=LATER)
            record_zone(
                by=room.operator, treatment_session=row, zone=Zone.MID_SCALP_LEFT, points=3, volume_per_site_ul=60,
                at=LATER,
            )  # fmt: skip
        late(room, row, at=LATER + timedelta(minutes=5))
        row.refresh_from_db()
        assert row.injected_at == LATER
        room.signed(room.complete(row, at=LATER), at=LATER)
        assert [part["heading"] for part in sealed()["given_under"]] == [
            "Given under: Vertex, Temporal, left (injected 10:00 to 10:30)",
            "Given under: Mid-scalp, left (recorded 11:00)",
        ]

    def test_taking_out_an_entry_goes_back_to_what_was_injected_last(self, room: Room, physician: Actor) -> None:
        row = room.injected()
        withdrawn(room, physician)
        early = late(room, row, AT + timedelta(minutes=20))
        middle = late(room, row, BEFORE)
        remove_zone(by=room.operator, treatment_session=row, entry_id=early.pk, at=LATER)
        row.refresh_from_db()
        assert row.injected_at == BEFORE
        remove_zone(by=room.operator, treatment_session=row, entry_id=middle.pk, at=LATER)
        row.refresh_from_db()
        assert row.injected_at == AT

    def test_the_trail_says_when_it_was_injected_and_why_it_is_entered_late(self, room: Room, physician: Actor) -> None:
        row = in_hand(room)
        withdrawn(room, physician)
        late(room, row)
        last = TrailEvent.objects.order_by("-seq").first()
        assert last is not None
        assert (last.occurred_at, last.reason) == (BEFORE, WHY)
        assert f'"late_reason":"{WHY}"' in last.body
        assert '"injected_at"' in last.body


def _checklist_amended(room: Room, physician: Actor) -> None:
    document = SealedDocument.objects.get(kind="checklist", patient=room.patient)
    proof = confirmed(room.operator, WHEN)
    amend(
        by=room.operator, document=document, confirmed=proof, at=proof.at, seen=0,
        entry=entries_of(json.loads(document.content))[0].label, correct="A wound at the vertex.", reason="Seen late.",
    )  # fmt: skip


def _consent_withdrawn(room: Room, physician: Actor) -> None:
    withdraw_consent(by=room.operator, consent=room.patient.consents.get(), reason="Changed her mind", at=WHEN)


def _formulation_retired(room: Room, physician: Actor) -> None:
    version = room.approved.formulations[0]
    retire(by=physician, version=version, confirmed=confirmed(physician, WHEN), reason="Recalled", at=WHEN)


def _clearance_refused(room: Room, physician: Actor) -> None:
    cleared(room.patient, by=physician, granted=False, at=WHEN)


def _protocol_changed(room: Room, physician: Actor) -> None:
    with clock.moved_to(WHEN):
        approved(draft_treatment(room.site, risk_relevant=True, reconsent=True))


def _script_replaced(room: Room, physician: Actor) -> None:
    with clock.moved_to(WHEN):
        approved(draft_consent(room.site, risk_relevant=True, reconsent=True))


def _stage_corrected(room: Room, physician: Actor) -> None:
    with_intake(room.patient, stage="VII", by=room.operator, at=WHEN)


def _withdrawal_deleted(room: Room, physician: Actor) -> None:
    clearance = withdrawn(room, physician)
    change("DELETE FROM patients_clearancewithdrawal WHERE clearance_id = %s", clearance.pk)


def _drawn_elsewhere(room: Room, physician: Actor) -> None:
    vial = TreatmentSession.objects.get().vial
    assert vial is not None
    room.at = WHEN
    room.drawn(vial, 200)


class TestWhatCantHaveBeenLetThrough:
    @pytest.mark.parametrize(
        ("stop", "said"),
        [
            (withdrawn, "counts no longer"), (_clearance_refused, "counts no longer"),
            (_checklist_amended, "Since 10:42: the checklist was amended"),
            (_consent_withdrawn, "Since 10:42: the consent was withdrawn."),
            (_formulation_retired, "isn't in force any more"), (_withdrawal_deleted, "counts no longer"),
            (_protocol_changed, "Since 10:42: a protocol was changed that patients consent to anew."),
            (_script_replaced, "Since 10:42: a protocol was changed that patients consent to anew."),
            (_stage_corrected, "Since 10:42: the stage is one for surgical assessment"),
            (_drawn_elsewhere, "the vial was drawn from elsewhere"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("typed", [False, True])
    def test_until_its_moment_a_stop_stops_nothing_and_from_then_on_all(
        self, room: Room, physician: Actor, stop: Callable[[Room, Actor], Any], said: str, *, typed: bool
    ) -> None:
        row = room.injected() if typed else in_hand(room)
        stop(room, physician)
        for minutes in (42, 50):
            with pytest.raises(Refused, match="By the record nothing can have been injected") as refused:
                late(room, row, AT + timedelta(minutes=minutes))
            assert refused.value.field == "injected_at"
            assert said in " ".join(refused.value.reasons)
            assert "say so in the notes" in refused.value.reasons[-1]
        assert late(room, row, AT + timedelta(minutes=41)).papers

    def test_the_minute_of_the_stop_and_that_of_the_vial_are_taken(self, room: Room, physician: Actor) -> None:
        row = room.begin()
        use_vial(
            by=room.operator, treatment_session=row, code=room.vial().code, at=AT + timedelta(seconds=35)
        )  # fmt: skip
        withdrawn(room, physician, at=WHEN + timedelta(seconds=20))
        late(room, row, AT)
        late(room, row, WHEN)
        with pytest.raises(Refused):
            late(room, row, WHEN + timedelta(minutes=1))

    def test_not_before_the_vial_and_not_to_come(self, room: Room, physician: Actor) -> None:
        row = in_hand(room)
        withdrawn(room, physician)
        with pytest.raises(Refused) as refused:
            late(room, row, AT - timedelta(minutes=1))
        assert "The vial was taken 10:00. Type a time from then on." in refused.value.reasons
        with pytest.raises(Refused, match="still to come") as refused:
            late(room, row, LATER + timedelta(minutes=1))
        assert refused.value.field == "injected_at"

    def test_scanning_the_vial_again_doesnt_take_it_anew(self, room: Room) -> None:
        row = in_hand(room)
        assert row.vial is not None
        use_vial(by=room.operator, treatment_session=row, code=row.vial.code, at=LATER)
        row.refresh_from_db()
        assert row.vial_at == AT

    def test_without_a_vial_nothing_was_injected(self, room: Room, physician: Actor) -> None:
        row = room.begin()
        withdrawn(room, physician)
        with pytest.raises(Refused, match="No vial was taken"):
            late(room, row)

    def test_the_vials_hours_then_count_and_not_those_of_now(self, room: Room) -> None:
        row, tomorrow = in_hand(room), AT + timedelta(days=1)
        with pytest.raises(Refused) as refused:
            late(room, row, tomorrow, at=tomorrow + timedelta(minutes=5))
        assert "The vial was to be used before 25 Nov 2026, 10:00." in " ".join(refused.value.reasons) or (
            "The vial was to be used before 10:00." in refused.value.reasons
        )
        assert "No checklist of 25 Nov 2026 was signed by then." in refused.value.reasons
        late(room, row, at=tomorrow + timedelta(minutes=5))
        row.refresh_from_db()
        assert (row.on, row.injected_at) == (AT.date(), BEFORE)

    def test_papers_that_were_signed_only_later_dont_count(self, site: Site) -> None:
        room = ready_room(site)
        row = in_hand(room)
        withdraw_consent(by=room.operator, consent=room.patient.consents.get(), reason="Asked anew", at=WHEN)
        with clock.moved_to(LATER):
            consented(room.patient, room.approved, by=room.operator, at=LATER)
        with pytest.raises(Refused):
            late(room, row, AT + timedelta(minutes=50))
        assert late(room, row).papers["consent"] == room.patient.consents.earliest("pk").pk

    @pytest.mark.parametrize("reason", ["", "  ", "no"])
    def test_it_says_why(self, room: Room, physician: Actor, reason: str) -> None:
        row = in_hand(room)
        withdrawn(room, physician)
        with pytest.raises(Refused, match="Say why") as refused:
            late(room, row, late_reason=reason)
        assert refused.value.field == "late_reason"

    def test_its_amount_has_the_bounds_of_any_entry(self, room: Room, physician: Actor) -> None:
        row = room.injected()
        withdrawn(room, physician)
        with pytest.raises(Refused, match="more than the vial held"):
            late(room, row, points=22)
        with pytest.raises(Refused, match=r"must be from 0.01 to 0.50 mL"):
            late(room, row, volume_per_site_ul=501)

    def test_the_same_form_sent_twice_is_one_row(self, room: Room, physician: Actor) -> None:
        row, key = room.injected(), uuid.uuid4()
        withdrawn(room, physician)
        assert len({late(room, row, submission_key=key).pk for _ in range(2)}) == 1
        with pytest.raises(StaleWrite, match="with another time"):
            late(room, row, AT + timedelta(minutes=20), submission_key=key)
        with pytest.raises(StaleWrite, match="recorded already"):
            late(room, row, points=4, submission_key=key)
        assert row.zones.count() == 2

    def test_what_the_ordinary_form_recorded_isnt_recorded_again(self, room: Room, physician: Actor) -> None:
        row, key = in_hand(room), uuid.uuid4()
        made = record_zone(
            by=room.operator, treatment_session=row, zone=Zone.TEMPORAL_LEFT, points=5, volume_per_site_ul=60,
            submission_key=key, at=BEFORE,
        )  # fmt: skip
        withdrawn(room, physician)
        assert late(room, row, submission_key=key) == made

    def test_nobody_else_does_it_and_no_closed_session_takes_it(self, room: Room, physician: Actor) -> None:
        row = room.injected()
        for by, error in (
            (make_actor(room.site, Role.MANAGER), NotAllowed),
            (make_actor(make_site("S"), Role.OPERATOR), TreatmentSession.DoesNotExist),
        ):
            with pytest.raises(error):
                late(room, row, by=by)
        signed = room.signed(room.complete(row))
        with pytest.raises(Refused, match="This session is closed"):
            late(room, signed)
