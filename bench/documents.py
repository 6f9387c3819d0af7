"""A sealed form as PDF against naive WeasyPrint, and its seal against pyHanko alone: CPU time, size, memory.

Naive is what a first attempt does: the style sheet inside the page, a new font configuration each time, the
system's font, the QR code as SVG, no tags. Ours is the whole way from the snapshot to a PDF/A-3 with tags and with
the snapshot inside. Both print the same form: twelve questions in four columns, two signatures, a code, page numbers.
"""

import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
django.setup()

import segno  # noqa: E402
import weasyprint  # noqa: E402
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: E402
from pyhanko.sign.signers import PdfSignatureMetadata, sign_pdf  # noqa: E402

from bench.report import Row  # noqa: E402
from clinic.canonical import canonical, sha256  # noqa: E402
from clinic.documents import sealing  # noqa: E402
from clinic.documents.archival import Source  # noqa: E402
from clinic.documents.keys import seal_signer  # noqa: E402
from clinic.documents.models import SealedDocument  # noqa: E402
from clinic.documents.registry import register  # noqa: E402
from clinic.documents.rendering import render_pdf, warm_up  # noqa: E402
from clinic.documents.snapshots import fields, paragraphs, patient_identity, table  # noqa: E402
from clinic.documents.templates import FOLDER, html_of  # noqa: E402

QUESTIONS = (
    "Active infection of the scalp",
    "Untreated bleeding disorder",
    "Anticoagulants without clearance",
    "Active malignancy",
    "Pregnancy",
    "Breastfeeding",
    "Hypersensitivity to a component",
    "Keloid tendency",
    "Fever or acute illness today",
    "Immunosuppression",
    "Recent procedure on the scalp",
    "Another reason not to treat",
)
GROWTH_DOCUMENTS = 500
MIB = 1024 * 1024


def a_form(number: int) -> SealedDocument:
    """Return a form that differs from every other one, as if it had been sealed."""
    signature = {
        "name": "Nora Demo", "role": "Operator", "registration_number": f"RN {number}",
        "meaning": "assessed the patient today", "reason": "", "method": "password", "sha256": f"{number:064x}",
        "signed_at": "22 Nov 2026 14:03:22 CET (UTC+0100)",
    }  # fmt: skip
    content: dict[str, Any] = {
        "patient": patient_identity(
            name=f"Alma Demo {number}", birth_date="4 May 1986", record_number=f"N-{number:06}"
        ),
        "sections": [
            fields("Checklist", [("Asked for", f"Session 3 of 4, number {number}"), ("Asked on", "22 Nov 2026 13:58")]),
            table(
                "Answers",
                ["Question", "Answer", "Detail", "Asked at"],
                [[text, "No", f"asked {number + at}", f"13:{at:02}"] for at, text in enumerate(QUESTIONS)],
                narrow=[1],
            ),
            paragraphs("Declaration", ["I asked every question in person and read the answers back."]),
        ],
        "signatures": [signature, {**signature, "name": "Iris Demo", "role": "Physician", "meaning": "reviewed"}],
        "document": {"site": "Demo Clinic", "address": "1 Example Street", "time_zone": "Europe/Vienna"},
    }
    text = canonical(content)
    return SealedDocument(
        code=f"{number:08}", kind="bench_form", title="Contraindication checklist", content=text,
        content_sha256=sha256(text), sealed_at=datetime(2026, 11, 22, 13, 5, tzinfo=UTC), sealed_by_name="Nora Demo",
        subject_version="2",
    )  # fmt: skip


def naive(document: SealedDocument) -> bytes:
    """Do what a first attempt with WeasyPrint does."""
    style = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ("document.css", "document-parts.css"))
    page = html_of(document)
    code = segno.make(f"https://clinic.example/d/{document.code}/", error="m").svg_inline(scale=4)
    start = page.index('<img class="qr"')
    end = page.index(">", start) + 1
    page = page[:start] + f'<div class="qr">{code}</div>' + page[end:]
    pdf: bytes = weasyprint.HTML(string=page.replace("</head>", f"<style>{style}</style></head>")).write_pdf()
    return pdf


def ours(document: SealedDocument) -> bytes:
    """Do what the clinic does."""
    source = Source(name=f"{document.code}.json", text=document.content, sealed_at=document.sealed_at)
    return render_pdf(html_of(document), source=source).pdf


def plain_seal(pdf: bytes) -> bytes:
    """Sign with pyHanko and the same key, and nothing else."""
    out = BytesIO()
    signer = seal_signer()
    sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), PdfSignatureMetadata(field_name="Seal"), signer=signer, output=out)
    return out.getvalue()


def run(rounds: int, *, growth_documents: int = GROWTH_DOCUMENTS) -> list[Row]:
    """Return the rows: medians of `rounds` interleaved rounds, after two that aren't counted."""
    register("bench_form", title="Contraindication checklist")
    warm_up()
    times: dict[str, list[float]] = {"naive": [], "ours": [], "plain": [], "seal": []}
    size = 0
    for number in range(rounds + 2):
        document = a_form(number)
        made: dict[str, bytes] = {}
        for name, work in (
            ("naive", lambda document=document: naive(document)),
            ("ours", lambda document=document: ours(document)),
            ("plain", lambda made=made: plain_seal(made["ours"])),
            ("seal", lambda made=made: sealing.sealed(made["ours"], name="Demo Clinic", reason="Checklist").pdf),
        ):
            spent_ms, made[name] = _timed(work)
            if number > 1:
                times[name].append(spent_ms)
        size = len(made["seal"])
    growth = _growth_mib(growth_documents)
    return [
        _row("sealed form as PDF", times["ours"], times["naive"], 0.88,
             f"{size / 1024:.1f} KB of at most 30; {growth:+.1f} MiB over {growth_documents} documents, of at most 5"),
        _row("sealing it", times["seal"], times["plain"], 1.2, "PAdES B-B, certified, no changes allowed"),
    ]  # fmt: skip


def _timed(work: Callable[[], bytes]) -> tuple[float, bytes]:
    before = time.process_time()
    made = work()
    return 1000 * (time.process_time() - before), made


def _row(name: str, ours_ms: list[float], floor_ms: list[float], target: float, detail: str) -> Row:
    mine, floor = statistics.median(ours_ms), statistics.median(floor_ms)
    return Row(name=name, ours_ms=mine, floor_ms=floor, ratio=mine / floor, target=target, detail=detail)


def _growth_mib(documents: int) -> float:
    """Return by how much this process grew while it rendered so many documents."""
    for number in range(20):
        ours(a_form(number))
    before = _resident_mib()
    for number in range(documents):
        ours(a_form(1_000 + number))
    return _resident_mib() - before


def _resident_mib() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - the kernel's file, not ours
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB


if __name__ == "__main__":
    for row in run(rounds=15):
        figures = f"{row.ours_ms:.0f} / {row.floor_ms:.0f} ms = {row.ratio:.2f} (at most {row.target})"
        print(f"{row.name}: {figures}; {row.detail}")
