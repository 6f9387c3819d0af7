"""A prescriber's decision: who may give it, what it must say, how it ends."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused
from clinic.signing.models import Meaning
from clinic.signing.services import verifies
from clinic.trail.models import TrailEvent
from patients.registry.models import Patient
from patients.screening.models import Clearance
from patients.screening.services import give_clearance, withdraw_clearance
from protocols.checklists.models import Rule
from tests.factories import confirmed, make_actor
from tests.patients.builders import cleared


def give(patient: Patient, by: Actor, **changed: Any) -> Clearance:
    at = clock.now()
    today = clock.today(by.site)
    values: dict[str, Any] = {
        "rule": Rule.ANTICOAGULANT, "granted": True, "about": "Apixaban 5 mg", "scope": "Goes on",
        "prescriber": "Prescriber Demo",
        "valid_from": today, "valid_until": today + timedelta(days=30), "submission_key": uuid.uuid4(),
        "confirmed": confirmed(by, at),
    } | changed  # fmt: skip
    return give_clearance(by=by, patient=patient, at=at, **values)


def test_a_clearance_is_signed_over_what_it_says(patient: Patient, physician: Actor) -> None:
    clearance = give(patient, physician)
    assert clearance.signature.meaning == Meaning.CLEARED
    assert verifies(clearance.signature)
    assert "Apixaban 5 mg" in clearance.signature.content
    assert "Goes on" in clearance.signature.content
    assert clearance.signature.object_id == str(clearance.pk)


def test_a_refusal_is_signed_as_one(patient: Patient, physician: Actor) -> None:
    assert give(patient, physician, granted=False).signature.meaning == Meaning.REJECTED


def test_a_refusal_needs_no_days_and_a_clearance_does(patient: Patient, physician: Actor) -> None:
    today = clock.today(patient.site)
    made = give(patient, physician, granted=False, valid_from=None, valid_until=None)
    assert (made.valid_from, made.valid_until) == (today, today + timedelta(days=366))
    for name in ("valid_from", "valid_until"):
        with pytest.raises(Refused) as refused:
            give(patient, physician, **{name: None})
        assert refused.value.field == name


def test_the_same_submission_makes_one(patient: Patient, physician: Actor) -> None:
    key = uuid.uuid4()
    assert give(patient, physician, submission_key=key) == give(patient, physician, submission_key=key)
    assert Clearance.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"rule": "stage"}, "rule"),
        ({"about": "  "}, "about"),
        ({"scope": "  "}, "scope"),
        ({"prescriber": ""}, "prescriber"),
    ],
)
def test_what_is_missing_is_refused(patient: Patient, physician: Actor, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        give(patient, physician, **changed)
    assert refusal.value.field == field
    assert not Clearance.objects.exists()


@pytest.mark.parametrize(("first", "last"), [(1, 0), (-5, -1), (0, 367), (93, 120)])
def test_a_validity_that_cant_be_is_refused(patient: Patient, physician: Actor, first: int, last: int) -> None:
    today = clock.today(physician.site)
    with pytest.raises(Refused):
        give(patient, physician, valid_from=today + timedelta(days=first), valid_until=today + timedelta(days=last))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PHYSICIAN])
def test_only_a_physician_clears(site: Site, patient: Patient, role: Role) -> None:
    with pytest.raises(NotAllowed):
        give(patient, make_actor(site, role))


def test_another_sites_physician_doesnt_know_the_patient(other_site: Site, patient: Patient) -> None:
    with pytest.raises(Patient.DoesNotExist):
        give(patient, make_actor(other_site, Role.PHYSICIAN))


def test_a_confirmation_of_somebody_else_signs_nothing(site: Site, patient: Patient, physician: Actor) -> None:
    with pytest.raises(Refused, match="password"):
        give(patient, physician, confirmed=confirmed(make_actor(site, Role.PHYSICIAN)))
    assert not Clearance.objects.exists()


def test_a_withdrawal_says_why_once_and_leaves_the_clearance(patient: Patient, physician: Actor) -> None:
    clearance = cleared(patient, by=physician)
    first = withdraw_clearance(by=physician, clearance=clearance, reason="Dose changed", at=clock.now())
    assert withdraw_clearance(by=physician, clearance=clearance, reason="Again", at=clock.now()) == first
    assert TrailEvent.objects.filter(patient=patient, reason="Dose changed").exists()
    assert Clearance.objects.filter(pk=clearance.pk).exists()


def test_a_withdrawal_without_a_reason_is_refused(patient: Patient, physician: Actor) -> None:
    with pytest.raises(Refused):
        withdraw_clearance(by=physician, clearance=cleared(patient, by=physician), reason=" ", at=clock.now())


def test_sql_cant_change_a_clearance(patient: Patient, physician: Actor) -> None:
    from django.db import connection

    clearance = cleared(patient, by=physician)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE patients_clearance SET granted = false WHERE id = %s", [clearance.pk])


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (0, -1, "The last day lies before the first, and in the past. It has to be today or later."),
        (-3, -5, "The last day lies before the first, and in the past. It has to be today or later."),
        (5, 3, "The last day lies before the first. Turn the dates round."),
        (-5, -3, "This clearance would be over already. Give a last day of today or later."),
    ],
)
def test_turning_the_dates_round_is_said_only_where_it_helps(
    patient: Patient, physician: Actor, first: int, last: int, said: str
) -> None:
    today = clock.today(patient.site)
    with pytest.raises(Refused) as refused:
        give(patient, physician, valid_from=today + timedelta(days=first), valid_until=today + timedelta(days=last))
    assert (refused.value.message, refused.value.field) == (said, "valid_until")
