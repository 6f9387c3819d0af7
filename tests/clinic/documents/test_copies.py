"""A copy from anywhere: genuine, altered, superseded or unknown, and nothing between."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from clinic.accounts.actors import Actor
from clinic.canonical import sha256
from clinic.documents.claims import claims_of
from clinic.documents.copies import Outcome, check_copy
from clinic.documents.models import Rendering, SealedDocument
from clinic.documents.sealing import check_seal
from clinic.documents.verify import pdf_faults, verify
from clinic.signing.models import Meaning, Signature
from clinic.signing.services import sign, verifies
from patients.registry.models import Patient
from tests.clinic.documents.test_rendering import overwrite, pdf_of
from tests.factories import confirmed

pytestmark = pytest.mark.django_db

Sealed = Callable[..., SealedDocument]
LATER = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def run(*arguments: Any) -> tuple[int, str]:
    """Return the exit code and the output of the command."""
    out = StringIO()
    try:
        call_command("verify_document", *map(str, arguments), stdout=out)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def two(sealed_document: Sealed) -> tuple[SealedDocument, SealedDocument]:
    """Two documents that say different things about the same patient."""
    return sealed_document(), sealed_document(sections=[{"heading": "Other", "paragraphs": ["Other"]}], at=LATER)


def test_a_copy_of_the_current_document_is_genuine(sealed_document: Sealed, tmp_path: Path) -> None:
    document = sealed_document()
    copy = tmp_path / "from the patient.pdf"
    copy.write_bytes(pdf_of(document))
    code, said = run(copy)
    assert code == 0
    assert f"Genuine: this is Test form {document.code}" in said


def test_an_altered_copy_is_named_with_what_is_wrong(sealed_document: Sealed, tmp_path: Path) -> None:
    document = sealed_document()
    copy = tmp_path / "copy.pdf"
    copy.write_bytes(pdf_of(document) + b"\n")
    code, said = run(copy)
    assert code == 1
    assert f"Altered: this says to be Test form {document.code}" in said
    assert "The PDF doesn't have the hash that was recorded." in said


def test_a_replaced_document_is_superseded_and_the_newer_one_named(
    two: tuple[SealedDocument, SealedDocument], tmp_path: Path
) -> None:
    copy = tmp_path / "copy.pdf"
    copy.write_bytes(pdf_of(two[0]))
    code, said = run(copy)
    assert code == 2
    assert f"but {two[1].code} replaced it" in said


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", b"\x00" * 5000, b"hello"]
)
def test_a_file_that_we_never_sealed_is_unknown(content: bytes, tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(content)
    assert run(other)[0] == 3


def test_a_document_of_which_only_the_database_is_lost_is_unknown(sealed_document: Sealed) -> None:
    pdf = pdf_of(sealed_document())
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM clinic_rendering")
        cursor.execute("DELETE FROM clinic_sealeddocument")
        cursor.execute("SET session_replication_role = DEFAULT")
    assert check_seal(pdf).valid
    found = check_copy(pdf)
    assert found.outcome is Outcome.UNKNOWN
    # The trail still knows it: nobody is told that it was never sealed.
    assert "the clinic's own copy is gone" in found.sentence
    assert "never sealed" not in found.sentence


def test_what_was_sealed_in_a_part_that_is_lost_is_not_called_never_sealed(sealed_document: Sealed) -> None:
    pdf = pdf_of(sealed_document())

    def lose(entries: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("DELETE FROM clinic_rendering")
            cursor.execute("DELETE FROM clinic_sealeddocument")
            cursor.execute(f"UPDATE clinic_trailevent SET action = '{entries}' WHERE action IN ('seal', 'read')")
            cursor.execute("SET LOCAL session_replication_role = origin")

    lose("read")
    assert "never sealed" in check_copy(pdf).sentence  # nothing tells that something is lost
    lose("begin_epoch")
    found = check_copy(pdf)
    assert found.outcome is Outcome.UNKNOWN
    assert "An older backup was put back" in found.sentence
    assert "never sealed" in check_copy(pdf + b"\n").sentence  # its seal doesn't cover all of it


def test_of_several_files_the_worst_decides_and_json_says_all(
    two: tuple[SealedDocument, SealedDocument], tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("old.pdf", "new.pdf", "other.pdf")]
    for path, content in zip(paths, (pdf_of(two[0]), pdf_of(two[1]), b"other"), strict=True):
        path.write_bytes(content)
    code, said = run("--json", *paths)
    assert code == 3
    found = json.loads(said)
    assert [each["outcome"] for each in found] == ["superseded", "genuine", "unknown"]
    assert [each["code"] for each in found] == [two[0].code, two[1].code, ""]
    assert found[1]["sha256"] == two[1].rendering.sha256
    paths[2].write_bytes(pdf_of(two[1])[:-1])
    assert run(*paths)[0] == 1


def test_a_file_that_cant_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    said = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("verify_document", str(tmp_path / "none.pdf"), stderr=said)
    assert left.value.code == 4
    assert "none.pdf can't be read: No such file" in said.getvalue()
    assert len(said.getvalue().splitlines()) == 1


def test_a_pdf_that_stands_under_another_ones_name_is_altered(
    two: tuple[SealedDocument, SealedDocument], tmp_path: Path
) -> None:
    pdf = pdf_of(two[1])
    assert check_copy(pdf, name=f"/somewhere/test_form-{two[1].code}.pdf").outcome is Outcome.GENUINE
    found = check_copy(pdf, name=f"/somewhere/test_form-{two[0].code}.pdf")
    assert found.outcome is Outcome.ALTERED
    assert found.faults == (f"It stands in the place of document {two[0].code}.",)


def test_two_documents_whose_stored_files_were_swapped_are_found(two: tuple[SealedDocument, SealedDocument]) -> None:
    first, second = map(pdf_of, two)
    overwrite(two[0], second)
    overwrite(two[1], first)
    for document, other in (two, two[::-1]):
        faults = verify(document).faults
        assert "The PDF doesn't have the hash that was recorded." in faults
        assert f"The PDF belongs to another document, {other.code}." in faults
        assert run(document.rendering.file.path)[0] == 1
    with pytest.raises(CommandError, match="2 of 2 documents"):
        call_command("verify_documents", stderr=StringIO())


def test_two_documents_whose_rows_were_swapped_are_found(two: tuple[SealedDocument, SealedDocument]) -> None:
    files = [pdf_of(document) for document in two]
    renderings = [document.rendering for document in two]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        for rendering, other in (renderings, renderings[::-1]):
            cursor.execute(
                "UPDATE clinic_rendering SET file = %s, sha256 = %s, bytes = %s WHERE id = %s",
                [other.file.name, other.sha256, other.bytes, rendering.pk],
            )
        cursor.execute("SET session_replication_role = DEFAULT")
    assert [check_copy(pdf).outcome for pdf in files] == [Outcome.ALTERED, Outcome.ALTERED]
    for document in SealedDocument.objects.all():
        faults = verify(document).faults
        assert "The record trail doesn't know this PDF." in faults
        assert any("belongs to another document" in fault for fault in faults)


def test_a_file_that_is_no_pdf_any_more_still_says_which_it_was(sealed_document: Sealed) -> None:
    document = sealed_document()
    pdf = pdf_of(document)
    assert claims_of(pdf).code == document.code
    assert claims_of(pdf).content_sha256 == document.content_sha256
    assert claims_of(pdf[2000:-2000]).code in ("", document.code)
    assert check_copy(b"x" * 9 + pdf[9:]).code == document.code


@pytest.mark.slow
def test_none_of_1500_flipped_bits_is_accepted(sealed_document: Sealed) -> None:
    """All by the stored hash; of 150 the whole check, and the other checks though the hash were forged to fit."""
    chance = random.Random(20260302)
    documents = [sealed_document(sections=[{"heading": f"Form {number}", "paragraphs": []}]) for number in range(5)]
    stored = set(Rendering.objects.values_list("sha256", flat=True))
    assert len(stored) == 5
    unseen_by_the_seal = 0
    for number in range(1500):
        document = documents[number % 5]
        pdf = pdf_of(document)
        changed = bytearray(pdf)
        changed[chance.randrange(len(pdf))] ^= 1 << chance.randrange(8)
        assert sha256(bytes(changed)) not in stored
        if number % 10 == 0:
            assert check_copy(bytes(changed)).outcome in (Outcome.ALTERED, Outcome.UNKNOWN)
            assert "The PDF doesn't have the hash that was recorded." in [
                *pdf_faults(document.rendering, bytes(changed))
            ]
            unseen_by_the_seal += check_seal(bytes(changed)).valid
    assert unseen_by_the_seal < 30, "only the bytes that hold the signature itself"


def test_none_of_200_signatures_moved_to_other_records_verifies(operator: Actor, patient: Patient) -> None:
    chance = random.Random(20260302)
    signatures = [
        sign(
            by=operator, confirmed=confirmed(operator, AT), meaning=Meaning.ASSESSED, subject=patient,
            content={"number": number}, at=AT,
        )
        for number in range(20)
    ]  # fmt: skip
    assert all(map(verifies, signatures))
    for number in range(200):
        moved = Signature.objects.get(pk=signatures[number % 20].pk)
        other = signatures[(number % 20 + 1 + chance.randrange(19)) % 20]
        match number % 4:
            case 0:
                moved.object_id = str(patient.pk + 1 + chance.randrange(10_000))
            case 1:
                moved.object_type = "patients.Consent"
            case 2:
                moved.content, moved.content_sha256 = other.content, other.content_sha256
            case 3:
                moved.pk = other.pk
        assert not verifies(moved)


def test_a_file_that_cant_be_read_doesnt_hide_what_the_others_are(
    two: tuple[SealedDocument, SealedDocument], tmp_path: Path
) -> None:
    good, bad, gone = tmp_path / "good.pdf", tmp_path / "bad.pdf", tmp_path / "gone.pdf"
    good.write_bytes(pdf_of(two[1]))
    bad.write_bytes(pdf_of(two[1])[:-1])
    assert run(gone, good)[0] == 4
    code, said = run(gone, bad)
    assert code == 1
    assert "bad.pdf" in said


def test_without_a_file_it_isnt_called_superseded() -> None:
    with pytest.raises(CommandError) as refused:
        call_command("verify_document")
    assert refused.value.returncode == 4
