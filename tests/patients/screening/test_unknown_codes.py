"""A code that nobody knows, written into a checklist's rows in the database, never makes a verdict better."""

import pytest

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.screening.contraindications import Verdict, judge, replay
from patients.screening.loading import load
from patients.screening.models import ChecklistAnswer, PatientChecklist
from patients.screening.outcomes import Outcome
from protocols.checklists.models import ChecklistItem, Rule
from tests.factories import make_actor
from tests.patients.builders import cleared, registered_patient, signed_checklist
from tests.protocols.builders import approved_everything
from tests.tampering import write_unknown

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(site: Site) -> Actor:
    """An operator."""
    return make_actor(site, Role.OPERATOR)


@pytest.fixture
def checklist(site: Site, operator: Actor) -> PatientChecklist:
    """A signed checklist that came to nothing."""
    return signed_checklist(registered_patient(site), approved_everything(site).formulations[0], by=operator)


def verdict_on(checklist: PatientChecklist) -> Verdict:
    return judge(load(checklist, checklist.on).case)


def test_an_answer_that_isnt_one_counts_as_none(checklist: PatientChecklist) -> None:
    assert verdict_on(checklist).outcome is Outcome.PROCEED
    write_unknown(ChecklistAnswer.objects.filter(checklist=checklist, item__rule=Rule.PREGNANCY), "answer", "never")
    found = verdict_on(checklist)
    assert found.outcome is not Outcome.PROCEED
    assert [gap.code for gap in found.missing] == [
        ChecklistItem.objects.get(version=checklist.version, rule=Rule.PREGNANCY).code
    ]


@pytest.mark.parametrize("rule", [Rule.PREGNANCY, Rule.BLEEDING_DISORDER])
def test_a_question_about_what_has_no_rule_is_a_reason_not_to_treat(checklist: PatientChecklist, rule: Rule) -> None:
    write_unknown(ChecklistItem.objects.filter(version=checklist.version, rule=rule), "rule", "tall")
    found = verdict_on(checklist)
    assert found.outcome is Outcome.STOP
    assert any("“tall”" in reason.words for reason in found.deciding())
    assert replay(found.to_json()).outcome is Outcome.STOP


def test_a_decision_of_the_checklist_that_isnt_one_is_the_strictest(site: Site, checklist: PatientChecklist) -> None:
    write_unknown(ChecklistItem.objects.filter(version=checklist.version, rule=Rule.ANTICOAGULANT), "stricter", "odd")
    item = ChecklistItem.objects.get(version=checklist.version, rule=Rule.ANTICOAGULANT)
    write_unknown(ChecklistAnswer.objects.filter(checklist=checklist, item=item), "answer", "yes")
    assert verdict_on(checklist).outcome is Outcome.STOP


def test_a_clearance_of_what_nobody_knows_clears_nothing(checklist: PatientChecklist) -> None:
    clearance = cleared(checklist.patient)
    write_unknown(type(clearance).objects.filter(pk=clearance.pk), "rule", "tall")
    assert verdict_on(checklist).case.clearances == ()
