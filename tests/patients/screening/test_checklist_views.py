"""The checklist's pages: field by field, without scripts, signed, read, and every way to be refused."""

import re
import uuid
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail.models import Action, TrailEvent
from patients.registry.models import Patient, ReportedFact
from patients.screening.models import PatientChecklist
from patients.screening.outcomes import Outcome
from protocols.checklists.models import Rule
from tests.factories import PASSWORD, make_actor
from tests.pages import carried_by, whole, words
from tests.patients.builders import (
    answered_checklist,
    open_checklist,
    registered_patient,
    signed_checklist,
    with_intake,
)
from tests.patients.screening.asked import name_of, save
from tests.protocols.builders import Approved, approved, draft_checklist


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


class TestReplacedMeanwhile:
    """Another version of the questions comes into force while one is being answered."""

    @pytest.fixture
    def replaced(self, site: Site, checklist: PatientChecklist) -> PatientChecklist:
        """Today's open checklist, of a version that isn't in force any more."""
        approved(draft_checklist(site))
        checklist.refresh_from_db()
        return checklist

    def test_the_page_says_so_and_leads_to_a_new_one(self, operating: Client, replaced: PatientChecklist) -> None:
        page = operating.get(reverse("checklist", args=[replaced.pk]))
        start_url = reverse("checklist_start", args=[replaced.patient_id])
        assert "was replaced by a new version while this one was being answered" in words(page)
        assert page.content.decode().count(f'href="{start_url}"') == 2  # the button above, and the link in the banner
        assert "Begin today's checklist" in words(operating.get(reverse("patient", args=[replaced.patient_id])))
        assert operating.get(start_url).status_code == 200
        answer = operating.post(start_url, {"formulation": replaced.formulation_version_id})
        assert answer.url != reverse("checklist", args=[replaced.pk])
        assert "Go on with today's checklist" in words(operating.get(reverse("patient", args=[replaced.patient_id])))

    def test_an_answer_is_refused_before_more_are_given(self, operating: Client, replaced: PatientChecklist) -> None:
        response = save(operating, replaced, {name_of(replaced, Rule.MALIGNANCY): "no"})
        assert response.status_code == 409
        assert "Begin a new one" in response.json()["closed"]
        assert not replaced.answers.exists()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_it_isnt_read_through_for_a_signature(
        self, operating: Client, replaced: PatientChecklist, method: str
    ) -> None:
        response = getattr(operating, method)(reverse("checklist_sign", args=[replaced.pk]), {"password": PASSWORD})
        assert response.url == reverse("checklist", args=[replaced.pk])


@pytest.mark.parametrize(("scale", "stage", "told"), [("norwood", "VI", True), ("norwood", "V", False)])
def test_a_checklist_of_a_stage_for_surgery_says_beforehand_what_it_comes_to(
    operating: Client, patient: Patient, protocols: Approved, operator: Actor, scale: str, stage: str, *, told: bool
) -> None:
    with_intake(patient, scale, stage, by=operator)
    page = words(operating.get(reverse("checklist_start", args=[patient.pk])))
    assert ("For surgical assessment, not for this treatment." in page) is told
    assert (f"found Norwood–Hamilton {stage}: a checklist comes to that too" in page) is told


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
        text = whole(operating.get(reverse("checklist", args=[checklist.pk])).content.decode())
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

    @pytest.mark.parametrize(
        ("given", "said"),
        [("2018-03-19T04:55:29+00:00", "19 Mar 2018"), ("2018-03-19", "19 Mar 2018"), ("2018", "2018")],
    )
    def test_when_and_where_it_was_reported_is_said_in_words(
        self, operating: Client, checklist: PatientChecklist, operator: Actor, given: str, said: str
    ) -> None:
        place = "generated-sample-data/Max_Dicki_d9f8849f.json entry 147"
        self.reported(checklist, operator, "Warfarin 5 MG", source=place, reported_text=given)
        told = self.beside(operating, checklist, Rule.ANTICOAGULANT)
        assert re.search(rf"Warfarin 5 MG, from Max_Dicki_d9f8849f.json entry 147, {said}\s*<", told)

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
        assert (name, "no") in carried_by(response).fields
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
