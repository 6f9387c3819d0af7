"""What a checklist says of its answers: on its page, in its editor, in what is signed, and stricter than the floor."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from clinic.errors import Refused
from protocols.checklists.rules import Rule
from protocols.checklists.services import ItemDraft
from protocols.decisions.content import content_of
from protocols.decisions.difference import difference
from protocols.decisions.showing import shown
from protocols.models import ChecklistItem, ChecklistVersion
from protocols.starter.checklist import checklist_items
from tests.protocols.builders import approved, draft_checklist, usual_questions
from tests.protocols.test_editing_documents import _initial, _text

pytestmark = pytest.mark.django_db


def items(**stricter: str) -> list[ItemDraft]:
    """Return the six questions; `stricter` says by rule what a version decides instead of a prescriber."""
    return [replace(item, stricter=stricter.get(str(item.rule), "")) for item in usual_questions()]


def test_what_is_stricter_is_signed_and_the_floor_is_not_mentioned(site: Site) -> None:
    parts = content_of(approved(draft_checklist(site, items=items(anticoagulant="stop"))))["parts"]
    assert [part.get("stricter") for part in parts] == [None, None, "stop", None, None, None]
    assert set(parts[0]) == {"ordinal", "code", "question", "hint", "rule"}


def test_looser_than_the_floor_is_refused_by_service_and_database(site: Site) -> None:
    with pytest.raises(Refused, match="looser than the safety floor"):
        draft_checklist(site, items=items(malignancy="defer"))
    version = draft_checklist(site)
    for rule, value in ((Rule.MALIGNANCY, "defer"), (Rule.ANTICOAGULANT, "proceed"), (Rule.PREGNANCY, "clearanc")):
        with pytest.raises(IntegrityError, match="checklist_item_never_looser"), transaction.atomic():
            ChecklistItem.objects.filter(version=version, rule=rule).update(stricter=value)


def test_an_approved_version_is_not_made_looser_afterwards(site: Site) -> None:
    version = approved(draft_checklist(site, items=items(anticoagulant="stop")))
    with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic():
        ChecklistItem.objects.filter(version=version, rule=Rule.ANTICOAGULANT).update(stricter="")


def test_the_difference_tells_what_an_answer_leads_to_now(site: Site) -> None:
    changes = difference(shown(draft_checklist(site)), shown(draft_checklist(site, items=items(anticoagulant="stop"))))
    assert [change[:3] for change in changes] == [
        (
            "CI-03, answer “Yes, or not sure”: Leads to", "Needs a prescriber's clearance", "Do not treat",
        ),
        (
            "CI-03, answer “Yes, or not sure”: What lifts it",
            "Goes on with a pressure plan once a clearance is signed.",
            "Stricter than the safety floor: no clearance lifts it.",
        ),
    ]  # fmt: skip


def test_page_and_document_say_what_each_answer_leads_to_and_what_depends_on_the_ingredients(
    client: Client, site: Site, sign_in: Any
) -> None:
    version = approved(draft_checklist(site))
    sign_in(site, Role.OPERATOR)
    page = _text(client.get(version.get_absolute_url()))
    document = SealedDocument.objects.get(kind=version.kind, subject_id=str(version.pk))
    for told in (page, document.content):
        for words in (
            "What each answer leads to", "Defer", "Do not treat", "Surgical assessment",
            "A formulation with an ingredient contraindicated in pregnancy",
            "A formulation with the ingredient, or with one of its allergen class",
        ):  # fmt: skip
            assert words in told


class TestEditor:
    def test_each_question_shows_what_its_answers_lead_to_and_follows_what_is_chosen(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        sign_in(site, Role.MANAGER)
        address = reverse("checklist_version_new")
        page = _text(client.get(address))
        assert page.count('class="leads"') == len(checklist_items())
        assert "Depends on the ingredients:" in page
        data = _initial(client, address) | {"rows-2-stricter": "stop", "rows": "beside-2"}
        beside = _text(client.post(address, data, headers={"HX-Request": "true"}))
        assert "Stricter than the safety floor: no clearance lifts it." in beside
        assert "pressure plan" not in beside

    def test_what_is_chosen_is_saved_and_opens_again(self, client: Client, site: Site, sign_in: Any) -> None:
        author = sign_in(site, Role.MANAGER)
        address = reverse("checklist_version_new")
        client.post(address, _initial(client, address) | {"rows-2-stricter": "defer"})
        version = ChecklistVersion.objects.get(author=author.user)
        assert version.items.get(rule=Rule.ANTICOAGULANT).stricter == "defer"
        again = _initial(client, reverse("checklist_version_edit", args=[version.pk]))
        assert again["rows-2-stricter"] == "defer"

    def test_looser_is_refused_at_its_question(self, client: Client, site: Site, sign_in: Any) -> None:
        sign_in(site, Role.MANAGER)
        address = reverse("checklist_version_new")
        answer = client.post(address, _initial(client, address) | {"rows-3-stricter": "defer"})
        assert answer.status_code == 422
        assert "Question 4, Where the safety floor asks a prescriber: This is looser" in _text(answer)
        assert not ChecklistVersion.objects.exists()
