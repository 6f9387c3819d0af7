"""The gate and who owns the database: what was taken back or amended doesn't count again once the row is deleted."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from clinic.signing.against_trail import record_faults
from patients.consents.models import Consent, ConsentWithdrawal
from patients.consents.queries import consent_in_force, consents_of, latest_consents, why_not
from patients.consents.services import withdraw_consent
from patients.screening.models import Clearance
from patients.screening.queries import clearances_of
from patients.screening.services import withdraw_clearance
from protocols.checklists.models import Rule
from sessions.gate.gate import gate_for
from sessions.gate.stops import Stop, StopCode
from sessions.treatment.services import did_not_proceed
from tests.clinic.amending.test_standing import amended
from tests.factories import make_actor
from tests.pages import signature_states, words
from tests.patients.builders import answered_checklist, cleared, open_checklist, registered_patient, signed_checklist
from tests.sessions.rooms import Room, consented, ready_room
from tests.tampering import change

pytestmark = pytest.mark.django_db
PAPERS = {
    StopCode.NO_CHECKLIST,
    StopCode.CHECKLIST_VERDICT,
    StopCode.FORMULATION_CLOSED,
    StopCode.NO_CONSENT,
    StopCode.CONSENT_WITHDRAWN,
}
DOES_NOT_VERIFY = ["Doesn't verify"]


@pytest.fixture
def room(site: Site) -> Room:
    """A room whose papers are in order."""
    return ready_room(site)


def about_papers(room: Room) -> list[Stop]:
    planned = room.plan.planned.order_by("due_on", "id")[0]
    found = gate_for(by=room.operator, planned=planned, vial=None, at=clock.now())
    return [stop for stop in found if stop.code in PAPERS]


def withdrawn(room: Room) -> Consent:
    consent = Consent.objects.get(patient=room.patient)
    withdraw_consent(by=room.operator, consent=consent, reason="Changed her mind.", at=clock.now())
    return consent


def stop_without_the_amendment(room: Room, kind: str) -> Stop:
    """Amend a paper, and return the stop that it is once somebody has deleted the amendment."""
    amendment = amended(room.operator, SealedDocument.objects.get(kind=kind, patient=room.patient), seen=0)
    (stop,) = about_papers(room)
    assert "Call the manager" not in stop.message
    change("DELETE FROM clinic_amendment WHERE id = %s", amendment.pk)
    (stop,) = about_papers(room)
    return stop


class TestConsent:
    def test_a_withdrawal_that_was_deleted_still_counts_and_the_gate_says_what_happened(self, room: Room) -> None:
        assert about_papers(room) == []
        consent = withdrawn(room)
        change("DELETE FROM patients_consentwithdrawal WHERE consent_id = %s", consent.pk)
        (stop,) = about_papers(room)
        assert stop.code is StopCode.NO_CONSENT
        assert "somebody has deleted that in the database. Call the manager." in stop.message
        assert consent_in_force(room.patient) is None
        assert why_not(latest_consents([room.patient.pk])[room.patient.pk]) == (
            "changed in the database: tell the manager"
        )
        assert [each for each in record_faults() if "withdrawal of a consent, recorded with it by" in each]
        consented(room.patient, room.approved, by=room.operator, at=clock.now())
        assert about_papers(room) == []

    def test_a_withdrawal_that_was_moved_to_another_consent_still_counts(self, room: Room) -> None:
        consent = withdrawn(room)
        change("UPDATE patients_consentwithdrawal SET consent_id = consent_id + 1000 WHERE consent_id = %s", consent.pk)
        assert "Call the manager" in about_papers(room)[0].message

    def test_its_pages_say_so(self, room: Room, client: Client) -> None:
        consent = withdrawn(room)
        change("DELETE FROM patients_consentwithdrawal WHERE consent_id = %s", consent.pk)
        client.force_login(room.operator.user)
        page = client.get(reverse("consent", args=[consent.pk]))
        assert "this consent was withdrawn; the withdrawal isn't there any more" in words(page)
        assert "It counts no longer" in words(page)
        assert signature_states(page) == DOES_NOT_VERIFY
        for name in ("patient", "patient_history"):
            shown = words(client.get(reverse(name, args=[room.patient.pk])))
            assert "Withdrawn" in shown, name
            assert "In force" not in shown, name

    def test_the_withdrawal_can_be_recorded_again(self, room: Room) -> None:
        consent = withdrawn(room)
        change("DELETE FROM patients_consentwithdrawal WHERE consent_id = %s", consent.pk)
        withdrawn(room)
        assert ConsentWithdrawal.objects.filter(consent=consent).count() == 1
        assert "Call the manager" not in about_papers(room)[0].message

    def test_an_amendment_that_was_deleted_still_counts(self, room: Room) -> None:
        stop = stop_without_the_amendment(room, "consent")
        assert stop.code is StopCode.NO_CONSENT
        assert "Call the manager" in stop.message


class TestChecklist:
    def test_an_amendment_that_was_deleted_still_counts(self, room: Room) -> None:
        stop = stop_without_the_amendment(room, "checklist")
        assert stop.code is StopCode.CHECKLIST_VERDICT
        assert "somebody has deleted that in the database. Call the manager." in stop.message
        signed_checklist(room.patient, room.approved.formulations[0], by=room.operator)
        assert about_papers(room) == []


class TestClearance:
    @pytest.fixture
    def room(self, site: Site) -> Room:
        """A room with a checklist that a clearance lets go on."""
        room = ready_room(site, checklist=False)
        clearance = cleared(room.patient, Rule.ANTICOAGULANT, by=make_actor(site, Role.PHYSICIAN))
        told: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg", "cleared": f"{clearance.pk}:yes"})}
        signed_checklist(room.patient, room.approved.formulations[0], by=room.operator, answers=told)
        return room

    def test_a_withdrawal_that_was_deleted_still_counts_and_the_gate_says_what_happened(self, room: Room) -> None:
        assert about_papers(room) == []
        clearance = Clearance.objects.get(patient=room.patient)
        physician = make_actor(room.site, Role.PHYSICIAN)
        withdraw_clearance(by=physician, clearance=clearance, reason="Bleeding.", at=clock.now())
        (before,) = about_papers(room)
        assert "Call the manager" not in before.message
        change("DELETE FROM patients_clearancewithdrawal WHERE clearance_id = %s", clearance.pk)
        (stop,) = about_papers(room)
        assert stop.code is StopCode.CHECKLIST_VERDICT
        assert "A clearance of this patient was withdrawn" in stop.message
        assert "Call the manager" in stop.message
        assert [each for each in record_faults() if "withdrawal of a clearance" in each]

    def test_its_page_says_so(self, room: Room, client: Client) -> None:
        clearance = Clearance.objects.get(patient=room.patient)
        physician = make_actor(room.site, Role.PHYSICIAN)
        withdraw_clearance(by=physician, clearance=clearance, reason="Bleeding.", at=clock.now())
        change("DELETE FROM patients_clearancewithdrawal WHERE clearance_id = %s", clearance.pk)
        client.force_login(physician.user)
        page = client.get(reverse("clearance", args=[clearance.pk]))
        assert "this clearance was withdrawn; the withdrawal isn't there any more" in words(page)
        assert "In force" not in words(page)
        assert signature_states(page) == DOES_NOT_VERIFY

    def test_one_that_stands_is_missed_by_nobody(self, room: Room, client: Client) -> None:
        clearance = Clearance.objects.get(patient=room.patient)
        client.force_login(room.operator.user)
        page = client.get(reverse("clearance", args=[clearance.pk]))
        assert signature_states(page) == ["Valid"]
        assert list(record_faults()) == []


class TestLockedWithoutASignature:
    """What locks by itself holds as well: the entry of that step knows its rows."""

    def test_a_session_that_did_not_proceed(self, room: Room) -> None:
        row = did_not_proceed(
            by=room.operator, treatment_session=room.begin(), reason="Felt faint", next_on=None, at=room.at
        )
        assert list(record_faults()) == []
        change("UPDATE treatment_sessions_treatmentsession SET not_proceeded_reason = 'Late' WHERE id = %s", row.pk)
        assert [each for each in record_faults() if "it was changed in the database" in each]

    def test_a_checklist_that_was_left_unsigned(self, room: Room) -> None:
        formulation, yesterday = room.approved.formulations[0], room.at - timedelta(days=1)
        patient = registered_patient(room.site, at=yesterday)
        row = answered_checklist(patient, formulation, by=room.operator, at=yesterday)
        open_checklist(patient, formulation, by=room.operator)
        assert list(record_faults()) == []
        change("UPDATE patients_checklistanswer SET detail = 'Other' WHERE checklist_id = %s", row.pk)
        assert [each for each in record_faults() if "was changed in the database" in each]


@pytest.mark.parametrize("asked", [lambda room: consents_of(room.patient), lambda room: clearances_of(room.patient)])
def test_the_trail_is_asked_by_its_indexes(room: Room, asked: Any) -> None:
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as captured:
        # Of a few rows Postgres takes any of them, whichever was counted last: so the other is away for this test.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX trail_action")
        cursor.execute("SET LOCAL enable_seqscan = off")
        list(asked(room))
        cursor.execute(f"EXPLAIN {captured.captured_queries[-1]['sql']}")
        plan = str(cursor.fetchall())
    assert "trail_ended" in plan
    assert "Seq Scan on clinic_trailevent" not in plan
