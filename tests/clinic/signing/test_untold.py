"""A fact that a statement wrote past the services, which the application's own role may insert, is named."""

import pytest
from django.db import connection

from clinic import clock
from clinic.accounts.models import Site
from clinic.signing.against_trail import record_faults
from patients.consents.models import Consent
from patients.consents.services import withdraw_consent
from patients.intake.models import Intake
from tests.sessions.rooms import Room, ready_room

WITHDRAWAL = """
INSERT INTO patients_consentwithdrawal (reason, withdrawn_at, consent_id, withdrawn_by_id)
SELECT 'asked by phone', clock_timestamp(), id, witnessed_by_id FROM patients_consent WHERE id = %s
"""
INTAKE = """
INSERT INTO patients_intake (
    submission_key, indication, scale, stage, pathway, notes, taken_at, correction_reason, site_id, taken_by_id,
    patient_id
)
SELECT gen_random_uuid(), indication, scale, 'II', pathway, '', now(), '', site_id, taken_by_id, patient_id
FROM patients_intake WHERE id = %s
"""


@pytest.fixture
def room(site: Site) -> Room:
    """A room whose papers are in order."""
    return ready_room(site)


def inserted(statement: str, key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        assert cursor.rowcount == 1


def test_a_withdrawal_that_nobody_recorded_is_named_though_it_is_the_first_of_its_kind(room: Room) -> None:
    assert list(record_faults()) == []
    inserted(WITHDRAWAL, Consent.objects.get(patient=room.patient).pk)
    (said,) = record_faults()
    assert said.startswith(f"site {room.site.pk}")
    assert "Withdrawal of a consent, number" in said
    assert said.endswith("no entry of the trail tells that it was recorded")


def test_so_is_an_intake_beside_one_that_was_recorded(room: Room) -> None:
    inserted(INTAKE, Intake.objects.get(patient=room.patient).pk)
    (said,) = record_faults()
    assert f"Intake of {room.patient.record_number}" in said


def test_what_was_recorded_is_told_of(room: Room) -> None:
    withdraw_consent(
        by=room.operator, consent=Consent.objects.get(patient=room.patient), reason="Changed her mind.", at=clock.now()
    )
    assert list(record_faults()) == []


def test_what_was_recorded_before_entries_told_of_facts_is_no_fault(room: Room) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE clinic_trailevent SET body = replace(body, '\"added\":{', '\"past\":{')")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert [said for said in record_faults() if "no entry of the trail tells" in said] == []
