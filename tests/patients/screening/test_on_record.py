"""CI-18: what the clinic's own records know is answered in agreement with them, or not signed."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.dates import day_text
from clinic.documents.models import SealedDocument
from clinic.errors import Refused
from patients.consents.services import withdraw_consent
from patients.registry.models import Patient, ReportedFact
from patients.screening.case import Given
from patients.screening.models import ChecklistStatus
from patients.screening.on_record import contradicted, contradiction, plain_answer
from patients.screening.outcomes import Answer, Outcome
from patients.screening.queries import verdict_now
from patients.screening.services import sign_checklist
from protocols.checklists.models import Rule
from protocols.checklists.services import ItemDraft
from tests.factories import PASSWORD, confirmed
from tests.pages import words
from tests.patients.builders import answered_checklist, signed_checklist
from tests.patients.screening.cases import EVERY, NO, ON, UNSURE, YES, case
from tests.protocols.builders import Approved, approved, draft_checklist, usual_questions
from tests.sessions.rooms import consented

CONSENT = Rule.CONSENT_CURRENT
SAYS_YES: Any = {CONSENT: ("yes", {})}


@pytest.mark.parametrize(
    ("rule", "given", "in_force", "contradicts"),
    [
        (CONSENT, YES, False, True),
        (CONSENT, YES, True, False),
        (CONSENT, NO, False, False),
        (CONSENT, NO, True, True),
        (CONSENT, replace(NO, note="Expects new hair"), True, False),
        (CONSENT, UNSURE, False, False),
        (CONSENT, UNSURE, True, False),
        (Rule.ANTICOAGULANT, YES, False, False),
        (Rule.FIVE_ARI, YES, False, False),
    ],
)
def test_what_contradicts_the_records_is_a_yes_without_a_consent_and_a_bare_no_beside_one(
    rule: Rule, given: Given, in_force: bool, contradicts: bool
) -> None:
    looked_at = case(consented_on=ON - timedelta(days=3) if in_force else None)
    assert bool(contradiction(rule, given, looked_at)) is contradicts


def test_it_is_named_by_its_place_and_the_plain_answer_avoids_it() -> None:
    (gap,) = contradicted(case({CONSENT: YES}, items=EVERY))
    assert gap.words.startswith("Question 15: no consent is in force")
    assert plain_answer(CONSENT, case()) == Answer.NO
    assert plain_answer(CONSENT, case(consented_on=ON)) == Answer.YES
    assert plain_answer(Rule.ANTICOAGULANT, case()) == Answer.NO


@pytest.mark.parametrize("given", [NO, replace(NO, note="Expects new hair")])
def test_beside_a_consent_of_the_day_a_no_can_only_be_a_slip(given: Given) -> None:
    said = contradiction(CONSENT, given, case(consented_on=ON))
    assert "the consent signed today is in force and confirms it" in said
    assert "took the consent back" in said


@pytest.fixture
def asks(site: Site, protocols: Approved) -> Approved:
    """A checklist that asks for the consent besides."""
    items = [*usual_questions(), ItemDraft("CI-18", "Consent current?", CONSENT)]
    approved(draft_checklist(site, items=items))
    return protocols


@pytest.mark.django_db
class TestSigning:
    def test_a_yes_is_refused_until_a_consent_is_signed(
        self, asks: Approved, patient: Patient, operator: Actor
    ) -> None:
        checklist = answered_checklist(patient, asks.formulations[0], by=operator, answers=SAYS_YES)
        proof = confirmed(operator)
        with pytest.raises(Refused, match="contradicts what the clinic has on record") as refused:
            sign_checklist(by=operator, checklist=checklist, confirmed=proof, at=proof.at)
        assert any("no consent is in force" in reason for reason in refused.value.reasons)
        assert refused.value.way is not None
        assert refused.value.way.url == reverse("consent_new", args=[patient.pk])
        checklist.refresh_from_db()
        assert checklist.status == ChecklistStatus.DRAFT
        consented(patient, asks, by=operator, at=clock.now())
        signed = sign_checklist(by=operator, checklist=checklist, confirmed=proof, at=proof.at)
        assert signed.outcome == Outcome.PROCEED

    def test_a_no_is_signed_and_so_is_a_yes_whose_consent_is_withdrawn_afterwards(
        self, asks: Approved, patient: Patient, operator: Actor
    ) -> None:
        assert signed_checklist(patient, asks.formulations[0], by=operator, answers={CONSENT: ("no", {})}).signed_at
        consent = consented(patient, asks, by=operator, at=clock.now())
        signed = signed_checklist(patient, asks.formulations[0], by=operator, answers=SAYS_YES)
        withdraw_consent(by=operator, consent=consent, reason="Changed her mind", at=clock.now())
        assert signed.outcome == Outcome.PROCEED

    def test_a_no_beside_a_consent_says_why_before_it_is_signed(
        self, asks: Approved, patient: Patient, operator: Actor, operating: Client
    ) -> None:
        earlier = clock.now() - timedelta(days=30)
        consented(patient, asks, by=operator, at=earlier)
        checklist = answered_checklist(patient, asks.formulations[0], by=operator, answers={CONSENT: ("no", {})})
        told = f"the record has a consent in force, signed {day_text(clock.local(earlier, patient.site).date())}."
        for route in ("checklist", "checklist_sign"):
            page = words(operating.get(reverse(route, args=[checklist.pk])))
            assert f"{told} Answer yes, or say why it isn't current." in page, route
        assert "Why isn't it current?" in words(operating.get(reverse("checklist", args=[checklist.pk])))
        proof = confirmed(operator)
        with pytest.raises(Refused, match="contradicts") as refused:
            sign_checklist(by=operator, checklist=checklist, confirmed=proof, at=proof.at)
        assert refused.value.way is None  # a consent is there: nothing leads to another
        why = {CONSENT: ("no", {"detail": "Expects new hair"})}
        signed = signed_checklist(patient, asks.formulations[0], by=operator, answers=why)
        assert signed.outcome == Outcome.DEFER
        # A consent of the day confirms all that was asked.
        consented(patient, asks, by=operator, at=clock.now())
        assert verdict_now(signed, signed.on).outcome is Outcome.PROCEED

    def test_the_pages_say_it_and_lead_to_the_consent(
        self, asks: Approved, patient: Patient, operator: Actor, operating: Client
    ) -> None:
        checklist = answered_checklist(patient, asks.formulations[0], by=operator, answers=SAYS_YES)
        to_consent = f'href="{reverse("consent_new", args=[patient.pk])}"'
        for route in ("checklist", "checklist_sign", "checklist_state"):
            page = operating.get(reverse(route, args=[checklist.pk]))
            assert "no consent is in force, so it can't be answered with yes" in words(page), route
            assert to_consent in page.content.decode(), route
        checklist.refresh_from_db()
        sent = {"password": PASSWORD, "row_version": checklist.row_version}
        page = operating.post(reverse("checklist_sign", args=[checklist.pk]), sent)
        assert page.status_code == 422
        assert "Nothing was signed" in words(page)
        assert to_consent in page.content.decode()

    def test_a_no_beside_no_consent_is_no_green_tick(
        self, asks: Approved, patient: Patient, operator: Actor, operating: Client
    ) -> None:
        """CI-18: the answers let the session go on, the gate doesn't before a consent is signed."""
        draft = answered_checklist(patient, asks.formulations[0], by=operator, answers={CONSENT: ("no", {})})
        address = reverse("checklist", args=[draft.pk])
        page = operating.get(address)
        assert "Consent first No consent is in force yet" in words(page)
        assert "With an instruction" not in words(page)
        assert "Nothing stands in the way." not in words(page)
        assert page.context["screen"].headline.kind == "wait"
        consented(patient, asks, by=operator, at=clock.now())
        page = operating.get(address)
        assert "Consent first" not in words(page)
        assert page.context["screen"].headline.kind == "done"

    def test_a_no_beside_no_consent_is_no_green_tick_on_the_paper_either(
        self, asks: Approved, patient: Patient, operator: Actor, operating: Client
    ) -> None:
        signed = signed_checklist(patient, asks.formulations[0], by=operator, answers={CONSENT: ("no", {})})
        document = SealedDocument.objects.get(kind="checklist", subject_id=str(signed.pk))
        content = json.loads(document.content)
        (asked,) = [item for item in content["items"] if item["code"] == "CI-18"]
        assert (asked["mark"], asked["outcome"]) == ("ask", "Consent first")
        assert content["outcome"]["mark"] == "ask"
        assert "instructions" not in content
        page = words(operating.get(reverse("document", args=[document.code])))
        assert "Before the session: No consent is in force yet" in page
        assert "In the session: No consent" not in page
        consented(patient, asks, by=operator, at=clock.now())
        assert "No consent is in force yet" not in words(operating.get(reverse("checklist", args=[signed.pk])))


@pytest.mark.django_db
def test_what_another_system_reports_stands_on_the_page_that_is_signed_and_on_its_paper(
    protocols: Approved, patient: Patient, operator: Actor, operating: Client
) -> None:
    """A no beside a reported anticoagulant is signed with the report in sight."""
    ReportedFact.add(
        patient=patient, kind="medication", category="anticoagulant_use", status="present", text="apixaban 5 mg",
        source="letter.json", recorded_at=clock.now(), source_key=uuid.uuid4().hex, recorded_by=operator.user,
        content_sha256=uuid.uuid4().hex * 2,
    )  # fmt: skip
    checklist = answered_checklist(patient, protocols.formulations[0], by=operator)
    told = "apixaban 5 mg, from"
    page = words(operating.get(reverse("checklist_sign", args=[checklist.pk])))
    assert "Reported, not verified" in page
    assert told in page
    signed = sign_checklist(by=operator, checklist=checklist, confirmed=(proof := confirmed(operator)), at=proof.at)
    document = SealedDocument.objects.get(kind="checklist", subject_id=str(signed.pk))
    by_code = {item["code"]: item.get("reported", []) for item in json.loads(document.content)["items"]}
    (reported,) = [facts for facts in by_code.values() if facts]
    assert reported[0].startswith(told)
    assert told in signed.signature.content
    assert f"Reported, not verified: {told}" in words(operating.get(reverse("document", args=[document.code])))
