"""The one PDF of a document: made once, readable, tagged, sealed, and checkable."""

import asyncio
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from pypdf import PdfReader, PdfWriter

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.canonical import sha256
from clinic.documents import making
from clinic.documents.making import make_rendering
from clinic.documents.models import Rendering, SealedDocument
from clinic.documents.rendering import RenderingError, warm_up
from clinic.documents.sealing import check_seal, sealed
from clinic.documents.services import seal
from clinic.documents.snapshots import files, pictures
from clinic.documents.verify import verify
from clinic.outbox.drain import drain
from clinic.outbox.models import OutboxEntry
from clinic.trail.verify import verify_chain
from patients.registry.models import Patient

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def pdf_of(document: SealedDocument) -> bytes:
    """Return the stored file."""
    with document.rendering.file.open("rb") as file:
        content: bytes = file.read()
    return content


def text_of(pdf: bytes) -> str:
    """Return the text as `pdftotext` reads it, on one line."""
    out = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(out.stdout.decode().split())


def overwrite(document: SealedDocument, content: bytes) -> None:
    """Put other bytes in the place of the stored file."""
    Path(document.rendering.file.path).write_bytes(content)


def test_the_pdf_says_what_was_sealed(sealed_document: Callable[..., SealedDocument]) -> None:
    document = sealed_document()
    text = text_of(pdf_of(document))
    for expected in (
        "Test form",
        "Site North",
        "Alma Demo-Łódźka",
        "4 May 1986",
        "N-000123",
        "Stop: do not treat today",
        "Anticoagulants without clearance",
        "Nora Demo",
        "assessed the patient today",
        "02 Mar 2026 09:00:00 CET (UTC+0100)",
        document.code[:4] + " " + document.code[4:],
        f"form test_form {document.template_version[:8]}",
        document.content_sha256[:32],
        f"/d/{document.code}/",
        "Page 1 of 1",
        "A printed copy can be out of date. Check its status at",
    ):
        assert expected in text


def test_the_pdf_is_made_once(sealed_document: Callable[..., SealedDocument], settings: Any) -> None:
    document = sealed_document()
    first = pdf_of(document)
    OutboxEntry.objects.update(done_at=None)
    with clock.moved_to(AT):
        assert drain(effects=["documents.render"]).done == 1
    assert Rendering.objects.count() == 1
    assert pdf_of(document) == first
    stored = list(Path(settings.STORAGES["default"]["OPTIONS"]["location"]).rglob("*.pdf"))
    assert len(stored) == 1


def test_the_row_knows_the_files_hash_size_and_pages(sealed_document: Callable[..., SealedDocument]) -> None:
    rendering = sealed_document().rendering
    pdf = pdf_of(rendering.document)
    assert rendering.sha256 == sha256(pdf)
    assert rendering.bytes == len(pdf)
    assert rendering.pages == len(PdfReader(BytesIO(pdf)).pages) == 1
    assert rendering.renderer.startswith("WeasyPrint ")
    assert rendering.signed


def test_a_form_of_one_page_is_a_small_file(sealed_document: Callable[..., SealedDocument]) -> None:
    assert sealed_document().rendering.bytes <= 30 * 1024


def test_the_pdf_is_tagged_has_a_language_and_its_fonts_inside(sealed_document: Callable[..., SealedDocument]) -> None:
    pdf = pdf_of(sealed_document())
    info = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert "Tagged: yes" in " ".join(info.split())
    assert "Test form" in info
    fonts = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    rows = fonts.splitlines()[2:]
    assert rows
    assert all("Inter-" in row and " yes yes yes " in row for row in rows)


def test_pdfsig_calls_the_seal_valid_and_total(sealed_document: Callable[..., SealedDocument], tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    path.write_bytes(pdf_of(sealed_document()))
    said = subprocess.run(["pdfsig", str(path)], capture_output=True, check=False).stdout.decode()
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


def test_text_that_looks_like_html_is_printed_as_typed(sealed_document: Callable[..., SealedDocument]) -> None:
    hostile = '<img src="http://127.0.0.1:9/x"><script>alert(1)</script>'
    document = sealed_document(sections=[{"heading": hostile, "paragraphs": [hostile]}])
    assert text_of(pdf_of(document)).count("<script>alert(1)</script>") == 2


def test_names_in_latin_greek_cyrillic_and_vietnamese_can_be_read_back(
    sealed_document: Callable[..., SealedDocument],
) -> None:
    names = ["Żółw Ěšč Łódź", "Иван Ґудзь", "Ελένη Παπαδοπούλου", "Nguyễn Thị Ứng"]
    document = sealed_document(sections=[{"heading": "Names", "paragraphs": names}])
    pdf = pdf_of(document)
    # Spaces are guessed from gaps by whoever reads; newer readers see one in a kerned name. Letters are what counts.
    text = "".join(text_of(pdf).split())
    assert [name for name in names if "".join(name.split()) not in text] == []


def test_a_long_table_goes_on_over_pages_with_its_head_and_numbers(
    sealed_document: Callable[..., SealedDocument],
) -> None:
    rows = [[f"Row {number}", str(number)] for number in range(120)]
    section = {
        "heading": "Long",
        "columns": [{"title": "What", "kind": "wide"}, {"title": "Number", "kind": "n"}],
        "rows": [{"mark": "", "cells": [{"text": text, "kind": ""} for text in row]} for row in rows],
        "marked": False,
    }
    document = sealed_document(sections=[section])
    assert document.rendering.pages > 2
    pages = [text_of_page(pdf_of(document), number) for number in range(1, document.rendering.pages + 1)]
    assert all(f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1))
    assert all("What" in page and document.code[:4] in page for page in pages[:-1])
    assert "N-000123" in pages[1], "each page names the patient"


def text_of_page(pdf: bytes, number: int) -> str:
    """Return the text of one page."""
    out = subprocess.run(
        ["pdftotext", "-f", str(number), "-l", str(number), "-", "-"], input=pdf, capture_output=True, check=True
    )
    return out.stdout.decode()


def test_a_genuine_document_verifies(sealed_document: Callable[..., SealedDocument]) -> None:
    verdict = verify(sealed_document())
    assert verdict.faults == ()
    assert verdict.genuine
    assert verify_chain() is None


def test_a_document_without_its_pdf_yet_verifies_by_its_content(sealed_document: Callable[..., SealedDocument]) -> None:
    verdict = verify(sealed_document(render=False))
    assert verdict.genuine
    assert verdict.rendering is None


def test_each_flipped_bit_of_the_file_is_noticed(sealed_document: Callable[..., SealedDocument]) -> None:
    document = sealed_document()
    pdf = pdf_of(document)
    # The signature can't see into its own bytes, the recorded hash does.
    hole = pdf.index(b"/Contents <") + 40
    for place in (10, hole, len(pdf) // 2, len(pdf) - 3):
        changed = bytearray(pdf)
        changed[place] ^= 1
        overwrite(document, bytes(changed))
        assert "The PDF doesn't have the hash that was recorded." in verify(document).faults
    overwrite(document, pdf + b"\n")
    assert not verify(document).genuine
    overwrite(document, pdf)
    assert verify(document).genuine


def test_a_missing_file_is_said_in_words(sealed_document: Callable[..., SealedDocument]) -> None:
    document = sealed_document()
    document.rendering.file.storage.delete(document.rendering.file.name)
    assert verify(document).faults == ("The PDF is missing from the file store.",)


def test_content_changed_behind_postgres_back_is_noticed_and_never_rendered(
    sealed_document: Callable[..., SealedDocument],
) -> None:
    document = sealed_document(render=False)
    document.content = document.content.replace("No", "Yes")
    assert "The content doesn't have the hash that was sealed." in verify(document).faults
    with pytest.raises(RenderingError):
        make_rendering(document=document, at=AT)


def test_content_and_hash_replaced_together_are_noticed_by_the_trail(
    sealed_document: Callable[..., SealedDocument],
) -> None:
    document = sealed_document(render=False)
    document.content = document.content.replace("No", "Yes")
    document.content_sha256 = sha256(document.content)
    assert verify(document).faults == ("The record trail doesn't know this content.",)


def test_a_failure_after_the_file_was_stored_leaves_no_file_behind(
    sealed_document: Callable[..., SealedDocument], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = sealed_document(render=False)

    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the trail can't be written")

    monkeypatch.setattr(making, "record", broken)
    with pytest.raises(RuntimeError):
        make_rendering(document=document, at=AT)
    assert not Rendering.objects.exists()
    assert not [name for folder in default_storage.listdir("documents")[0]
                for name in default_storage.listdir(f"documents/{folder}")[1]]  # fmt: skip


def test_a_picture_of_record_is_shown_when_its_hash_fits_and_stops_the_document_otherwise(
    operator: Actor, patient: Patient, content: dict[str, Any]
) -> None:
    from PIL import Image

    buffer = BytesIO()
    Image.new("RGB", (60, 40), "#8a5a44").save(buffer, "JPEG")
    name = default_storage.save("photos/a.jpg", ContentFile(buffer.getvalue()))
    shown = {"patient": content["patient"], "sections": [pictures("Photographs", [("front", "Front, baseline")])]}
    good = seal(
        by=operator, kind="test_form", subject=patient, patient=patient, at=AT,
        content={**shown, "files": files({"front": (name, sha256(buffer.getvalue()))})},
    )  # fmt: skip
    rendering = make_rendering(document=good, at=AT)
    with rendering.file.open() as file:
        images = [image for page in PdfReader(BytesIO(file.read())).pages for image in page.images]
    assert any(image.image is not None and image.image.size == (60, 40) for image in images)
    bad = seal(
        by=operator, kind="test_form", subject=patient, patient=patient, at=AT,
        content={**shown, "files": files({"front": (name, "0" * 64)})},
    )  # fmt: skip
    with pytest.raises(RenderingError, match="isn't the one that was sealed"):
        make_rendering(document=bad, at=AT)


def test_the_command_tells_good_from_bad_and_finds_orphans(
    sealed_document: Callable[..., SealedDocument], settings: Any
) -> None:
    import os

    document = sealed_document()
    out = StringIO()
    call_command("verify_documents", stdout=out)
    assert "1 documents are what was sealed" in out.getvalue()
    orphan = Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / "documents" / "aa" / "left.pdf"
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"%PDF")
    out = StringIO()
    call_command("verify_documents", stdout=out)
    assert "left.pdf" not in out.getvalue(), "it may be being made just now"
    os.utime(orphan, (0, 0))
    call_command("verify_documents", "--remove-orphans", stdout=out)
    assert "documents/aa/left.pdf: no document names this file; removed" in out.getvalue()
    assert not orphan.exists()
    overwrite(document, b"%PDF-1.7 something else")
    err = StringIO()
    with pytest.raises(CommandError, match="1 of 1 documents"):
        call_command("verify_documents", stdout=out, stderr=err)
    assert f"{document.code}: The PDF doesn't have the hash that was recorded." in err.getvalue()


def test_a_worker_can_warm_up() -> None:
    warm_up()


def test_a_pdf_is_sealed_and_checked_though_an_event_loop_runs(
    sealed_document: Callable[..., SealedDocument],
) -> None:
    pdf = pdf_of(sealed_document())
    plain = BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(plain)

    async def check() -> tuple[bool, bool]:
        fresh = sealed(plain.getvalue(), name="Site North", reason="Test").pdf
        return check_seal(pdf).valid, check_seal(fresh).valid

    assert asyncio.run(check()) == (True, True)
