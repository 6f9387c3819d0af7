"""A PDF that the file store has lost: said as it is, made again as another rendering; copies of both are genuine."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Role
from clinic.documents.copies import Outcome, check_copy
from clinic.documents.making import make_again, make_rendering
from clinic.documents.models import Rendering, SealedDocument
from clinic.documents.verify import verify
from clinic.trail.models import Action, TrailEvent
from clinic.trail.verify import verify_chain
from tests.clinic.documents.test_rendering import overwrite, pdf_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
type Sealed = Callable[..., SealedDocument]


@pytest.fixture
def lost(sealed_document: Sealed, settings: Any) -> tuple[SealedDocument, bytes]:
    """A document whose file store was emptied, and a copy of the PDF that somebody has."""
    document = sealed_document()
    copy = pdf_of(document)
    shutil.rmtree(Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / "documents")
    return document, copy


def made_again(document: SealedDocument) -> Rendering:
    return make_again(document=SealedDocument.objects.get(pk=document.pk), at=AT)


def test_a_lost_pdf_is_made_again_as_a_rendering_of_its_own(lost: tuple[SealedDocument, bytes]) -> None:
    document, _copy = lost
    first = document.rendering
    again = made_again(document)
    assert again.replaces == first
    assert first is not None
    assert again.sha256 != first.sha256
    assert (again.rendered_at, document.rendering) == (AT, again)
    event = TrailEvent.objects.filter(object_type="clinic.Rendering").order_by("-seq")[0]
    assert (event.action, event.object_id) == (Action.CREATE, str(again.pk))
    after = json.loads(event.body)["after"]
    assert (after["sha256"], after["instead_of"]) == (again.sha256, first.sha256)
    assert event.reason == "The file store has lost the one made before."
    assert verify_chain() is None
    assert verify(document).faults == ()


def test_a_copy_of_either_is_genuine(lost: tuple[SealedDocument, bytes]) -> None:
    document, copy = lost
    assert check_copy(copy).outcome is Outcome.GENUINE
    made_again(document)
    old, new = check_copy(copy), check_copy(pdf_of(document))
    assert (old.outcome, new.outcome) == (Outcome.GENUINE, Outcome.GENUINE)
    assert "lost its own file of it and made the PDF again, 05 Mar 2026 09:00:00 CET" in old.sentence
    assert "made the PDF again" not in new.sentence
    for changed in (copy + b"\n", pdf_of(document) + b"\n"):
        assert check_copy(changed).outcome is Outcome.ALTERED


def test_only_what_is_lost_is_made_again(sealed_document: Sealed) -> None:
    document = sealed_document()
    assert made_again(document) == document.rendering
    assert make_rendering(document=document, at=AT) == document.rendering
    overwrite(document, b"something else")
    assert made_again(document) == document.rendering
    assert not verify(document).unchanged
    assert Rendering.objects.count() == 1


def test_it_may_be_lost_twice(lost: tuple[SealedDocument, bytes]) -> None:
    document, copy = lost
    second = made_again(document)
    copies = [copy, pdf_of(document)]
    second.file.storage.delete(second.file.name)
    third = made_again(document)
    assert third.replaces == second
    assert [check_copy(each).outcome for each in (*copies, pdf_of(document))] == [Outcome.GENUINE] * 3


def test_a_rendering_is_replaced_once_and_a_document_has_one_first(lost: tuple[SealedDocument, bytes]) -> None:
    document, _copy = lost
    first = document.rendering
    again = made_again(document)
    values = {
        name: getattr(again, name) for name in ("document", "file", "sha256", "bytes", "pages", "rendered_at", "signed")
    }
    for replaces in (None, first):
        with pytest.raises(IntegrityError), transaction.atomic():
            Rendering.add(**values, renderer="x", replaces=replaces)


def test_a_replaced_rendering_that_the_trail_does_not_know_is_a_fault(lost: tuple[SealedDocument, bytes]) -> None:
    document, _copy = lost
    first = document.rendering
    made_again(document)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE clinic_rendering SET sha256 = repeat('a', 64) WHERE id = %s", [first and first.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert verify(document).faults == ("The record trail doesn't know this PDF.",)


def test_lost_is_said_as_lost_on_both_pages(lost: tuple[SealedDocument, bytes], sign_in: Any, client: Client) -> None:
    document, _copy = lost
    first = document.rendering
    assert first is not None
    verdict = verify(document)
    assert (verdict.lost, verdict.unchanged, verdict.genuine) == (True, True, False)
    checked = client.get(reverse("check_document", args=[document.code])).content.decode()
    assert "Unchanged, but the clinic has lost its own PDF" in checked
    assert first.sha256 in checked
    sign_in(document.site, Role.MANAGER)
    page = client.get(reverse("document", args=[document.code])).content.decode()
    assert "The PDF is lost" in page
    assert f"bin/manage render_again {document.code}" in page
    assert "This is not what was sealed" not in page
    answer = client.get(reverse("document_pdf", args=[document.code]), follow=True)
    assert "The PDF is missing from the file store" in answer.content.decode()


def test_both_pages_name_every_rendering(lost: tuple[SealedDocument, bytes], sign_in: Any, client: Client) -> None:
    document, _copy = lost
    first, again = document.rendering, made_again(document)
    assert first is not None
    checked = client.get(reverse("check_document", args=[document.code])).content.decode()
    assert first.sha256 in checked
    assert again.sha256 in checked
    assert "made 05 Mar 2026 09:00:00 CET" in checked
    assert "has lost its own PDF" not in checked
    sign_in(document.site, Role.MANAGER)
    page = client.get(reverse("document", args=[document.code])).content.decode()
    assert first.sha256 in page
    assert again.sha256 in page
    answer = client.get(reverse("document_pdf", args=[document.code]))
    assert answer.content == pdf_of(document)


def test_a_changed_content_is_no_loss(lost: tuple[SealedDocument, bytes]) -> None:
    document, _copy = lost
    document.content = document.content.replace("No", "Yes")
    verdict = verify(document)
    assert (verdict.lost, verdict.unchanged) == (True, False)


def test_the_command_makes_what_is_lost_and_says_it(
    lost: tuple[SealedDocument, bytes], sealed_document: Sealed
) -> None:
    document, _copy = lost
    kept = sealed_document(sections=[{"heading": "Other", "paragraphs": ["Other"]}])
    sealed_document(sections=[{"heading": "Third", "paragraphs": ["Third"]}], render=False)
    said, err = StringIO(), StringIO()
    with pytest.raises(CommandError):
        call_command("verify_documents", stdout=said, stderr=err)
    assert "1 PDFs are lost: put a backup of the files back, or run bin/manage render_again." in said.getvalue()
    said = StringIO()
    with clock.moved_to(AT):
        call_command("render_again", stdout=said)
        call_command("render_again", stdout=said)
    assert f"{document.code}: " in said.getvalue()
    assert kept.code not in said.getvalue()
    assert said.getvalue().splitlines()[-1] == "0 PDFs were made again."
    call_command("verify_documents", stdout=StringIO())
    with pytest.raises(CommandError, match="there is no document NOTHERE1"):
        call_command("render_again", "NOTHERE1")


def test_a_copy_whose_row_was_lost_with_an_older_backup_is_no_forgery(
    sealed_document: Sealed, operator: Actor, settings: Any
) -> None:
    document = sealed_document()
    copy = pdf_of(document)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM clinic_rendering")
        cursor.execute("SET LOCAL session_replication_role = origin")
    make_rendering(document=document, at=AT)
    assert check_copy(copy).outcome is Outcome.ALTERED  # nothing tells that something is lost
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE clinic_trailevent SET action = 'begin_epoch' WHERE action = 'seal'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    found = check_copy(copy)
    assert (found.outcome, found.code) == (Outcome.UNKNOWN, document.code)
    assert "An older backup was put back" in found.sentence
    assert check_copy(copy + b"\n").outcome is Outcome.ALTERED
