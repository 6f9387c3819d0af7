"""Each signature on a record's page has a state of its own: of the newest version, or superseded, or not as signed."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.amending.models import Amendment, CoSignature
from clinic.amending.queries import amendments_of
from clinic.amending.services import amend, co_sign, confirm_other
from clinic.amending.standing import newest_of, standings_of
from clinic.documents.models import SealedDocument
from clinic.signing.models import Meaning
from tests.factories import PASSWORD, confirmed
from tests.tampering import past_the_triggers

pytestmark = pytest.mark.django_db


def amended(by: Actor, document: SealedDocument, *, seen: int) -> Amendment:
    at = clock.now()
    return amend(
        by=by, document=document, seen=seen, entry="", correct=f"Put right, {seen}.", reason="Misread", at=at,
        confirmed=confirmed(by, at),
    )  # fmt: skip


def checked(by: Actor, document: SealedDocument, other: Actor, *, seen: int) -> CoSignature:
    second, proof = confirm_other(by=by, email=other.user.email, password=PASSWORD)
    return co_sign(
        by=by, other=second, confirmed=proof, document=document, seen=seen, meaning=Meaning.CHECKED, at=proof.at
    )


def panels(client: Client, document: SealedDocument) -> list[str]:
    """Return what the panels of the record's page say, one after the other: first those of the amenders."""
    page = client.get(reverse("preparation", args=[document.subject_id])).content.decode()
    found = page.split('<div class="signature" role="group"')[1:]
    return [" ".join(re.sub(r"<[^>]+>", " ", each.partition("On record")[0]).split()) for each in found]


def states(client: Client, document: SealedDocument) -> list[tuple[str, str]]:
    """Return name and state of every panel."""
    said = []
    for text in panels(client, document):
        name = next(name for name in ("Clara Demo", "Dino Demo") if name in text)
        superseded = re.search(r"Superseded by (Version \d) \(this signed (Version \d)\)", text)
        chip = next(word for word in ("verify: tell the manager", "Superseded", "Valid") if word in text)
        assert (chip == "Valid") == (superseded is None and "verify" not in text)
        said.append((name, f"{superseded[2]} < {superseded[1]}" if superseded and chip == "Superseded" else chip))
    return said


def test_each_signature_is_superseded_by_the_amendments_that_came_after_it(
    client: Client, preparer: Actor, checker: Actor, document: SealedDocument
) -> None:
    client.force_login(preparer.user)
    checked(preparer, document, checker, seen=0)
    assert states(client, document) == [("Clara Demo", "Valid"), ("Dino Demo", "Valid")]
    amended(preparer, document, seen=0)
    old = "Version 1 < Version 2"
    assert states(client, document) == [("Clara Demo", "Valid"), ("Clara Demo", old), ("Dino Demo", old)]
    checked(preparer, document, checker, seen=1)
    assert states(client, document) == [
        ("Clara Demo", "Valid"), ("Clara Demo", old), ("Dino Demo", old), ("Dino Demo", "Valid"),
    ]  # fmt: skip
    amended(preparer, document, seen=1)
    older, middle = "Version 1 < Version 3", "Version 2 < Version 3"
    assert states(client, document) == [
        ("Clara Demo", middle), ("Clara Demo", "Valid"),
        ("Clara Demo", older), ("Dino Demo", older), ("Dino Demo", middle),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "wrong"), [("clinic_amendment", [0]), ("clinic_cosignature", [2]), ("sessions_preparation", [1])]
)
def test_of_a_row_that_was_changed_only_its_own_signature_doesnt_verify(
    client: Client, preparer: Actor, checker: Actor, document: SealedDocument, table: str, wrong: list[int]
) -> None:
    client.force_login(preparer.user)
    amended(preparer, document, seen=0)
    checked(preparer, document, checker, seen=1)
    changes = {
        "clinic_amendment": "UPDATE clinic_amendment SET correct = 'Something else'",
        "clinic_cosignature": "UPDATE clinic_cosignature SET meaning = 'witnessed'",
        "sessions_preparation": "UPDATE treatment_sessions_preparation SET notes = 'Something else'",
    }
    with past_the_triggers() as cursor:
        cursor.execute(changes[table])
    faulty = [number for number, (_name, state) in enumerate(states(client, document)) if "verify" in state]
    assert faulty == wrong


def test_many_signatures_take_as_few_queries_as_two(preparer: Actor, checker: Actor, document: SealedDocument) -> None:
    def counted() -> int:
        amendments = list(amendments_of(document.subject_type, document.subject_id))
        seconds = list(CoSignature.objects.select_related("signature"))
        signed: list[Any] = [(each.signature, each.number) for each in amendments]
        signed += [(each.signature, each.version) for each in seconds]
        with CaptureQueriesContext(connection) as queries:
            assert all(each.holds for each in standings_of(signed, newest_of(amendments)))
        return len(queries)

    amended(preparer, document, seen=0)
    checked(preparer, document, checker, seen=1)
    two = counted()
    amended(preparer, document, seen=1)
    checked(preparer, document, checker, seen=2)
    assert counted() == two == 2  # the entries of the trail, and the rows
    with CaptureQueriesContext(connection) as queries:
        assert standings_of([], None) == []
    assert not queries.captured_queries
