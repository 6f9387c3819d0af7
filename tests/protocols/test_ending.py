"""The paper of a version that isn't in force any more says so, to anybody who scans its code."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.copies import Outcome, check_copy
from clinic.documents.making import make_rendering
from clinic.documents.models import SealedDocument
from protocols.decisions.models import Decision
from protocols.decisions.services import retire
from tests.factories import confirmed, make_actor
from tests.protocols.builders import approved, approved_formulation, draft_treatment

pytestmark = pytest.mark.django_db


def document_of(version: Decision) -> SealedDocument:
    return SealedDocument.objects.get(kind=version.kind, subject_id=str(version.pk))


def said_of(version: Decision, client: Client) -> str:
    return client.get(reverse("check_document", args=[document_of(version).code])).content.decode()


def test_one_in_force_is_current(client: Client, site: Site) -> None:
    assert "Genuine and current" in said_of(approved(draft_treatment(site)), client)


def test_a_replaced_one_says_by_which_version(client: Client, site: Site) -> None:
    first = approved(draft_treatment(site))
    second = approved(draft_treatment(site))
    page = said_of(first, client)
    assert "not in force any more" in page
    assert "Version 2 took its place on" in page
    assert "Genuine and current" in said_of(second, client)


def test_a_retired_one_says_so_and_not_why_or_by_whom(client: Client, site: Site) -> None:
    version = approved_formulation(site)
    physician = make_actor(site, Role.PHYSICIAN)
    proof = confirmed(physician)
    retire(by=physician, version=version, confirmed=proof, reason="The supplier ended it", at=proof.at)
    page = said_of(version, client)
    assert "It was retired on" in page
    assert "supplier" not in page
    assert physician.name not in page


def test_a_copy_of_a_replaced_one_is_superseded(site: Site) -> None:
    first = approved(draft_treatment(site))
    document = document_of(first)
    with make_rendering(document=document, at=document.sealed_at).file.open("rb") as file:
        pdf = file.read()
    assert check_copy(pdf).outcome is Outcome.GENUINE
    approved(draft_treatment(site))
    copy = check_copy(pdf)
    assert copy.outcome is Outcome.SUPERSEDED
    assert "Version 2 took its place on" in copy.sentence
