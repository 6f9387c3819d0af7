"""Writing every sealed PDF of the clinic into a folder, with an index, so that it can be kept and read elsewhere."""

import csv
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from clinic.accounts.actors import service_actor
from clinic.accounts.models import Site
from clinic.canonical import canonical, sha256
from clinic.documents.models import Rendering, SealedDocument
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work

MARKER = "baseline-export.json"
INDEX = "index.jsonl"
TABLE = "index.csv"
PART = ".part"
COLUMNS = (
    "id", "code", "kind", "site", "subject_type", "subject_id", "subject_version", "patient_id", "sealed_at",
    "rendered_at", "content_sha256", "pdf_sha256", "bytes", "pages", "file",
)  # fmt: skip


class ForeignFolderError(ValueError):
    """The folder holds something that no export wrote."""


@dataclass(slots=True)
class Exported:
    """What an export did: documents `written` now, `kept` since they were there, `waiting` for their PDF; faults."""

    written: int = 0
    kept: int = 0
    waiting: int = 0
    faults: list[str] = field(default_factory=list)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)


def export_documents(*, folder: Path, sites: Iterable[Site], since: date | None, at: datetime) -> Exported:
    """Write the sealed PDFs of `sites` into `folder`, those sealed on or after the day `since`, and the index.

    What is there already is compared with its recorded hash and left alone, so that a second run goes on where
    the first one ended. The index keeps what earlier runs wrote into it. Each site's export is an entry of
    the record trail. Raises ForeignFolderError for a folder with something else in it, OSError when it can't be
    written.
    """
    _open(folder)
    done = Exported(rows=_earlier(folder))
    for site in sites:
        documents = SealedDocument.objects.filter(site=site).prefetch_related("renderings").defer("content")
        if since is not None:
            documents = documents.filter(sealed_at__gte=datetime.combine(since, time.min, ZoneInfo(site.time_zone)))
        # Noted before the first file is written: what left is in the trail, however the run ends.
        leaving = Rendering.objects.filter(document__in=documents.values("pk"), replaced_by=None)
        hashes = leaving.values_list("sha256", flat=True)
        _note(site=site, hashes=sorted(hashes), since=since, at=at)
        for document in documents.order_by("pk").iterator(chunk_size=200):
            _export(document, site=site, folder=folder, done=done)
    _write_index(folder, done.rows)
    return done


def _open(folder: Path) -> None:
    """Make the folder ours; an empty one becomes ours, one with anything else in it doesn't."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / MARKER).exists():
        if any(folder.iterdir()):
            raise ForeignFolderError(
                f"{folder} holds files that no export wrote. Name an empty folder, or one of an earlier export."
            )
        _put(folder / MARKER, canonical({"format": 1, "holds": "sealed documents of Baseline"}).encode() + b"\n")
    for left in folder.rglob(f"*{PART}"):
        left.unlink()


def _earlier(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of an earlier run's index by their codes."""
    if not (folder / INDEX).exists():
        return {}
    lines = (folder / INDEX).read_text(encoding="utf-8").splitlines()
    return {row["code"]: row for row in map(json.loads, lines)}


def _export(document: SealedDocument, *, site: Site, folder: Path, done: Exported) -> None:
    rendering = document.rendering
    if rendering is None:
        done.waiting += 1
        return
    name = f"{site.code}/{document.kind}-{document.code}.pdf"
    path = folder / name
    if path.exists():
        there = sha256(path.read_bytes())
        # One that the clinic has lost since, and made again, is as good.
        kept = next((each for each in document.renderings.all() if each.sha256 == there), None)
        if kept is None:
            done.faults.append(f"{document.code}: {name} is there already and isn't what was sealed; it was left alone")
            return
        rendering = kept
        done.kept += 1
    else:
        try:
            with rendering.file.open("rb") as file:
                pdf: bytes = file.read()
        except FileNotFoundError:
            done.faults.append(f"{document.code}: the PDF is missing from the file store")
            return
        if sha256(pdf) != rendering.sha256:
            done.faults.append(f"{document.code}: the stored PDF doesn't have the hash that was recorded")
            return
        _put(path, pdf)
        done.written += 1
    done.rows[document.code] = _row(document, rendering, site=site, name=name)


def _row(document: SealedDocument, rendering: Rendering, *, site: Site, name: str) -> dict[str, Any]:
    values = (
        document.pk, document.code, document.kind, site.code, document.subject_type, document.subject_id,
        document.subject_version, document.patient_id, document.sealed_at.isoformat(),
        rendering.rendered_at.isoformat(), document.content_sha256, rendering.sha256, rendering.bytes,
        rendering.pages, name,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


@unit_of_work
def _note(*, site: Site, hashes: list[str], since: date | None, at: datetime) -> None:
    """Record in the trail that the site's documents leave: how many, and a hash over all their hashes."""
    record(
        by=service_actor(site, request_id="export_documents"),
        action=Action.DOWNLOAD,
        subject=site,
        after={
            "documents": len(hashes),
            "since": since.isoformat() if since else "",
            "sha256_of_hashes": sha256("\n".join(hashes)),
        },
        reason="export_documents",
        at=at,
    )


def _write_index(folder: Path, rows: Mapping[str, Mapping[str, Any]]) -> None:
    ordered = sorted(rows.values(), key=lambda row: row["id"])
    table = StringIO()
    writer = csv.DictWriter(table, COLUMNS)
    writer.writeheader()
    writer.writerows(ordered)
    _put(folder / TABLE, table.getvalue().encode())
    _put(folder / INDEX, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ordered).encode())


def _put(path: Path, content: bytes) -> None:
    """Write `path` whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(path.name + PART)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
