"""What was added to a signed record and is gone since is said on its page: the trail holds that it was there."""

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
from clinic.amending.models import Amendment
from clinic.amending.queries import amendments_about, gone_from
from clinic.documents.models import SealedDocument
from clinic.signing.against_trail import record_faults
from patients.photos.models import PhotoSet
from patients.photos.services import complete_set, seal_set
from sessions.preparation.models import Preparation
from tests.clinic.amending.test_standing import amended, checked
from tests.factories import make_actor
from tests.pages import signature_states, words
from tests.patients.builders import registered_patient, signed_checklist
from tests.protocols.builders import approved, approved_everything, approved_formulation, draft_photo_protocol
from tests.sessions.builders import signed_preparation
from tests.sessions.rooms import photographed
from tests.tampering import change

pytestmark = pytest.mark.django_db
GONE = "Something that was added to this record is gone: tell the manager"


@pytest.fixture
def preparer(site: Site) -> Actor:
    """Who prepared, and amends."""
    return make_actor(site, Role.PREPARER, name="Clara Demo")


@pytest.fixture
def preparation(site: Site, preparer: Actor) -> Preparation:
    """A signed preparation."""
    return signed_preparation(site, approved_formulation(site), preparer=preparer)


@pytest.fixture
def document(preparation: Preparation) -> SealedDocument:
    """Its document."""
    return SealedDocument.objects.get(kind="preparation")


def page_of(client: Client, row: Preparation | PhotoSet, name: str = "preparation") -> Any:
    return client.get(reverse(name, args=[row.pk]))


def test_an_amendment_that_is_there_is_missed_by_nobody(
    client: Client, preparer: Actor, document: SealedDocument, preparation: Preparation
) -> None:
    client.force_login(preparer.user)
    amended(preparer, document, seen=0)
    assert GONE not in words(page_of(client, preparation))
    assert gone_from(preparation, amendments_about(preparation)) == []


def test_a_deleted_amendment_is_said_and_the_record_isnt_called_valid(
    client: Client, preparer: Actor, document: SealedDocument, preparation: Preparation
) -> None:
    client.force_login(preparer.user)
    amendment = amended(preparer, document, seen=0)
    change("DELETE FROM clinic_amendment WHERE id = %s", amendment.pk)
    page = page_of(client, preparation)
    assert GONE in words(page)
    assert "holds an amendment, version 2, that isn't there any more" in words(page)
    assert signature_states(page) == ["Doesn't verify"]
    said = [each for each in record_faults() if ": it is gone (entry " in each]
    assert any("Amendment " in each for each in said)


def test_what_hangs_on_it_may_be_deleted_with_it(
    client: Client, preparer: Actor, document: SealedDocument, preparation: Preparation
) -> None:
    """The trail is enough: neither its signature nor the document that it made has to be there."""
    client.force_login(preparer.user)
    amendment = amended(preparer, document, seen=0)
    change("DELETE FROM clinic_amendment WHERE id = %s", amendment.pk)
    change("DELETE FROM clinic_signature WHERE id = %s", amendment.signature_id)
    change("DELETE FROM clinic_sealeddocument WHERE id = %s", amendment.document_id)
    page = page_of(client, preparation)
    assert GONE in words(page)
    assert "Valid" not in signature_states(page)


def test_without_the_last_amendment_the_one_before_isnt_the_newest(
    client: Client, preparer: Actor, document: SealedDocument, preparation: Preparation
) -> None:
    client.force_login(preparer.user)
    amended(preparer, document, seen=0)
    last = amended(preparer, document, seen=1)
    change("DELETE FROM clinic_amendment WHERE id = %s", last.pk)
    page = page_of(client, preparation)
    assert "version 3, that isn't there any more" in words(page)
    assert signature_states(page) == ["Superseded", "Doesn't verify"]


def test_a_second_signature_that_is_deleted_is_said(
    client: Client, site: Site, preparer: Actor, document: SealedDocument, preparation: Preparation
) -> None:
    client.force_login(preparer.user)
    second = checked(preparer, document, make_actor(site, Role.PREPARER, name="Dino Demo"), seen=0)
    change("DELETE FROM clinic_cosignature WHERE id = %s", second.pk)
    page = page_of(client, preparation)
    assert GONE in words(page)
    assert "second signature under version 1" in words(page)
    assert signature_states(page) == ["Doesn't verify"]


def test_a_photo_set_has_no_signature_and_says_it_too(client: Client, site: Site) -> None:
    technician = make_actor(site, Role.PHOTO_TECHNICIAN)
    client.force_login(technician.user)
    protocol = approved(draft_photo_protocol(site))
    row = photographed(registered_patient(site), protocol, by=technician, at=clock.now(), complete=False)
    row = complete_set(by=technician, photo_set=row, at=clock.now())
    assert "verify: tell the manager" not in words(page_of(client, row, "photo_set"))
    amendment = amended(technician, seal_set(by=technician, photo_set=row, at=clock.now()), seen=0)
    assert "verify: tell the manager" not in words(page_of(client, row, "photo_set"))
    change("DELETE FROM clinic_amendment WHERE id = %s", amendment.pk)
    page = page_of(client, row, "photo_set")
    assert GONE in words(page)
    assert "verify: tell the manager" in words(page)


def test_a_checklist_whose_amendment_is_gone_isnt_shown_as_what_it_came_to(client: Client, site: Site) -> None:
    operator = make_actor(site, Role.OPERATOR)
    client.force_login(operator.user)
    checklist = signed_checklist(registered_patient(site), approved_everything(site).formulations[0], by=operator)
    amendment = amended(operator, SealedDocument.objects.get(kind="checklist"), seen=0)
    change("DELETE FROM clinic_amendment WHERE id = %s", amendment.pk)
    page = client.get(reverse("checklist", args=[checklist.pk]))
    assert GONE in words(page)
    assert "As signed:" in words(page)
    assert "Valid" not in signature_states(page)


def test_the_trail_is_asked_by_an_index(preparation: Preparation) -> None:
    """However long it is, and however many amendments there are."""
    assert not Amendment.objects.exists()
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert gone_from(preparation, []) == []
        cursor.execute(f"EXPLAIN {asked.captured_queries[-1]['sql']}")
        assert "trail_added" in str(cursor.fetchall())
