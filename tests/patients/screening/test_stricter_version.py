"""A version of the checklist that is stricter than the floor, from its approval to the verdict and the screens."""

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.worklist.registry import work_for
from patients.registry.models import Patient
from patients.screening.contraindications import judge
from patients.screening.loading import load
from patients.screening.models import PatientChecklist
from patients.screening.outcomes import Outcome
from protocols.checklists.models import Rule
from protocols.starter.checklist import checklist_items
from tests.patients.builders import answered_checklist, signed_checklist
from tests.protocols.builders import Approved, approved, draft_checklist

ANTICOAGULANT: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg"})}


@pytest.fixture
def stricter(site: Site, protocols: Approved) -> Approved:
    """The protocols, with a checklist in force that refuses whoever takes an anticoagulant."""
    items = [replace(item, stricter="stop" if item.rule == Rule.ANTICOAGULANT else "") for item in checklist_items()]
    return replace(protocols, checklist=approved(draft_checklist(site, items=items)))


@pytest.fixture
def refused(stricter: Approved, patient: Patient, operator: Actor) -> PatientChecklist:
    return answered_checklist(patient, stricter.formulations[0], by=operator, answers=ANTICOAGULANT)


def test_the_verdict_follows_the_version(refused: PatientChecklist, physician: Actor) -> None:
    verdict = judge(load(refused, refused.on).case)
    assert verdict.outcome is Outcome.STOP
    assert not any("Clearance asked" in item.title for item in work_for(physician, clock.now()))


def test_what_was_decided_is_stored_with_the_signed_verdict(
    stricter: Approved, patient: Patient, operator: Actor
) -> None:
    signed = signed_checklist(patient, stricter.formulations[0], by=operator, answers=ANTICOAGULANT)
    assert signed.outcome == Outcome.STOP
    assert signed.verdict is not None
    stored = {item["rule"]: item.get("stricter") for item in signed.verdict["case"]["items"]}
    assert stored[Rule.ANTICOAGULANT] == "stop"
    assert stored[Rule.PREGNANCY] is None


def test_the_screen_says_so_and_offers_no_clearance(as_actor: Any, physician: Actor, refused: PatientChecklist) -> None:
    text = as_actor(physician).get(reverse("checklist", args=[refused.pk])).content.decode()
    assert "This checklist is stricter than the safety floor here: no clearance lifts it." in text
    address = reverse("clearance_new", args=[refused.patient_id, Rule.ANTICOAGULANT])
    assert address not in text
    page = as_actor(physician).get(address).content.decode()
    assert "Do not treat: no clearance lifts it." in page
    other = reverse("clearance_new", args=[refused.patient_id, Rule.PREGNANCY])
    assert "no clearance lifts it" not in as_actor(physician).get(other).content.decode()
