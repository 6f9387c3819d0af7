"""The checklist's pages: field by field, without scripts, signed, read, and every way to be refused."""

import uuid
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.components.forms import error_summary
from clinic.trail.models import Action, TrailEvent
from patients.registry.models import Patient, ReportedFact
from patients.screening.forms import ChecklistForm
from patients.screening.loading import load
from patients.screening.models import ChecklistStatus, PatientChecklist
from patients.screening.outcomes import Outcome
from protocols.checklists.models import ChecklistItem, Rule
from tests.factories import PASSWORD, make_actor
from tests.patients.builders import (
    answered_checklist,
    cleared,
    open_checklist,
    registered_patient,
    signed_checklist,
    with_intake,
)
from tests.protocols.builders import Approved

ANTICOAGULANT: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg"})}


@pytest.fixture
def checklist(patient: Patient, protocols: Approved, operator: Actor) -> PatientChecklist:
    return open_checklist(patient, protocols.formulations[0], by=operator)


@pytest.fixture
def operating(as_actor: Any, operator: Actor) -> Client:
    client: Client = as_actor(operator)
    return client


def name_of(checklist: PatientChecklist, rule: str) -> str:
    item: ChecklistItem = checklist.version.items.get(rule=rule)
    return f"q{item.pk}"


def save(operating: Client, checklist: PatientChecklist, values: dict[str, Any], version: int | None = None) -> Any:
    checklist.refresh_from_db()
    body = {"changed": list(values), "row_version": version or checklist.row_version, **values}
    return operating.post(reverse("checklist_save", args=[checklist.pk]), body)


class TestStarting:
    def test_nothing_is_chosen_beforehand(self, operating: Client, patient: Patient, protocols: Approved) -> None:
        response = operating.get(reverse("checklist_start", args=[patient.pk]))
        assert response.status_code == 200
        assert b"checked" not in response.content

    def test_choosing_a_formulation_opens_the_checklist(
        self, operating: Client, patient: Patient, protocols: Approved
    ) -> None:
        response = operating.post(
            reverse("checklist_start", args=[patient.pk]), {"formulation": protocols.formulations[0].pk}
        )
        checklist = PatientChecklist.objects.get()
        assert response.url == reverse("checklist", args=[checklist.pk])

    def test_without_a_choice_the_page_says_so(self, operating: Client, patient: Patient, protocols: Approved) -> None:
        response = operating.post(reverse("checklist_start", args=[patient.pk]), {})
        assert response.status_code == 422
        assert not PatientChecklist.objects.exists()

    def test_an_open_checklist_is_gone_on_with(self, operating: Client, checklist: PatientChecklist) -> None:
        response = operating.get(reverse("checklist_start", args=[checklist.patient_id]))
        assert response.url == reverse("checklist", args=[checklist.pk])

    def test_another_formulation_is_told_about_the_open_one(
        self, operating: Client, checklist: PatientChecklist, protocols: Approved
    ) -> None:
        url = reverse("checklist_start", args=[checklist.patient_id])
        response = operating.post(url, {"formulation": protocols.formulations[1].pk}, follow=True)
        assert "is open today" in response.content.decode()

    def test_a_site_without_formulations_says_what_to_do(self, operating: Client, patient: Patient) -> None:
        response = operating.get(reverse("checklist_start", args=[patient.pk]))
        assert "physician must approve" in response.content.decode()


class TestTheScreen:
    def test_asks_every_question_with_none_answered(self, operating: Client, checklist: PatientChecklist) -> None:
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
        assert "0 of 6 answered." in text
        assert "Questions 1, 2, 3, 4, 5 and 6 are open." in text
        assert " checked" not in text

    def test_shows_the_last_answer_and_copies_nothing(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        last = clock.now() - timedelta(days=27)
        signed_checklist(patient, protocols.formulations[0], by=operator, at=last)
        checklist = open_checklist(patient, protocols.formulations[0], by=operator)
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
        assert "Last time," in text
        assert " checked" not in text
        save(operating, checklist, {name_of(checklist, Rule.MALIGNANCY): "yes"})
        assert "changed" in operating.get(reverse("checklist_state", args=[checklist.pk])).content.decode()

    def reported(self, checklist: PatientChecklist, by: Actor, text: str, **changed: Any) -> ReportedFact:
        values: dict[str, Any] = {
            "patient": checklist.patient, "kind": "medication", "category": "anticoagulant_use", "status": "present",
            "source": "the imported summary", "source_key": uuid.uuid4().hex, "content_sha256": uuid.uuid4().hex * 2,
            "recorded_at": clock.now(), "recorded_by": by.user, "reported_text": "2 Sep 2026",
        } | changed  # fmt: skip
        return ReportedFact.add(text=text, **values)

    def beside(self, operating: Client, checklist: PatientChecklist, rule: Rule) -> str:
        """What stands at the question of `rule`, up to its answers."""
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
        question = text[text.index(f'id="div_{name_of(checklist, rule)}"') :]
        return unescape(question[: question.index('class="answers"')])

    def test_what_is_reported_stands_beside_its_question_as_not_verified(
        self, operating: Client, checklist: PatientChecklist, operator: Actor
    ) -> None:
        self.reported(checklist, operator, "apixaban 5 mg")
        told = self.beside(operating, checklist, Rule.ANTICOAGULANT)
        assert "Reported, not verified" in told
        assert "apixaban 5 mg, from the imported summary, 2 Sep 2026" in told
        for rule in (Rule.MALIGNANCY, Rule.PREGNANCY, Rule.BLEEDING_DISORDER):
            assert "apixaban" not in self.beside(operating, checklist, rule)

    def test_what_is_reported_answers_nothing(
        self, operating: Client, checklist: PatientChecklist, operator: Actor
    ) -> None:
        self.reported(checklist, operator, "apixaban 5 mg")
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
        assert " checked" not in text
        assert "0 of 6 answered." in text

    def test_what_is_past_or_stated_absent_says_so_and_comes_after_what_is_present(
        self, operating: Client, checklist: PatientChecklist, operator: Actor
    ) -> None:
        self.reported(checklist, operator, "warfarin", status="negated")
        self.reported(checklist, operator, "heparin", status="past")
        self.reported(checklist, operator, "aspirin", status="check")
        self.reported(checklist, operator, "apixaban", status="present")
        told = self.beside(operating, checklist, Rule.ANTICOAGULANT)
        places = [told.index(text) for text in ("apixaban,", "aspirin (", "heparin (", "warfarin (")]
        assert places == sorted(places)
        assert "warfarin (stated absent)" in told

    def test_a_long_history_is_cut_and_says_how_much_there_is(
        self, operating: Client, checklist: PatientChecklist, operator: Actor
    ) -> None:
        for number in range(12):
            self.reported(checklist, operator, f"medicine {number}")
        told = self.beside(operating, checklist, Rule.ANTICOAGULANT)
        assert told.count("<li>") == 6
        assert "7 more on the patient's page" in told

    def test_what_another_system_wrote_is_only_text(
        self, operating: Client, checklist: PatientChecklist, operator: Actor
    ) -> None:
        self.reported(checklist, operator, "<script>alert(1)</script>", source="<img src=x>")
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text

    def test_nothing_reported_shows_nothing(self, operating: Client, checklist: PatientChecklist) -> None:
        assert "Reported" not in self.beside(operating, checklist, Rule.ANTICOAGULANT)

    def test_facts_cost_one_query_however_many(
        self, operating: Client, checklist: PatientChecklist, operator: Actor, django_assert_num_queries: Any
    ) -> None:
        url = reverse("checklist", args=[checklist.pk])
        self.reported(checklist, operator, "apixaban")
        operating.get(url)
        with CaptureQueriesContext(connection) as few:
            operating.get(url)
        for number in range(20):
            self.reported(checklist, operator, f"medicine {number}")
            self.reported(checklist, operator, f"allergen {number}", kind="allergy", category="allergy")
        with django_assert_num_queries(len(few)):
            operating.get(url)

    def test_hides_a_formulation_that_is_contraindicated(
        self, operating: Client, checklist: PatientChecklist, protocols: Approved
    ) -> None:
        lidocaine = protocols.formulations[1].lines.get(ingredient_name__startswith="Lidocaine").ingredient_id
        name = name_of(checklist, Rule.HYPERSENSITIVITY)
        save(operating, checklist, {name: "yes", f"{name}-ingredients": [lidocaine]})
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
        assert "Choose instead" not in text
        assert "Rules out B" in text

    def test_opening_is_recorded(self, operating: Client, checklist: PatientChecklist) -> None:
        operating.get(reverse("checklist", args=[checklist.pk]))
        assert TrailEvent.objects.filter(action=Action.READ, object_id=str(checklist.pk)).exists()

    def test_the_formulation_can_be_changed(
        self, operating: Client, checklist: PatientChecklist, protocols: Approved
    ) -> None:
        url = reverse("checklist_formulation", args=[checklist.pk])
        operating.post(url, {"formulation": protocols.formulations[1].pk})
        checklist.refresh_from_db()
        assert checklist.formulation_version == protocols.formulations[1]

    def test_a_formulation_that_isnt_one_is_said(self, operating: Client, checklist: PatientChecklist) -> None:
        response = operating.post(
            reverse("checklist_formulation", args=[checklist.pk]), {"formulation": "x"}, follow=True
        )
        assert "Choose one of the formulations in force" in response.content.decode()

    def test_costs_a_fixed_number_of_queries(
        self,
        operating: Client,
        patient: Patient,
        protocols: Approved,
        operator: Actor,
        django_assert_max_num_queries: Any,
    ) -> None:
        for days in (30, 20, 10):
            at = clock.now() - timedelta(days=days)
            signed_checklist(patient, protocols.formulations[0], by=operator, at=at)
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator)
        with django_assert_max_num_queries(19):
            operating.get(reverse("checklist", args=[checklist.pk]))


class TestSavingFieldByField:
    def test_an_answer_is_saved_at_once(self, operating: Client, checklist: PatientChecklist) -> None:
        response = save(operating, checklist, {name_of(checklist, Rule.MALIGNANCY): "no"})
        assert response.status_code == 200
        assert response.json()["row_version"] == 2
        assert checklist.answers.get().answer == "no"

    def test_a_detail_joins_the_answer_saved_before(self, operating: Client, checklist: PatientChecklist) -> None:
        name = name_of(checklist, Rule.ANTICOAGULANT)
        save(operating, checklist, {name: "yes"})
        save(operating, checklist, {f"{name}-drug": "apixaban 5 mg"})
        save(operating, checklist, {f"{name}-detail": "since March"})
        row = checklist.answers.get()
        assert (row.answer, row.extra, row.detail) == ("yes", {"drug": "apixaban 5 mg"}, "since March")

    def test_a_detail_without_an_answer_is_asked_for_one(self, operating: Client, checklist: PatientChecklist) -> None:
        name = name_of(checklist, Rule.ANTICOAGULANT)
        response = save(operating, checklist, {f"{name}-drug": "apixaban"})
        assert response.status_code in {200, 422}
        assert not checklist.answers.exists()

    def test_what_is_wrong_beside_a_question_is_listed_under_the_question(
        self, operating: Client, checklist: PatientChecklist
    ) -> None:
        name = name_of(checklist, Rule.MALIGNANCY)
        form = ChecklistForm({name: "no", f"{name}-detail": "x" * 5000}, loaded=load(checklist, checklist.on))
        summary = error_summary(form)
        question = form.fields[name].label
        assert f'<a href="#{name}-detail">{escape(question)} Detail: ' in summary

    def test_ingredients_are_taken_back_by_unticking(
        self, operating: Client, checklist: PatientChecklist, protocols: Approved
    ) -> None:
        name = name_of(checklist, Rule.HYPERSENSITIVITY)
        line = protocols.formulations[0].lines.first()
        assert line is not None
        save(operating, checklist, {name: "yes", f"{name}-ingredients": [line.ingredient_id]})
        assert checklist.answers.get().extra == {"ingredients": [line.ingredient_id]}
        checklist.refresh_from_db()
        operating.post(
            reverse("checklist_save", args=[checklist.pk]),
            {"changed": f"{name}-ingredients", "row_version": checklist.row_version},
        )
        assert checklist.answers.get().extra == {}

    @pytest.mark.parametrize("value", ["maybe", "", "yes; drop"])
    def test_an_answer_that_isnt_one_is_refused_at_its_field(
        self, operating: Client, checklist: PatientChecklist, value: str
    ) -> None:
        response = save(operating, checklist, {name_of(checklist, Rule.MALIGNANCY): value})
        assert response.status_code == (422 if value else 200)
        assert not checklist.answers.exists()

    def test_too_long_a_text_is_refused_and_the_rest_is_saved(
        self, operating: Client, checklist: PatientChecklist
    ) -> None:
        name = name_of(checklist, Rule.ANTICOAGULANT)
        response = save(operating, checklist, {name: "yes", f"{name}-drug": "x" * 121})
        assert response.status_code == 422
        assert list(response.json()["errors"]) == [f"{name}-drug"]
        assert checklist.answers.get().answer == "yes"

    def test_an_older_page_gets_what_is_saved_now_and_who_answered_it(
        self, operating: Client, checklist: PatientChecklist, physician: Actor
    ) -> None:
        from patients.screening.services import answer_item

        item = checklist.version.items.get(rule=Rule.ANTICOAGULANT)
        answer_item(
            by=physician, checklist=checklist, item=item, answer="yes", extra={"drug": "apixaban"}, at=clock.now()
        )
        response = save(operating, checklist, {name_of(checklist, Rule.PREGNANCY): "no"}, version=1)
        assert response.status_code == 409
        newest, name = response.json(), f"q{item.pk}"
        assert newest["row_version"] == 2
        assert (newest["values"][name], newest["values"][f"{name}-drug"]) == (["yes"], ["apixaban"])
        assert newest["values"][name_of(checklist, Rule.PREGNANCY)] == []
        assert (newest["authors"][name]["by"], newest["authors"][name]["yourself"]) == ("Paul Demo", False)
        assert checklist.answers.count() == 1

    def test_an_older_page_of_the_same_person_is_told_that_it_was_them(
        self, operating: Client, checklist: PatientChecklist
    ) -> None:
        name = name_of(checklist, Rule.MALIGNANCY)
        save(operating, checklist, {name: "yes"})
        response = save(operating, checklist, {name: "no"}, version=1)
        assert response.json()["authors"][name]["yourself"] is True
        assert checklist.answers.get().answer == "yes"

    def test_an_abandoned_yes_leaves_none_of_its_details_under_the_no(
        self, operating: Client, checklist: PatientChecklist
    ) -> None:
        name = name_of(checklist, Rule.ANTICOAGULANT)
        save(operating, checklist, {name: "yes", f"{name}-drug": "apixaban", f"{name}-detail": "since March"})
        response = save(operating, checklist, {name: "no"})
        row = checklist.answers.get()
        assert (row.answer, row.extra, row.detail) == ("no", {}, "")
        values = response.json()["values"]
        assert (values[name], values[f"{name}-drug"], values[f"{name}-detail"]) == (["no"], [], [])
        kept = TrailEvent.objects.filter(
            object_type="patients.ChecklistAnswer", object_id=str(row.pk), action=Action.CHANGE
        ).order_by("-seq")[0]
        assert '"detail":"since March"' in kept.body

    def test_a_request_sent_twice_is_harmless(self, operating: Client, checklist: PatientChecklist) -> None:
        for _time in range(2):
            response = save(operating, checklist, {name_of(checklist, Rule.MALIGNANCY): "no"}, version=1)
            assert response.status_code == 200
        assert checklist.answers.count() == 1

    def test_a_signed_checklist_takes_nothing(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        checklist = signed_checklist(patient, protocols.formulations[0], by=operator)
        response = save(operating, checklist, {name_of(checklist, Rule.MALIGNANCY): "yes"})
        assert response.status_code == 409
        assert "Clara Demo signed this checklist" in response.json()["closed"]

    def test_unknown_fields_are_ignored(self, operating: Client, checklist: PatientChecklist) -> None:
        assert save(operating, checklist, {"q999999": "yes", "status": "signed"}).status_code == 200
        checklist.refresh_from_db()
        assert checklist.status == ChecklistStatus.DRAFT
        assert not checklist.answers.exists()

    def test_saving_needs_a_post(self, operating: Client, checklist: PatientChecklist) -> None:
        assert operating.get(reverse("checklist_save", args=[checklist.pk])).status_code == 405


class TestWithoutScripts:
    def test_the_whole_form_is_saved(self, operating: Client, checklist: PatientChecklist) -> None:
        name = name_of(checklist, Rule.ANTICOAGULANT)
        body = {"row_version": 1, name_of(checklist, Rule.MALIGNANCY): "no", name: "yes", f"{name}-drug": "aspirin"}
        response = operating.post(reverse("checklist", args=[checklist.pk]), body)
        assert response.status_code == 302
        assert checklist.answers.count() == 2

    def test_what_was_typed_comes_back_with_what_is_wrong(self, operating: Client, checklist: PatientChecklist) -> None:
        name = name_of(checklist, Rule.ANTICOAGULANT)
        body = {"row_version": 1, name: "yes", f"{name}-drug": "x" * 121}
        response = operating.post(reverse("checklist", args=[checklist.pk]), body)
        assert response.status_code == 422
        assert "x" * 121 in response.content.decode()

    def test_an_older_page_is_shown_with_what_was_typed(
        self, operating: Client, checklist: PatientChecklist, physician: Actor
    ) -> None:
        from patients.screening.services import answer_item

        item = checklist.version.items.get(rule=Rule.MALIGNANCY)
        answer_item(by=physician, checklist=checklist, item=item, answer="yes", at=clock.now())
        body = {"row_version": 1, name_of(checklist, Rule.PREGNANCY): "no"}
        response = operating.post(reverse("checklist", args=[checklist.pk]), body)
        assert response.status_code == 409
        assert "Somebody else" in response.content.decode()
        assert checklist.answers.count() == 1
        carried = response.context["form"]["row_version"].value()
        again = operating.post(reverse("checklist", args=[checklist.pk]), body | {"row_version": carried})
        assert again.status_code == 302
        assert checklist.answers.count() == 2


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
        assert "A clearance is on file: Apixaban 5 mg" in text

    def test_yesterdays_draft_can_only_be_read(
        self, operating: Client, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        old = open_checklist(patient, protocols.formulations[0], by=operator, at=clock.now() - timedelta(days=1))
        text = operating.get(reverse("checklist", args=[old.pk])).content.decode()
        assert "left unsigned" in text


class TestFormulations:
    def choose(self, operating: Client, checklist: PatientChecklist, answers: dict[str, Any]) -> str:
        save(operating, checklist, answers)
        return operating.get(reverse("checklist", args=[checklist.pk])).content.decode()

    def test_the_ingredients_to_read_aloud_stand_at_the_question_from_the_start(
        self, operating: Client, checklist: PatientChecklist, protocols: Approved
    ) -> None:
        text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
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


class TestWhoMay:
    URLS = ("checklist", "checklist_save", "checklist_state", "checklist_formulation", "checklist_sign")

    @pytest.mark.parametrize("name", URLS)
    def test_another_sites_checklist_is_not_found(
        self, as_actor: Any, other_site: Site, checklist: PatientChecklist, name: str
    ) -> None:
        stranger = as_actor(make_actor(other_site, Role.PHYSICIAN))
        url = reverse(name, args=[checklist.pk])
        post = name in {"checklist_save", "checklist_formulation"}
        assert (stranger.post(url) if post else stranger.get(url)).status_code == 404

    def test_another_sites_patient_cant_be_screened(self, as_actor: Any, other_site: Site, patient: Patient) -> None:
        stranger = as_actor(make_actor(other_site, Role.OPERATOR))
        assert stranger.get(reverse("checklist_start", args=[patient.pk])).status_code == 404

    @pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.PREPARER, Role.PHOTO_TECHNICIAN])
    @pytest.mark.parametrize("name", URLS)
    def test_who_doesnt_screen_is_refused(
        self, as_actor: Any, site: Site, checklist: PatientChecklist, role: Role, name: str
    ) -> None:
        url = reverse(name, args=[checklist.pk])
        assert as_actor(make_actor(site, role)).post(url).status_code == 403

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
    def test_who_reads_records_reads_and_changes_nothing(
        self, as_actor: Any, site: Site, checklist: PatientChecklist, role: Role
    ) -> None:
        reader = as_actor(make_actor(site, role))
        url = reverse("checklist", args=[checklist.pk])
        text = reader.get(url).content.decode()
        assert "being answered" in text
        assert "<form" not in text.split("<main", 1)[1]
        assert reader.post(url, {}).status_code == 403
        assert reader.post(reverse("checklist_sign", args=[checklist.pk]), {}).status_code == 403

    def test_who_isnt_signed_in_keeps_what_was_typed(self, client: Client, checklist: PatientChecklist) -> None:
        name = name_of(checklist, Rule.MALIGNANCY)
        response = client.post(reverse("checklist", args=[checklist.pk]), {name: "no"})
        assert response.status_code == 401
        assert f"carried-{name}" in response.content.decode()
        assert not checklist.answers.exists()

    def test_an_unknown_number_is_not_found(self, operating: Client) -> None:
        for name in ("checklist", "checklist_sign", "checklist_state", "checklist_start", "clearance"):
            response = operating.get(reverse(name, args=[987_654]))
            assert response.status_code == 404


def test_a_patient_registered_without_a_stage_is_deferred(
    operating: Client, site: Site, protocols: Approved, operator: Actor
) -> None:
    import uuid

    from patients.screening.services import start_checklist

    patient = registered_patient(site)
    checklist = start_checklist(
        by=operator, patient=patient, formulation_version=protocols.formulations[0], submission_key=uuid.uuid4(),
        at=clock.now(),
    )  # fmt: skip
    text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
    assert "take the intake first" in text


def test_where_no_stage_applied_the_page_asks_to_look_and_the_session_can_go_on(
    operating: Client, site: Site, protocols: Approved, operator: Actor
) -> None:
    patient = registered_patient(site)
    with_intake(patient, "none", "", indication="telogen_effluvium", by=operator)
    checklist = open_checklist(patient, protocols.formulations[0], by=operator)
    text = operating.get(reverse("checklist", args=[checklist.pk])).content.decode()
    assert "Stage not applicable at the intake. Look at the hair today" in text
    signed = signed_checklist(patient, protocols.formulations[0], by=operator)
    assert signed.outcome == Outcome.PROCEED
    assert signed.verdict is not None
    assert [r["words"] for r in signed.verdict["reasons"] if r["source"] == "CI-13"] == [
        "Stage not applicable at the intake. Look at the hair today; when a pattern shows, take a new intake first."
    ]
