"""A checklist that asks all that can be asked, for the pen; and one that was entered from paper names its form."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from patients.paper.documents import blank as content_of
from patients.paper.models import PaperForm
from patients.paper.services import begin_entry
from patients.screening.loading import load
from patients.screening.on_record import plain_answer
from patients.screening.services import answer_item, sign_checklist
from protocols.formulations.models import FormulationVersion
from protocols.starter.checklist import checklist_items
from tests.factories import confirmed, make_actor
from tests.patients.paper.scans import returned
from tests.protocols.builders import Approved, a_line, an_ingredient, approved, draft_checklist, draft_formulation
from tests.protocols.test_editing_documents import _text

pytestmark = pytest.mark.django_db
type Blank = Callable[..., PaperForm]


@pytest.fixture
def asks_all(site: Site, decided: Approved) -> Approved:
    """All that is decided, with the example checklist in force in place of the short one."""
    approved(draft_checklist(site, items=checklist_items()))
    return decided


@pytest.fixture
def with_five_ari(site: Site) -> FormulationVersion:
    """A formulation in force that holds a 5-alpha-reductase inhibitor."""
    author = make_actor(site, Role.PREPARER)
    inhibitor = an_ingredient(site, "Dutasteride", pregnancy_class="contraindicated", by=author)
    return approved(
        draft_formulation(site, "E", by=author, lines=[a_line(inhibitor, 600), a_line(an_ingredient(site), 400)])
    )


def asked(form: PaperForm, words: str) -> dict[str, Any]:
    """Return the question of the blank that says `words`."""
    (found,) = [question for question in content_of(form)["questions"] if words in question["question"]]
    return found


def test_the_blank_asks_what_the_screen_asks(
    asks_all: Approved, with_five_ari: FormulationVersion, blank: Blank
) -> None:
    form = blank()
    questions = content_of(form)["questions"]
    assert [question["number"] for question in questions] == list(range(1, 17))
    assert not any("give no blood" in question["question"] for question in questions)
    assert asked(blank(formulation_version=with_five_ari), "give no blood")["number"] == 14
    assert asked(form, "block or infiltration")["besides"] == [{"label": "Weight (kg)", "choices": []}]
    assert "A new bald patch" in asked(form, "reaction after the last session")["besides"][0]["choices"]
    assert [each["label"] for each in asked(form, "hair transplanted")["besides"]] == [
        "Day of the transplant", "Allowed from, by the surgeon's letter", "Whose letter, and of which day?",
    ]  # fmt: skip


def test_the_blank_says_what_each_answer_leads_to(
    asks_all: Approved, with_five_ari: FormulationVersion, blank: Blank
) -> None:
    form = blank()
    assert asked(form, "bleeding disorder")["leads"] == [
        "Yes, and treated: Needs a prescriber's clearance. Goes on once a clearance is signed.",
        "Yes, untreated or not known to be treated; or not sure: Do not treat. No clearance lifts it.",
    ]
    (protocol,) = asked(form, "fainted")["leads"]
    assert protocol.startswith("Yes, or not sure: Proceed. Lying-down protocol")
    agreed = asked(blank(formulation_version=with_five_ari), "give no blood")
    assert agreed["leads"][0] == (
        "No, or not sure: Do not treat. The formulation isn't offered for this patient. "
        "(A formulation with a 5-alpha-reductase inhibitor; otherwise it isn't asked)"
    )


def test_a_checklist_entered_from_paper_names_its_form(
    blank: Blank, operator: Actor, tmp_path: Path, client: Any
) -> None:
    form, at = blank(), clock.now()
    returned(operator, form, tmp_path)
    checklist = begin_entry(by=operator, form=form, submission_key=uuid.uuid4(), at=clock.now())
    loaded = load(checklist, checklist.on)
    for item in loaded.items:
        answer = plain_answer(item.rule, loaded.case)
        answer_item(by=operator, checklist=checklist, item=item, answer=answer, at=clock.now())
    sign_checklist(by=operator, checklist=checklist, confirmed=confirmed(operator, at), at=at)
    sealed = json.loads(SealedDocument.objects.get(kind="checklist").content)
    assert sealed["paper"] == f"{form.code[:4]} {form.code[4:]}"
    client.force_login(operator.user)
    page = _text(client.get(reverse("checklist", args=[checklist.pk])))
    assert f"Entered from the paper form {form.code}." in page
    assert reverse("paper_form", args=[form.code]) in page
