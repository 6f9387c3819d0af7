"""What a page offers is what the services allow: the buttons and the server read the same table."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import Refused
from protocols.decisions.models import Decision
from protocols.decisions.offers import offers
from protocols.decisions.services import approve, retire, send_back, submit_for_review
from protocols.drafts.services import discard_draft, rewrite_draft
from protocols.models import TreatmentProtocolVersion
from tests.factories import confirmed, make_actor
from tests.protocols.builders import approved, draft_treatment

pytestmark = pytest.mark.django_db

PEOPLE = ["author", "physician who wrote it", "another writer", "physician", "operator", "auditor"]


def _allowed(step: Callable[[], Any]) -> bool:
    try:
        with transaction.atomic():
            step()
            transaction.set_rollback(True)
    except Refused:
        return False
    return True


def _version(site: Site, author: Actor, state: str) -> Decision:
    version = draft_treatment(site, by=author)
    physician = make_actor(site, Role.PHYSICIAN)
    if state == "in_review":
        version = submit_for_review(by=author, version=version, at=clock.now())
    elif state != "draft":
        version = approved(version, approver=physician)
    if state == "retired":
        proof = confirmed(physician)
        version = retire(by=physician, version=version, confirmed=proof, reason="Recall", at=proof.at)
    return TreatmentProtocolVersion.objects.get(pk=version.pk)


@pytest.mark.parametrize("state", ["draft", "in_review", "approved", "retired"])
@pytest.mark.parametrize("person", PEOPLE)
def test_a_step_is_offered_exactly_when_it_is_allowed(site: Site, state: str, person: str) -> None:
    author = make_actor(site, Role.PHYSICIAN if person == "physician who wrote it" else Role.PREPARER)
    version = _version(site, author, state)
    actor = {
        "author": author,
        "physician who wrote it": author,
        "another writer": make_actor(site, Role.MANAGER),
        "physician": make_actor(site, Role.PHYSICIAN),
        "operator": make_actor(site, Role.OPERATOR),
        "auditor": make_actor(site, Role.AUDITOR),
    }[person]
    offered = offers(version, actor)
    at = clock.now()
    proof = confirmed(actor, at)
    assert offered.edit is _allowed(
        lambda: rewrite_draft(by=actor, version=version, row_version=None, values={}, parts=[], at=at)
    )
    # A second click is allowed and does nothing, so what was done already isn't offered again: try the first only.
    if state != "in_review":
        assert offered.submit is _allowed(lambda: submit_for_review(by=actor, version=version, at=at))
    assert offered.discard is _allowed(lambda: discard_draft(by=actor, version=version, at=at))
    assert (offered.send_back or offered.take_back) is _allowed(
        lambda: send_back(by=actor, version=version, reason="x", at=at)
    )
    assert offered.approve is _allowed(lambda: approve(by=actor, version=version, confirmed=proof, at=at))
    assert offered.retire is _allowed(lambda: retire(by=actor, version=version, confirmed=proof, reason="x", at=at))
