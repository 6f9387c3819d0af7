"""All sealed PDFs in one folder: whole, once, with an index, and noted in the trail."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic.accounts.models import Site
from clinic.canonical import sha256
from clinic.documents import exporting
from clinic.documents.models import SealedDocument
from clinic.trail.models import Action, TrailEvent
from tests.clinic.documents.test_rendering import overwrite, pdf_of
from tests.factories import make_site

pytestmark = pytest.mark.django_db

Sealed = Callable[..., SealedDocument]
LATER = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)


def export(folder: Path, *options: str) -> str:
    """Return what the command says."""
    out = StringIO()
    call_command("export_documents", str(folder), *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """Return the index."""
    return [json.loads(line) for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def two(sealed_document: Sealed) -> tuple[SealedDocument, SealedDocument]:
    """Two documents with their PDFs, three days apart, and one without."""
    made = sealed_document(), sealed_document(sections=[], at=LATER)
    sealed_document(render=False, sections=[{"heading": "Waits", "paragraphs": []}])
    return made


def test_every_pdf_is_written_as_it_was_sealed_with_an_index(
    two: tuple[SealedDocument, SealedDocument], site: Site, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    assert "2 documents were written, 0 were there already; 1 wait for their PDF" in export(folder)
    rows = rows_of(folder)
    assert [row["code"] for row in rows] == [document.code for document in two]
    for row, document in zip(rows, two, strict=True):
        path = folder / row["file"]
        assert path.read_bytes() == pdf_of(document)
        assert row["file"] == f"{site.code}/test_form-{document.code}.pdf"
        assert row["pdf_sha256"] == sha256(path.read_bytes())
        assert row["content_sha256"] == document.content_sha256
        assert (row["id"], row["kind"], row["patient_id"]) == (document.pk, "test_form", document.patient_id)
        assert datetime.fromisoformat(row["sealed_at"]) == document.sealed_at
        assert path.stat().st_mode & 0o077 == 0, "for its owner only"
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        assert [row["code"] for row in csv.DictReader(file)] == [row["code"] for row in rows]


def test_a_second_run_writes_only_what_is_missing_and_looks_at_the_rest(
    two: tuple[SealedDocument, SealedDocument], tmp_path: Path
) -> None:
    export(tmp_path / "out")
    first, second = (tmp_path / "out" / row["file"] for row in rows_of(tmp_path / "out"))
    second.unlink()
    kept = first.stat().st_mtime_ns
    assert "1 documents were written, 1 were there already" in export(tmp_path / "out")
    assert first.stat().st_mtime_ns == kept
    assert second.read_bytes() == pdf_of(two[1])


def test_an_interrupted_run_leaves_whole_files_and_the_next_goes_on(
    two: tuple[SealedDocument, SealedDocument], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = exporting._put

    def interrupted(path: Path, content: bytes) -> None:
        if two[1].code in path.name:
            path.with_name(path.name + ".part").write_bytes(content[:100])
            raise KeyboardInterrupt
        put(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(exporting, "_put", interrupted)
        with pytest.raises(KeyboardInterrupt):
            export(tmp_path / "out")
    assert [path.read_bytes() for path in (tmp_path / "out").rglob("*.pdf")] == [pdf_of(two[0])]
    assert "1 documents were written, 1 were there already" in export(tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.part"))
    assert len(rows_of(tmp_path / "out")) == 2


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CommandError, match="holds files that no export wrote"):
        export(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(CommandError, match="can't be written"):
        export(tmp_path / "letter.txt" / "out")


def test_an_altered_file_in_the_folder_is_named_and_not_written_over(
    two: tuple[SealedDocument, SealedDocument], tmp_path: Path
) -> None:
    export(tmp_path / "out")
    altered = tmp_path / "out" / rows_of(tmp_path / "out")[0]["file"]
    altered.write_bytes(b"something else")
    err = StringIO()
    with pytest.raises(CommandError, match="1 documents are not what was sealed"):
        call_command("export_documents", str(tmp_path / "out"), stdout=StringIO(), stderr=err)
    assert f"{two[0].code}: " in err.getvalue()
    assert altered.read_bytes() == b"something else"


def test_a_stored_file_that_isnt_what_was_sealed_never_leaves(
    two: tuple[SealedDocument, SealedDocument], tmp_path: Path
) -> None:
    overwrite(two[0], b"%PDF-1.7 something else")
    Path(two[1].rendering.file.path).unlink()
    err = StringIO()
    with pytest.raises(CommandError, match="2 documents"):
        call_command("export_documents", str(tmp_path / "out"), stdout=StringIO(), stderr=err)
    assert "doesn't have the hash that was recorded" in err.getvalue()
    assert "missing from the file store" in err.getvalue()
    assert rows_of(tmp_path / "out") == []


def test_a_day_and_a_site_choose_what_is_written_and_the_index_keeps_the_rest(
    two: tuple[SealedDocument, SealedDocument], site: Site, tmp_path: Path
) -> None:
    make_site("ELSE")
    assert "0 documents were written" in export(tmp_path / "out", "--site", "ELSE")
    assert "1 documents were written" in export(tmp_path / "out", "--since", "2026-03-05", "--site", site.code)
    assert [row["code"] for row in rows_of(tmp_path / "out")] == [two[1].code]
    assert "1 documents were written, 1 were there already" in export(tmp_path / "out", "--since", "2026-03-02")
    assert len(rows_of(tmp_path / "out")) == 2


@pytest.mark.parametrize(
    ("options", "said"), [(("--since", "yesterday"), "isn't a day"), (("--site", "NONE"), "no site has the code NONE")]
)
def test_what_isnt_a_day_or_a_site_is_said(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=said):
        export(tmp_path / "out", *options)


def test_each_export_is_in_the_trail(two: tuple[SealedDocument, SealedDocument], site: Site, tmp_path: Path) -> None:
    export(tmp_path / "out", "--site", site.code, "--since", "2026-03-05")
    event = TrailEvent.objects.get(action=Action.DOWNLOAD)
    body = json.loads(event.body)
    assert (event.object_type, event.object_id) == ("clinic.Site", str(site.pk))
    assert body["after"] == {
        "documents": 1,
        "since": "2026-03-05",
        "sha256_of_hashes": sha256(two[1].rendering.sha256),
    }
