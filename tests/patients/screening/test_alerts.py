"""The allergies beside the name, on the pages that show it: whose eyes they are for, and what they cost."""

import uuid
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
from clinic.components.alerts import alerts_about, patient_alerts
from clinic.trail.models import Action, TrailEvent
from patients.registry.models import Patient, ReportedFact
from protocols.checklists.models import Rule
from tests.factories import make_actor
from tests.patients.builders import answered_checklist, signed_checklist
from tests.protocols.builders import Approved

LATEX: Any = {Rule.HYPERSENSITIVITY: ("yes", {"other": "latex"})}
NOT_ASKED = "Allergies: none recorded, not asked yet"


def report(patient: Patient, by: Actor, text: str = "Lidocaine", **changed: Any) -> ReportedFact:
    """Record an allergy as another system reported it."""
    values: dict[str, Any] = {
        "kind": "allergy", "category": "allergy", "status": "present", "source": "file", "recorded_at": clock.now(),
        "source_key": uuid.uuid4().hex, "content_sha256": uuid.uuid4().hex * 2, "recorded_by": by.user,
    } | changed  # fmt: skip
    fact: ReportedFact = ReportedFact.add(patient=patient, text=text, **values)
    return fact


def banner(client: Client, name: str, *args: object) -> str:
    """What stands in the strip with the patient's name."""
    page = client.get(reverse(name, args=args)).content.decode()
    return unescape(page.split('<section class="patient"', 1)[1].split("</section>", 1)[0])


def texts(actor: Actor, patient: Patient) -> list[str]:
    return [alert.text for alert in alerts_about(actor, patient)]


@pytest.mark.parametrize(
    "name", ["patient", "patient_edit", "intake_new", "consent_new", "photo_set_new", "plan_new", "checklist_start"]
)
def test_it_stands_on_every_page_with_the_name(
    as_actor: Any, operator: Actor, patient: Patient, protocols: Approved, name: str
) -> None:
    report(patient, operator)
    shown = banner(as_actor(operator), name, patient.pk)
    assert TrailEvent.objects.filter(action=Action.READ, patient=patient, actor=operator.user).exists()
    assert 'class="chip chip-stop"' in shown
    assert "Allergy reported: Lidocaine" in shown


def test_a_no_counts_once_it_is_signed(operator: Actor, patient: Patient, protocols: Approved) -> None:
    assert texts(operator, patient) == [NOT_ASKED]
    answered_checklist(patient, protocols.formulations[0], by=operator)
    assert texts(operator, patient) == [NOT_ASKED]


@pytest.mark.parametrize(
    ("answer", "said"), [("yes", "Hypersensitive: latex"), ("unsure", "Perhaps hypersensitive, not sure: latex")]
)
def test_a_warning_counts_while_the_checklist_is_answered(
    operator: Actor, patient: Patient, protocols: Approved, answer: str, said: str
) -> None:
    signed_checklist(patient, protocols.formulations[0], by=operator)
    answers: Any = {Rule.HYPERSENSITIVITY: (answer, {"other": "latex"})}
    answered_checklist(patient, protocols.formulations[0], by=operator, answers=answers)
    (alert,) = alerts_about(operator, patient)
    assert alert.text == said
    assert alert.title.endswith(", not signed yet")


def test_the_strip_of_a_page_that_is_open_warns_with_the_answer(
    as_actor: Any, operator: Actor, patient: Patient, protocols: Approved
) -> None:
    answers: Any = {Rule.HYPERSENSITIVITY: ("yes", {"other": "latex"})}
    checklist = answered_checklist(patient, protocols.formulations[0], by=operator, answers=answers)
    state = unescape(as_actor(operator).get(reverse("checklist_state", args=[checklist.pk])).content.decode())
    strip = state.split('id="patient-alerts" hx-swap-oob="true"', 1)[1].split("</div>", 1)[0]
    assert "Hypersensitive: latex" in strip


def test_an_ingredient_named_on_a_draft_is_named_as_it_is_now(
    operator: Actor, patient: Patient, protocols: Approved
) -> None:
    line = protocols.formulations[0].lines.all()[0]
    answers: Any = {Rule.HYPERSENSITIVITY: ("yes", {"ingredients": [line.ingredient_id]})}
    answered_checklist(patient, protocols.formulations[0], by=operator, answers=answers)
    assert texts(operator, patient) == [f"Hypersensitive: {line.ingredient.name}"]


def test_what_the_last_signed_checklist_answered_is_said(
    operator: Actor, patient: Patient, protocols: Approved
) -> None:
    signed_checklist(patient, protocols.formulations[0], by=operator, answers=LATEX)
    assert texts(operator, patient) == ["Hypersensitive: latex"]


def test_an_ingredient_is_named_as_it_was_signed(operator: Actor, patient: Patient, protocols: Approved) -> None:
    line = protocols.formulations[0].lines.all()[0]
    answers: Any = {Rule.HYPERSENSITIVITY: ("yes", {"ingredients": [line.ingredient_id]})}
    signed_checklist(patient, protocols.formulations[0], by=operator, answers=answers)
    assert texts(operator, patient) == [f"Hypersensitive: {line.ingredient_name}"]


def test_the_later_checklist_counts(operator: Actor, patient: Patient, protocols: Approved) -> None:
    signed_checklist(patient, protocols.formulations[0], by=operator, answers=LATEX)
    signed_checklist(patient, protocols.formulations[0], by=operator)
    (text,) = texts(operator, patient)
    assert text.startswith("No allergy known when asked on ")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"category": "stated_none_known", "status": "negated"}, "reported elsewhere as none known"),
        ({"category": "no_information", "status": "check"}, NOT_ASKED),
        ({"kind": "condition"}, "Allergy reported: Lidocaine"),
        ({"kind": "medication", "category": ""}, NOT_ASKED),
    ],
)
def test_only_statements_about_allergies_count(
    operator: Actor, patient: Patient, changed: dict[str, str], said: str
) -> None:
    report(patient, operator, **changed)
    assert said in texts(operator, patient)[0]


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.PHOTO_TECHNICIAN])
def test_who_reads_no_health_is_told_nothing_not_that_there_is_nothing(
    as_actor: Any, site: Site, operator: Actor, patient: Patient, protocols: Approved, role: Role
) -> None:
    report(patient, operator)
    signed_checklist(patient, protocols.formulations[0], by=operator, answers=LATEX)
    page = as_actor(make_actor(site, role)).get(reverse("patient", args=[patient.pk])).content.decode().casefold()
    for word in ("allerg", "hypersensitiv", "lidocaine", "latex"):
        assert word not in page.split("<main", 1)[1]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.PHYSICIAN, Role.MANAGER, Role.AUDITOR])
def test_who_reads_records_sees_it(as_actor: Any, site: Site, operator: Actor, patient: Patient, role: Role) -> None:
    report(patient, operator)
    assert "Allergy reported: Lidocaine" in banner(as_actor(make_actor(site, role)), "patient", patient.pk)


def test_costs_one_query_however_much_is_on_record(operator: Actor, patient: Patient, protocols: Approved) -> None:
    signed_checklist(patient, protocols.formulations[0], by=operator, answers=LATEX)
    for number in range(10):
        report(patient, operator, f"Substance {number}")
    with CaptureQueriesContext(connection) as queries:
        alerts_about(operator, patient)
    assert len(queries) == 1


def test_an_alert_names_who_may_see_it() -> None:
    with pytest.raises(ValueError, match="who may see"):
        patient_alerts()
