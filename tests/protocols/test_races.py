"""Two people at once on one version: one wins, the other is told who and when, and the record has one signature."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.signing.models import Meaning, Signature
from clinic.trail.verify import verify_chain
from protocols.decisions.errors import AlreadyDecided
from protocols.decisions.models import Decision
from protocols.decisions.services import approve, retire, submit_for_review
from tests.factories import PASSWORD, confirmed, make_actor
from tests.pages import words
from tests.protocols.builders import approved, draft_treatment, make_author
from tests.sessions.preparation.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def both(site: Site, verb: Callable[[Any, Any], Decision]) -> tuple[list[Any], list[AlreadyDecided]]:
    """Let two physicians do `verb` at once; return who won and what the other was told."""
    people = [make_actor(site, Role.PHYSICIAN, name=f"Dr {name} Demo") for name in ("Petra", "Paul")]
    answers = at_once(*[lambda by=by: verb(by, confirmed(by)) for by in people])
    told = [answer for answer in answers if isinstance(answer, AlreadyDecided)]
    won = [by for by, answer in zip(people, answers, strict=True) if not isinstance(answer, Exception)]
    assert (len(won), len(told)) == (1, 1), answers
    return won, told


def check(site: Site, version: Decision, meaning: Meaning, won: list[Any], told: list[AlreadyDecided]) -> None:
    assert won[0].name in told[0].message
    assert clock.local(clock.now(), site).strftime("%b %Y") in told[0].message
    signed = Signature.objects.filter(object_type=version._meta.label, object_id=str(version.pk), meaning=meaning)
    assert [signature.user_id for signature in signed] == [won[0].user.pk]
    assert verify_chain() is None


@pytest.mark.parametrize("round_number", range(3))
def test_two_approve_at_once(site: Site, round_number: int) -> None:
    author = make_author(site)
    version = submit_for_review(by=author, version=draft_treatment(site, by=author), at=clock.now())
    won, told = both(site, lambda by, proof: approve(by=by, version=version, confirmed=proof, at=proof.at))
    check(site, version, Meaning.APPROVED, won, told)


@pytest.mark.parametrize("round_number", range(3))
def test_two_retire_at_once(site: Site, round_number: int) -> None:
    version = approved(draft_treatment(site))
    won, told = both(
        site, lambda by, proof: retire(by=by, version=version, confirmed=proof, reason="Outdated", at=proof.at)
    )
    check(site, version, Meaning.RETIRED, won, told)


def test_the_page_that_says_who_was_first_is_the_page_as_it_is_now(site: Site, client: Client) -> None:
    """Whoever lost reads what is true: the page has been read anew, and there is nothing to open again."""
    author = make_author(site)
    version = submit_for_review(by=author, version=draft_treatment(site, by=author), at=clock.now())
    first, second = (make_actor(site, Role.PHYSICIAN, name=f"Dr {name} Demo") for name in ("Petra", "Paul"))
    seen = version.row_version
    proof = confirmed(first)
    approve(by=first, version=version, confirmed=proof, at=proof.at)
    client.force_login(second.user)
    address = reverse("version_approve", args=[version.kind, version.pk])
    page = client.post(address, {"password": PASSWORD, "row_version": seen})
    said = words(page)
    assert "Dr Petra Demo has already approved this version (" in said
    assert "You recorded nothing; this page shows it as it is now." in said
    assert "Open it again" not in said
    assert "Valid" in said  # the first one's signature stands on it
    again = client.post(reverse("version_send_back", args=[version.kind, version.pk]), {"reason": "Too late"})
    assert "Open it again" not in words(again)
