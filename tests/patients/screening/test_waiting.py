"""What a checklist waits for is said where it is answered and read, and its signature isn't pressed then."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Role
from clinic.worklist.registry import WorkItem, work_for
from patients.registry.models import Patient
from patients.screening.services import withdraw_clearance
from protocols.checklists.models import Rule
from tests.factories import make_actor
from tests.pages import pushed, source, words
from tests.patients.builders import answered_checklist, cleared, open_checklist, signed_checklist
from tests.patients.screening.asked import ANTICOAGULANT
from tests.protocols.builders import Approved

ASKED = "The prescriber is asked already"
ANEW = "Clearance signed: take a new checklist"
UNTREATED: Any = {Rule.BLEEDING_DISORDER: ("yes", {"treated": "no"})}


class TestForAClearance:
    def test_the_draft_says_that_it_waits_and_doesnt_press_its_signature(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        draft = answered_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        sign = reverse("checklist_sign", args=[draft.pk])
        page = operating.get(reverse("checklist", args=[draft.pk]))
        assert ASKED in words(page)
        assert "Read it through, then sign" not in words(page)
        assert pushed(page) == []
        assert f'class="btn btn-plain" href="{sign}"' in source(page)
        page = operating.get(sign)
        assert ASKED in words(page)
        assert "btn btn-primary" not in source(page)
        # And that is so.
        assert any("Clearance asked" in item.title for item in work_for(physician, clock.now()))

    def test_once_it_is_there_the_draft_asks_whether_it_is_the_one_and_then_for_the_signature(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        draft = answered_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        cleared(patient, by=physician)
        page = operating.get(reverse("checklist", args=[draft.pk]))
        assert ASKED not in words(page)
        assert "asks whether this is what was cleared" in words(page)
        assert [label for _url, label in pushed(page)] == ["Read and sign"]

    @pytest.mark.parametrize("answers", [{}, UNTREATED, ANTICOAGULANT | UNTREATED])
    def test_nobody_is_said_to_be_asked_where_no_clearance_would_do(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor, answers: Any
    ) -> None:
        draft = answered_checklist(patient, protocols.formulations[0], by=operator, answers=answers)
        for name in ("checklist", "checklist_sign"):
            assert ASKED not in words(operating.get(reverse(name, args=[draft.pk])))

    def test_the_signed_one_leads_to_a_new_checklist_to_confirm_it_in(
        self, as_actor: Any, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        signed = signed_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        address, said = reverse("checklist", args=[signed.pk]), "That is confirmed in a new checklist"
        way = f'<a href="{reverse("checklist_start", args=[patient.pk])}">Begin a new checklist</a>'
        assert said not in words(as_actor(operator).get(address))
        cleared(patient, by=physician)
        page = as_actor(operator).get(address)
        assert said in words(page)
        assert way in source(page)
        page = as_actor(make_actor(patient.site, Role.AUDITOR)).get(address)
        assert said in words(page)
        assert way not in source(page)


class TestToday:
    def asked(self, actor: Actor) -> list[WorkItem]:
        return [item for item in work_for(actor, clock.now()) if item.title == ANEW]

    def test_a_new_checklist_is_asked_for_once_the_clearance_is_signed(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        signed_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        assert self.asked(operator) == []
        clearance = cleared(patient, by=physician)
        (item,) = self.asked(operator)
        assert item.url == reverse("checklist_start", args=[patient.pk])
        assert patient.full_name in item.detail
        withdraw_clearance(by=physician, clearance=clearance, reason="INR not known", at=clock.now())
        assert self.asked(operator) == []

    def test_not_after_a_refusal_nor_once_one_is_begun(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        signed_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        cleared(patient, granted=False, by=physician)
        assert self.asked(operator) == []
        cleared(patient, by=physician)
        assert len(self.asked(operator)) == 1
        open_checklist(patient, protocols.formulations[0], by=operator)
        assert self.asked(operator) == []

    def test_nor_for_what_it_doesnt_lift(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        answers = ANTICOAGULANT | UNTREATED
        signed_checklist(patient, protocols.formulations[0], by=operator, answers=answers)
        cleared(patient, by=physician)
        assert self.asked(operator) == []

    def test_its_links_name_what_is_done_and_whom_it_is_about(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        answered_checklist(patient, protocols.formulations[0], by=operator)
        page = source(operating.get(reverse("today")))
        about = f"Checklist not signed yet, {patient.full_name} · {patient.record_number}"
        assert f'Go on<span class="visually-hidden">: {about}</span></a>' in page
