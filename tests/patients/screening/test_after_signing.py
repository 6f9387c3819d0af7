"""After a clearance is withdrawn or another checklist signed, the patient's pages say what counts and what doesn't."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.documents.models import SealedDocument
from patients.registry.models import Patient
from patients.screening.models import Clearance, PatientChecklist
from patients.screening.services import withdraw_clearance
from protocols.checklists.models import Rule
from tests.pages import words
from tests.patients.builders import cleared, signed_checklist
from tests.protocols.builders import Approved, approved, draft_checklist, usual_questions
from tests.tampering import change

BEGIN = "Begin today's checklist"
PAGES = ("patient", "patient_history")


def screened(patient: Patient, protocols: Approved, by: Actor, clearance: Clearance | None = None) -> PatientChecklist:
    """Sign today's checklist: nothing found, or an anticoagulant that `clearance` is about."""
    yes: Any = (
        {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban", "cleared": f"{clearance.pk}:yes"})} if clearance else {}
    )
    return signed_checklist(patient, protocols.formulations[0], by=by, answers=yes)


def withdrawn(clearance: Clearance, by: Actor) -> None:
    withdraw_clearance(by=by, clearance=clearance, reason="INR not known", at=clock.now())


class TestAWithdrawnClearance:
    def test_the_patients_page_tells_of_it_and_asks_for_a_new_checklist(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor, operating: Client
    ) -> None:
        clearance = cleared(patient, by=physician)
        screened(patient, protocols, operator, clearance)
        page = words(operating.get(reverse("patient", args=[patient.pk])))
        assert "In force until" in page
        assert BEGIN not in page
        withdrawn(clearance, physician)
        page = words(operating.get(reverse("patient", args=[patient.pk])))
        assert "Its clearance ended" in page
        assert "In force until" not in page
        assert page.count("by Paul Demo: INR not known.") >= 1
        assert (
            reverse("clearance", args=[clearance.pk])
            in operating.get(reverse("patient", args=[patient.pk])).content.decode()
        )
        assert BEGIN in page

    def test_the_checklist_says_that_no_session_goes_on_by_it(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor, operating: Client
    ) -> None:
        clearance = cleared(patient, by=physician)
        signed = screened(patient, protocols, operator, clearance)
        withdrawn(clearance, physician)
        page = words(operating.get(reverse("checklist", args=[signed.pk])))
        assert "No session goes on by it now" in page
        assert "As signed: Proceed" in page
        assert "by Paul Demo: INR not known." in page
        history = words(operating.get(reverse("patient_history", args=[patient.pk])))
        assert "Its clearance ended" in history
        assert BEGIN in history

    def test_another_days_withdrawal_is_shown_until_its_last_day(
        self, patient: Patient, physician: Actor, operating: Client
    ) -> None:
        clearance = cleared(patient, by=physician)
        withdrawn(clearance, physician)
        with clock.moved_to(clock.now() + timedelta(days=89)):
            assert "Withdrawn" in words(operating.get(reverse("patient", args=[patient.pk])))
        with clock.moved_to(clock.now() + timedelta(days=92)):
            assert "Withdrawn" not in words(operating.get(reverse("patient", args=[patient.pk])))

    def test_a_new_decision_stands_in_its_place(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor, operating: Client
    ) -> None:
        first = cleared(patient, by=physician)
        screened(patient, protocols, operator, first)
        withdrawn(first, physician)
        second = cleared(patient, by=physician)
        screened(patient, protocols, operator, second)
        page = words(operating.get(reverse("patient", args=[patient.pk])))
        assert "In force until" in page
        assert "Withdrawn" not in page
        assert "Its clearance ended" not in page


class TestAReplacedChecklist:
    def test_it_says_so_leads_to_the_other_and_offers_no_session(
        self, patient: Patient, protocols: Approved, operator: Actor, operating: Client
    ) -> None:
        older, newer = (screened(patient, protocols, operator) for _ in range(2))
        page = operating.get(reverse("checklist", args=[older.pk]))
        assert "Replaced: it doesn't count any more" in words(page)
        assert f'href="{reverse("checklist", args=[newer.pk])}"' in page.content.decode()
        assert "next-step" not in page.content.decode()
        assert "Replaced" not in words(operating.get(reverse("checklist", args=[newer.pk])))
        assert words(operating.get(reverse("patient_history", args=[patient.pk]))).count("Replaced that day") == 1

    def test_one_of_another_day_replaces_nothing(
        self, patient: Patient, protocols: Approved, operator: Actor, operating: Client
    ) -> None:
        with clock.moved_to(clock.now() - timedelta(days=30)):
            older = screened(patient, protocols, operator)
        screened(patient, protocols, operator)
        assert "Replaced" not in words(operating.get(reverse("checklist", args=[older.pk])))


class TestBeginningAnother:
    @pytest.mark.parametrize("name", PAGES)
    def test_it_isnt_offered_beside_one_that_counts(
        self, patient: Patient, protocols: Approved, operator: Actor, operating: Client, name: str
    ) -> None:
        url = reverse(name, args=[patient.pk])
        assert BEGIN in words(operating.get(url))
        screened(patient, protocols, operator)
        assert BEGIN not in words(operating.get(url))
        with clock.moved_to(clock.now() + timedelta(days=1)):
            assert BEGIN in words(operating.get(url))

    @pytest.mark.parametrize("name", PAGES)
    def test_it_is_after_a_stop(
        self, patient: Patient, protocols: Approved, operator: Actor, operating: Client, name: str
    ) -> None:
        stops: Any = {Rule.MALIGNANCY: ("yes", {})}
        signed_checklist(patient, protocols.formulations[0], by=operator, answers=stops)
        assert BEGIN in words(operating.get(reverse(name, args=[patient.pk])))

    @pytest.mark.parametrize("name", PAGES)
    def test_it_is_once_the_questions_were_replaced(
        self, patient: Patient, protocols: Approved, operator: Actor, operating: Client, name: str
    ) -> None:
        screened(patient, protocols, operator)
        approved(draft_checklist(patient.site, items=usual_questions()))
        assert BEGIN in words(operating.get(reverse(name, args=[patient.pk])))


def test_the_page_of_its_document_shows_what_was_answered_and_on_what_it_relies(
    patient: Patient, protocols: Approved, operator: Actor, physician: Actor, operating: Client
) -> None:
    clearance = cleared(patient, by=physician)
    checklist = screened(patient, protocols, operator, clearance)
    document = SealedDocument.objects.get(kind="checklist", subject_id=str(checklist.pk))
    page = words(operating.get(reverse("document", args=[document.code])))
    assert str(checklist.get_outcome_display()) in page
    for answer in checklist.answers.all():
        assert answer.question in page
    assert f"1 · {checklist.answers.order_by('item__ordinal').first().question}" in page  # type: ignore[union-attr]
    assert "apixaban" in page
    assert "Clearances relied on" in page
    assert clearance.prescriber in page
    assert clearance.scope in page
    assert operator.name in page
    other = "replace(content, 'apixaban', 'nothing')"
    hashed = f"encode(sha256(convert_to({other}, 'UTF8')), 'hex')"
    change(f"UPDATE clinic_sealeddocument SET content = {other}, content_sha256 = {hashed} WHERE id = %s", document.pk)
    page = words(operating.get(reverse("document", args=[document.code])))
    assert "This is not what was sealed" in page
    assert "Questions and answers" not in page
