"""The checklist is read through and signed; for another formulation, and with a clearance on file."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Role
from patients.registry.models import Patient
from patients.screening.models import ChecklistStatus, PatientChecklist
from patients.screening.outcomes import Outcome
from protocols.checklists.models import Rule
from tests.factories import PASSWORD, make_actor
from tests.pages import whole, words
from tests.patients.builders import (
    answered_checklist,
    cleared,
    open_checklist,
    signed_checklist,
)
from tests.patients.screening.asked import ANTICOAGULANT, name_of, save
from tests.protocols.builders import Approved
from tests.sessions.rooms import consented


class TestSigning:
    def test_an_incomplete_checklist_shows_what_is_missing_and_no_password_field(
        self, operating: Client, checklist: PatientChecklist
    ) -> None:
        text = operating.get(reverse("checklist_sign", args=[checklist.pk])).content.decode()
        assert "are open." in text
        assert "password" not in text.split("</header>")[-1]

    def test_signs_with_the_own_password(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator)
        checklist.refresh_from_db()
        url = reverse("checklist_sign", args=[checklist.pk])
        response = operating.post(url, {"password": PASSWORD, "row_version": checklist.row_version})
        assert response.url == reverse("checklist", args=[checklist.pk])
        checklist.refresh_from_db()
        assert checklist.status == ChecklistStatus.SIGNED
        again = operating.post(url, {"password": PASSWORD, "row_version": checklist.row_version})
        assert again.status_code == 302

    def test_the_way_to_signing_waits_for_the_saving_of_the_answers(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator)
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
        url = reverse("checklist_sign", args=[checklist.pk])
        assert f'href="{url}" data-after-autosave="checklist-form"' in text
        assert 'id="checklist-form"' in text

    def test_a_wrong_password_signs_nothing(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator)
        checklist.refresh_from_db()
        url = reverse("checklist_sign", args=[checklist.pk])
        response = operating.post(url, {"password": "wrong", "row_version": checklist.row_version})
        assert response.status_code == 422
        assert "Nothing was signed" in response.content.decode()
        checklist.refresh_from_db()
        assert checklist.status == ChecklistStatus.DRAFT

    def test_an_answer_changed_meanwhile_must_be_read_first(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator)
        url = reverse("checklist_sign", args=[checklist.pk])
        response = operating.post(url, {"password": PASSWORD, "row_version": 1})
        assert response.status_code == 409
        assert "An answer changed" in response.content.decode()
        assert PASSWORD not in response.content.decode()
        carried = response.context["form"]["row_version"].value()
        assert operating.post(url, {"password": PASSWORD, "row_version": carried}).status_code == 302

    def test_a_signed_checklist_is_read_with_its_signature_and_document(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        checklist = signed_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
        assert "Ask prescriber" in text
        assert "assessed the patient today" in text
        assert "Document and PDF" in text
        assert "<form" not in text.split("<main", 1)[1]

    def test_a_signed_checklist_says_when_it_would_come_to_something_else_now(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        checklist = signed_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        cleared(patient, by=physician)
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
        assert "Judged again by what holds now" in text
        assert "A clearance is on file: Apixaban 5 mg" in whole(text)

    def test_yesterdays_draft_can_only_be_read(
        self, operating: Client, as_actor: Any, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        old = open_checklist(patient, protocols.formulations[0], by=operator, at=clock.now() - timedelta(days=1))
        text = operating.get(reverse("checklist", args=[old.pk])).content.decode()
        assert "left unsigned" in text
        start = f'<a href="{reverse("checklist_start", args=[patient.pk])}">Begin a new checklist</a>'
        assert start in text
        reader = as_actor(make_actor(patient.site, Role.AUDITOR))
        assert start not in reader.get(reverse("checklist", args=[old.pk])).content.decode()

    def test_who_signs_second_is_led_to_a_new_checklist(
        self, operating: Client, patient: Patient, protocols: Approved, physician: Actor
    ) -> None:
        checklist = signed_checklist(patient, protocols.formulations[0], by=physician)
        answer = operating.post(
            reverse("checklist_sign", args=[checklist.pk]), {"password": PASSWORD, "row_version": checklist.row_version}
        )
        assert answer.status_code == 422
        assert "Paul Demo signed this checklist (" in answer.content.decode()
        assert f'<a href="{reverse("checklist_start", args=[patient.pk])}">Begin a new checklist</a>' in (
            answer.content.decode()
        )


class TestFormulations:
    def choose(self, operating: Client, checklist: PatientChecklist, answers: dict[str, Any]) -> str:
        save(operating, checklist, answers)
        return operating.get(reverse("checklist", args=[checklist.pk])).content.decode()

    def test_the_ingredients_to_read_aloud_stand_at_the_question_from_the_start(
        self, operating: Client, checklist: PatientChecklist, protocols: Approved
    ) -> None:
        text = whole(operating.get(reverse("checklist", args=[checklist.pk])).content.decode())
        question = text[text.index(f'id="div_{name_of(checklist, Rule.HYPERSENSITIVITY)}"') :]
        read_aloud, others = question.split("</div>", 1)[0], question.split("<details", 1)[1]
        for line in protocols.formulations[0].lines.all():
            assert unescape(f"{line.ingredient_name} {line.concentration}".strip()) in unescape(read_aloud)
        assert "Lidocaine" not in read_aloud
        assert "Lidocaine" in others.split("</details>", 1)[0]
        assert "Local anaesthetic" in others.split("</details>", 1)[0]

    def test_the_one_intended_is_closed_when_an_answer_rules_it_out_and_another_is_to_be_chosen(
        self, operating: Client, checklist: PatientChecklist, protocols: Approved
    ) -> None:
        operating.post(
            reverse("checklist_formulation", args=[checklist.pk]), {"formulation": protocols.formulations[1].pk}
        )
        lidocaine = protocols.formulations[1].lines.get(ingredient_name__startswith="Lidocaine").ingredient_id
        name = name_of(checklist, Rule.HYPERSENSITIVITY)
        text = self.choose(operating, checklist, {name: "yes", f"{name}-ingredients": [lidocaine]})
        assert "Closed for this patient" in text
        assert "Choose another formulation." in text
        assert text.count("Choose instead") == 1

    def test_where_none_is_left_the_page_says_do_not_treat_today_and_offers_none(
        self, operating: Client, checklist: PatientChecklist
    ) -> None:
        text = self.choose(operating, checklist, {name_of(checklist, Rule.MALIGNANCY): "yes"})
        assert "Do not treat today." in text
        assert "Choose instead" not in text
        assert "Choose another formulation" not in text

    def test_a_pregnancy_without_a_decision_never_goes_on(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        for status in ("pregnant", "may_be", "planning", "breastfeeding"):
            answers: Any = {Rule.PREGNANCY: ("yes", {"status": status})}
            at = clock.now()
            checklist = signed_checklist(patient, protocols.formulations[0], by=operator, at=at, answers=answers)
            assert checklist.outcome == Outcome.CLEARANCE


class TestAClearanceOnFile:
    def test_the_patients_page_says_that_one_came_since(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        address = reverse("patient", args=[patient.pk])
        consented(patient, protocols, by=operator, at=clock.now())
        signed_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        assert "A new checklist is taken once a prescriber has decided." in words(operating.get(address))
        cleared(patient, by=physician)
        said = words(operating.get(address))
        assert "A clearance was recorded since: take a new checklist." in said
        assert "once a prescriber has decided" not in said

    def test_is_asked_about_by_name_and_never_ticked_beforehand(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        cleared(patient, by=physician)
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        asked = "Is this the medicine that was cleared: Apixaban 5 mg?"
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
        assert asked in text
        boxes = [tag for tag in text.split("<input")[1:] if "-cleared" in tag.split(">")[0]]
        assert len(boxes) == 2
        assert not any("checked" in tag.split(">")[0] for tag in boxes)
        assert asked in operating.get(reverse("checklist_state", args=[checklist.pk])).content.decode()

    def test_shows_its_conditions_once_confirmed_on_the_checklist_and_where_it_is_signed(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        clearance = cleared(patient, by=physician)
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        name = f"{name_of(checklist, Rule.ANTICOAGULANT)}-cleared"
        assert save(operating, checklist, {name: f"{clearance.pk}:yes"}).status_code == 200
        for page in ("checklist", "checklist_sign"):
            text = operating.get(reverse(page, args=[checklist.pk])).content.decode()
            assert "Conditions: Press each site for two minutes" in text

    @pytest.mark.parametrize("said", ["yes", "no"])
    def test_is_asked_about_beside_the_way_to_the_signature_until_somebody_says(
        self, said: str, operating: Client, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        clearance = cleared(patient, by=physician)
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        address = reverse("checklist", args=[checklist.pk])
        before = words(operating.get(address))
        assert "Question 3 asks whether this is what was cleared, and nobody has said yet." in before
        assert "Read it through, then sign." not in before
        save(operating, checklist, {f"{name_of(checklist, Rule.ANTICOAGULANT)}-cleared": f"{clearance.pk}:{said}"})
        after = words(operating.get(address))
        assert "nobody has said yet" not in after
        # Of another medicine than the one that was cleared the prescriber is asked again.
        assert ("Read it through, then sign." if said == "yes" else "The prescriber is asked already") in after

    def test_of_another_medicine_counts_for_nothing(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        clearance = cleared(patient, by=physician)
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        name = f"{name_of(checklist, Rule.ANTICOAGULANT)}-cleared"
        save(operating, checklist, {name: f"{clearance.pk}:no"})
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
        assert "about something else: Apixaban 5 mg" in text
        assert "A prescriber must clear this before the session." in text

    def test_is_not_asked_about_where_the_answer_is_no(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        cleared(patient, by=physician)
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator)
        assert "that was cleared" not in operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
