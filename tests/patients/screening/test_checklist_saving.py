"""The checklist saves itself, field by field or whole without scripts."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.components.forms import error_summary
from clinic.trail.models import Action, TrailEvent
from patients.registry.models import Patient
from patients.screening.forms import ChecklistForm
from patients.screening.loading import load
from patients.screening.models import ChecklistStatus, PatientChecklist
from protocols.checklists.models import Rule
from tests.patients.builders import signed_checklist
from tests.patients.screening.asked import name_of, save
from tests.protocols.builders import Approved


class TestSavingFieldByField:
    def test_an_answer_is_saved_at_once(self, operating: Client, checklist: PatientChecklist) -> None:
        response = save(operating, checklist, {name_of(checklist, Rule.MALIGNANCY): "no"})
        assert response.status_code == 200
        assert response.json()["row_version"] == 2
        assert checklist.answers.get().answer == "no"

    def test_of_a_signed_one_nothing_is_called_saved_however_little_is_sent(
        self, operating: Client, operator: Actor, patient: Patient, protocols: Approved
    ) -> None:
        signed = signed_checklist(patient, protocols.formulations[0], by=operator)
        for sent in ({}, {"q1": "yes"}, {"changed": ""}):
            response = operating.post(reverse("checklist_save", args=[signed.pk]), sent)
            assert "saved_at" not in response.json()
            assert "signed this checklist" in response.content.decode()

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
        url = reverse("checklist_start", args=[patient.pk])
        assert response.json()["way"] == {"text": "Begin a new checklist", "url": url}

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
