"""What a checklist comes to over time: a clearance that comes and goes, a scalp that waits for a physician."""

from datetime import timedelta
from typing import Any

import pytest

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.documents.models import SealedDocument
from clinic.errors import Refused
from patients.registry.models import Patient
from patients.screening.models import PatientChecklist
from patients.screening.queries import clearances_of, verdict_now
from patients.screening.queries import signed_checklist as signed_on
from patients.screening.services import (
    sign_checklist,
    withdraw_clearance,
)
from patients.screening.standing import standing_chip
from protocols.checklists.models import Rule
from tests.factories import confirmed
from tests.patients.builders import answered_checklist, cleared, signed_checklist
from tests.patients.screening.answering import answer
from tests.protocols.builders import Approved

ANTICOAGULANT = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg"})}


class TestTheWayOfAnAnticoagulant:
    def test_stopped_cleared_and_signed(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        today = checklist.on
        assert verdict_now(checklist, today).outcome == "clearance"
        clearance = cleared(patient, by=physician)
        assert verdict_now(checklist, today).outcome == "clearance"
        told = {"drug": "apixaban 5 mg", "cleared": f"{clearance.pk}:yes"}
        answer(checklist, operator, Rule.ANTICOAGULANT, answer="yes", extra=told)
        assert verdict_now(checklist, today).may_proceed
        signed = sign_checklist(by=operator, checklist=checklist, confirmed=confirmed(operator), at=clock.now())
        assert signed.outcome == "proceed"
        content = SealedDocument.objects.get(kind="checklist").content
        for words in ("Prescriber Demo", "Apixaban 5 mg", "Press each site for two minutes"):
            assert words in content
        assert signed_on(patient, today) == signed

    def test_a_clearance_withdrawn_after_signing_counts_at_once_and_the_record_stays(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        clearance = cleared(patient, by=physician)
        answers: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg", "cleared": f"{clearance.pk}:yes"})}
        checklist = signed_checklist(patient, protocols.formulations[0], by=operator, answers=answers)
        withdraw_clearance(by=physician, clearance=clearance, reason="Dose was changed", at=clock.now())
        assert verdict_now(checklist, checklist.on).outcome == "clearance"
        checklist.refresh_from_db()
        assert checklist.outcome == "proceed"

    @pytest.mark.parametrize("first", [True, False])
    def test_a_decision_taken_back_leaves_the_question_open_and_brings_no_older_one_back(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor, first: bool
    ) -> None:
        older = cleared(patient, by=physician, granted=first)
        newer = cleared(patient, by=physician)
        answers: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg", "cleared": f"{newer.pk}:yes"})}
        checklist = signed_checklist(patient, protocols.formulations[0], by=operator, answers=answers)
        assert verdict_now(checklist, checklist.on).may_proceed
        withdraw_clearance(by=physician, clearance=newer, reason="Dose was changed", at=clock.now())
        assert verdict_now(checklist, checklist.on).outcome == "clearance"
        shown = clearances_of(patient).get(pk=older.pk)
        assert standing_chip(shown, checklist.on).text == "Decided anew since"

    def test_another_medicine_asks_again_whether_it_is_the_one_cleared(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        confirmed_as = f"{cleared(patient, by=physician).pk}:yes"
        answers: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg", "cleared": confirmed_as})}
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator, answers=answers)
        assert verdict_now(checklist, checklist.on).may_proceed
        told = {"drug": "warfarin", "cleared": confirmed_as}
        row = answer(checklist, operator, Rule.ANTICOAGULANT, answer="yes", extra=told)
        assert row.extra == {"drug": "warfarin"}
        assert verdict_now(checklist, checklist.on).outcome == "clearance"

    @pytest.mark.parametrize("said", ["yes", "17", "17:maybe", ":yes", "-1:yes"])
    def test_a_confirmation_that_isnt_one_is_refused(
        self, checklist: PatientChecklist, operator: Actor, said: str
    ) -> None:
        with pytest.raises(Refused) as refusal:
            answer(checklist, operator, Rule.ANTICOAGULANT, answer="yes", extra={"drug": "x", "cleared": said})
        assert refusal.value.field == "cleared"


class TestAScalpThatWasDeferred:
    def test_the_next_checklist_waits_for_a_physician(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        last_week = clock.now() - timedelta(days=7)
        found = {Rule.SCALP_INFECTION: ("yes", {})}
        signed_checklist(patient, protocols.formulations[0], by=operator, at=last_week, answers=found)
        today = answered_checklist(patient, protocols.formulations[0], by=operator)
        assert verdict_now(today, today.on).outcome == "defer"
        looked = cleared(patient, Rule.SCALP_INFECTION, by=physician)
        assert verdict_now(today, today.on).outcome == "defer"
        answer(today, operator, Rule.SCALP_INFECTION, answer="no", extra={"cleared": f"{looked.pk}:yes"})
        assert verdict_now(today, today.on).may_proceed

    def test_the_wait_goes_on_over_several_checklists(
        self, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        for days, found in ((14, "yes"), (7, "no")):
            answers: Any = {Rule.SCALP_INFECTION: (found, {})}
            at = clock.now() - timedelta(days=days)
            signed_checklist(patient, protocols.formulations[0], by=operator, at=at, answers=answers)
        today = answered_checklist(patient, protocols.formulations[0], by=operator)
        assert verdict_now(today, today.on).outcome == "defer"
