"""Documents on paper: what belongs together stands on one page, and each page says whose it is."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from clinic.canonical import canonical, sha256
from clinic.documents.models import SealedDocument
from clinic.documents.registry import register
from clinic.documents.rendering import render_pdf
from clinic.documents.snapshots import fields, follows, paragraphs, patient_identity, statements, table, verdict
from clinic.documents.templates import html_of
from tests.clinic.documents.conftest import AT

SIGNATURES = "Name and role"
QUESTION = "Has the patient ever reacted to a component, a local anaesthetic, an antiseptic, latex or a metal?"
SIGNATURE = {
    "name": "Nora Demo", "role": "Operator", "registration_number": "RN 1", "meaning": "assessed the patient today",
    "reason": "", "signed_at": "02 Mar 2026 09:00:00 CET (UTC+0100)", "method": "password", "sha256": "ab" * 32,
}  # fmt: skip


def pages_of(content: dict[str, Any], *, template: str = "documents/generic.html") -> list[str]:
    """Return the text of each page that a document with `content` has, on one line."""
    register(f"test {template}", title="Test form", template=template)
    text = canonical(
        {
            "patient": patient_identity(name="Alma Demo-Łódźka", birth_date="4 May 1986", record_number="N-000123"),
            "signatures": [SIGNATURE],
            "document": {"site": "Site North", "address": "", "time_zone": "Europe/Berlin"},
            **content,
        }
    )
    document = SealedDocument(
        code="K7P2QX4M", kind=f"test {template}", title="Test form", content=text, content_sha256=sha256(text),
        sealed_at=AT, sealed_by_name="Nora Demo",
    )  # fmt: skip
    pages = PdfReader(BytesIO(render_pdf(html_of(document)).pdf)).pages
    return [" ".join(page.extract_text().split()) for page in pages]


def checklist(questions: int, *, clearance: bool = False) -> dict[str, Any]:
    """Return the snapshot of a checklist with so many questions answered, as it was sealed from the beginning."""
    return {
        "checklist": {"title": "Before every session", "version": 2},
        "formulation": "A Revitalising v1",
        "day": "2 Mar 2026",
        "outcome": {"label": "Proceed", "mark": "ok"},
        "reasons": [],
        "formulations": [{"label": "A Revitalising v1", "outcome": "Proceed", "mark": "ok"}],
        "items": [
            {
                "number": number, "code": f"CI-{number:02}", "question": QUESTION, "answer": "No", "more": "",
                "detail": "", "answered_by": "Nora Demo", "answered_at": f"2 Mar 2026, 08:{number:02}",
                "previous": "26 Jan 2026: No", "outcome": "Proceed", "mark": "ok", "words": [], "rules": [],
            }
            for number in range(1, questions + 1)
        ],
        "unasked": [],
        "clearances": [
            {"about": "Anticoagulant", "granted": "granted", "prescriber": "Iris Demo", "scope": "Go on", "valid": "–"}
        ]
        if clearance
        else [],
    }  # fmt: skip


def signed_with(pages: Iterable[str]) -> str:
    """Return the page with the signatures, the only one."""
    (page,) = (page for page in pages if SIGNATURES in page)
    return page


@pytest.mark.parametrize("questions", [6, 13])
def test_a_checklist_of_thirteen_long_questions_is_one_page(questions: int) -> None:
    assert len(pages_of(checklist(questions), template="documents/checklist.html")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("questions", range(14, 36))
def test_the_signatures_of_a_checklist_stand_with_the_verdict_and_the_formulations(questions: int) -> None:
    pages = pages_of(checklist(questions), template="documents/checklist.html")
    page = signed_with(pages)
    assert "under “Proceed”, A Revitalising v1" in page
    assert "Formulations" in page
    assert "Sealed 02 Mar 2026" in page, "nor does the seal stand alone"
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in text
        assert all(known in text for known in ("Alma Demo-Łódźka", "4 May 1986", "N-000123")), "whose it is"


@pytest.mark.slow
@pytest.mark.parametrize("rows", range(24, 50))
def test_signatures_never_stand_alone_nor_does_a_heading(rows: int) -> None:
    answers = [[f"Row {number}", "No"] for number in range(rows)]
    sections = [verdict("Do not treat", mark="stop"), table("Answers", ["Question", "Answer"], answers)]
    page = signed_with(pages_of({"sections": sections}))
    assert "under “Do not treat”" in page
    assert f"Row {rows - 1}" in page
    with_note = pages_of({"sections": [*sections, paragraphs("The note", ["As it was said."])]})
    assert [page for page in with_note if "The note" in page] == [page for page in with_note if "As it was" in page]


def test_what_came_up_later_is_no_verdict_to_sign_under() -> None:
    sections = [verdict("Since the last injection", mark="note"), fields("Session", [("Phase", "Loading")])]
    (page,) = pages_of({"sections": sections})
    assert page.count("Since the last injection") == 1


@pytest.mark.parametrize("lines", range(30, 62, 3))
def test_what_a_patient_confirms_stands_on_the_page_that_is_signed(lines: int) -> None:
    said = [f"I understand statement {number}." for number in range(1, 5)]
    sections = [
        paragraphs("Consent v1", ["\n".join(f"Line {number} of the script." for number in range(lines))]),
        statements("Confirmed one by one", said),
        follows(fields("Photographs", [("For the record", "Yes"), ("For teaching", "No")])),
        follows(fields("Signed by hand", [("Name", "Alma Demo"), ("Before", "Nora Demo")])),
    ]
    page = signed_with(pages_of({"sections": sections}))
    assert all(statement in page for statement in said)
    assert "For the record" in page
    assert "Before Nora Demo" in page
