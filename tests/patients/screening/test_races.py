"""Two people at once on one question or one checklist: one wins, the other is told who decided what, and when."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.dates import second_text
from clinic.errors import Refused, StaleWrite
from clinic.signing.models import Meaning, Signature
from clinic.trail.verify import verify_chain
from patients.registry.models import Patient
from patients.screening.models import Clearance, ClearanceWithdrawal, PatientChecklist
from patients.screening.services import give_clearance, sign_checklist, withdraw_clearance
from protocols.checklists.models import Rule
from tests.factories import confirmed, make_actor
from tests.patients.builders import answered_checklist, cleared
from tests.protocols.builders import Approved
from tests.sessions.preparation.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def won_and_told(people: list[Actor], answers: list[Any], refusal: type[Refused]) -> tuple[Actor, Refused]:
    """Return who won and what the other was told; fails unless it was one each."""
    told = [answer for answer in answers if isinstance(answer, refusal)]
    won = [by for by, answer in zip(people, answers, strict=True) if not isinstance(answer, Exception)]
    assert (len(won), len(told)) == (1, 1), answers
    return won[0], told[0]


@pytest.mark.parametrize("round_number", range(3))
def test_two_decide_a_clearance_at_once(site: Site, patient: Patient, round_number: int) -> None:
    people = [make_actor(site, Role.PHYSICIAN, name=f"Dr {name} Demo") for name in ("Petra", "Paul")]
    earlier = cleared(patient, by=people[0])
    today = clock.today(site)

    def give(by: Actor) -> Clearance:
        proof = confirmed(by)
        return give_clearance(
            by=by, patient=patient, rule=Rule.ANTICOAGULANT, granted=False, about="Apixaban 10 mg", scope="Too much",
            prescriber=by.name, valid_from=today, valid_until=today + timedelta(days=30), confirmed=proof,
            submission_key=uuid.uuid4(), at=proof.at, seen=earlier.pk,
        )  # fmt: skip

    won, told = won_and_told(people, at_once(*[lambda by=by: give(by) for by in people]), StaleWrite)
    (made,) = Clearance.objects.exclude(pk=earlier.pk)
    assert made.given_by_id == won.user.pk
    at = second_text(clock.local(made.given_at, site))
    assert f"{won.name} has decided on this question since you opened it ({at})" in told.message
    assert "Apixaban 10 mg, not cleared." in told.message
    assert Signature.objects.filter(meaning=Meaning.REJECTED).count() == 1
    assert verify_chain() is None


def test_two_withdraw_a_clearance_at_once(site: Site, patient: Patient) -> None:
    people = [make_actor(site, Role.PHYSICIAN, name=f"Dr {name} Demo") for name in ("Petra", "Paul")]
    clearance = cleared(patient, by=people[0])

    def withdraw(by: Actor) -> ClearanceWithdrawal:
        return withdraw_clearance(by=by, clearance=clearance, reason=f"Asked by {by.name}.", at=clock.now())

    won, told = won_and_told(people, at_once(*[lambda by=by: withdraw(by) for by in people]), Refused)
    withdrawal = ClearanceWithdrawal.objects.get()
    at = second_text(clock.local(withdrawal.withdrawn_at, site))
    assert f"{won.name} has withdrawn it already ({at}): Asked by {won.name}." in told.message


def test_two_sign_a_checklist_at_once(site: Site, patient: Patient, protocols: Approved, operator: Actor) -> None:
    checklist = answered_checklist(patient, protocols.formulations[0], by=operator)
    people = [operator, make_actor(site, Role.PHYSICIAN, name="Dr Petra Demo")]

    def sign(by: Actor) -> PatientChecklist:
        proof = confirmed(by)
        return sign_checklist(by=by, checklist=checklist, confirmed=proof, at=proof.at)

    won, told = won_and_told(people, at_once(*[lambda by=by: sign(by) for by in people]), Refused)
    checklist.refresh_from_db()
    at = second_text(clock.local(checklist.signed_at, site))
    assert f"{won.name} signed this checklist ({at})" in told.message
    assert Signature.objects.filter(meaning=Meaning.ASSESSED).count() == 1
