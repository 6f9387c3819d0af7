"""A printed table: columns of fair widths, amounts whole, and no word over another however long the words are."""

import subprocess
from dataclasses import dataclass
from datetime import date
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest
from django.template.loader import render_to_string

from audit.weekly.documents import sections
from clinic.components.amounts import unbroken
from clinic.documents.columns import ROOM_MM, columns_of
from clinic.documents.rendering import render_pdf
from clinic.documents.snapshots import fields, table
from clinic.documents.templates import qr_png

LONG = "Poly-deoxyribonucleotide, highly purified, from salmon trout, sterile filtered, 80 letters"
UNSPACED = "Palmitoyltetrapeptidehexapeptideoligopeptidepolydeoxyribonucleotidehyaluronicacid"


@dataclass(frozen=True)
class Word:
    """A word on the page, in points."""

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float


def printed(*sections: dict[str, object]) -> list[Word]:
    """Return the words of these sections as a PDF has them."""
    body = "".join(render_to_string("documents/section.html", {"section": section}) for section in sections)
    pdf = render_pdf(f"<html lang=en><head><title>Test</title></head><body>{body}</body></html>").pdf
    out = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    name = "{http://www.w3.org/1999/xhtml}"
    return [
        Word(word.text or "", number, *(float(word.attrib[side]) for side in ("xMin", "xMax", "yMin", "yMax")))
        for number, page in enumerate(ET.fromstring(out).iter(f"{name}page"))  # noqa: S314 - our own
        for word in page.iter(f"{name}word")
    ]


def overlapping(words: list[Word]) -> list[tuple[str, str]]:
    """Return the pairs of words of which one lies on the other by more than a hair."""
    return [
        (one.text, other.text)
        for one, other in combinations(words, 2)
        if one.page == other.page
        and min(one.right, other.right) - max(one.left, other.left) > 0.5
        and min(one.bottom, other.bottom) - max(one.top, other.top) > 2
    ]


def week_of(ingredient: str, *, several: int = 1, decision: str = "Talked through at the bench") -> dict[str, object]:
    """Return the deviations of a signed week as its document shows them."""
    detail = f"{ingredient} 250 mg/mL: 0.089 mL too much (+7.42 %), tolerance ±5.0 %"
    content = {
        "week": "2026-W47", "site": "Site North", "from": date(2026, 11, 16), "to": date(2026, 11, 22), "note": "",
        "figures": {"preparations": 0, "rejected": 0, "preparers": []},
        "deviations": [
            {
                "finished": "Mon 11:20", "preparation": "PREP-20261116-004", "preparer": "Dino Demo",
                "detail": "; ".join([detail] * several), "reason": "Read the syringe against the light",
                "verdict": "Talked through with the preparer", "text": decision, "decided_by": "Mira Demo",
            }
        ] * 2,
    }  # fmt: skip
    return next(each for each in sections(content) if each["heading"] == "Deviations and decisions")


@pytest.mark.parametrize("ingredient", ["Dexpanthenol", "Lidocaine hydrochloride", LONG, UNSPACED])
@pytest.mark.parametrize("several", [1, 3])
def test_a_weeks_deviations_never_lie_on_its_decisions(ingredient: str, several: int) -> None:
    words = printed(week_of(ingredient, several=several))
    assert overlapping(words) == []
    assert max(word.right for word in words) <= 192 / 25.4 * 72 + 1


def test_an_amount_and_its_unit_stand_on_one_line() -> None:
    words = printed(week_of(LONG, several=4))
    for number, unit in (("0.089", "mL"), ("250", "mg/mL:")):
        pairs = [(one, other) for one, other in pairwise(words) if one.text == number]
        assert len(pairs) == 8
        assert all(other.text == unit and one.top == other.top for one, other in pairs)


def test_a_line_may_end_between_an_ingredient_and_its_amount() -> None:
    assert "Dexpanthenol <span" in unbroken("Dexpanthenol 250 mg/mL: 0.089 mL too much")
    assert ': <span class="nowrap">0.089 mL</span> too' in unbroken("Dexpanthenol 250 mg/mL: 0.089 mL too much")


def test_the_column_with_most_to_say_gets_the_most_room() -> None:
    when, number, deviation, decision = columns_of(week_of("Dexpanthenol", several=2)).widths_mm
    assert deviation > 1.5 * max(decision, number, when)
    assert when < min(decision, number)


def test_the_columns_fill_the_page_and_no_number_of_a_record_is_broken() -> None:
    shown = table(
        "Lots", ["Lot", "Product", "Expires", "Amount"],
        [["PREP-20261116-004", f"{LONG} {LONG}", "22 Nov 2026, 09:41", "0.089 mL"]], numeric=[3], wide=1,
    )  # fmt: skip
    columns = columns_of(shown)
    assert sum(columns.widths_mm) == pytest.approx(ROOM_MM)
    assert not columns.tight
    words = printed(shown)
    assert overlapping(words) == []
    tops = {word.text: word.top for word in words}
    assert tops["22"] == tops["Nov"] == tops["2026,"] == tops["09:41"]
    assert "PREP-20261116-004" in tops


def test_a_table_too_full_for_its_records_numbers_breaks_them_rather_than_overlap() -> None:
    shown = table(
        "Many", [f"Column {number}" for number in range(9)], [["PREP-20261116-004"] * 9], numeric=[2, 3], wide=None
    )
    assert columns_of(shown).tight
    assert overlapping(printed(shown)) == []


def test_a_figure_and_the_words_after_it_stand_apart() -> None:
    words = printed(table("Mixed", ["Number", "What"], [["1234567", LONG]], numeric=[0], wide=1))
    figure = next(word for word in words if word.text == "1234567")
    after = next(word for word in words if word.text == "Poly-deoxyribonucleotide,")
    assert after.left - figure.right >= 2.9 / 25.4 * 72


def test_long_values_of_fields_stay_in_their_column() -> None:
    assert overlapping(printed(fields("About", [(UNSPACED, f"{LONG}: 0.089 mL"), ("Lot", UNSPACED)]))) == []


def test_a_short_table_stands_on_one_page() -> None:
    before = fields("Before", [(f"Line {number}", "said") for number in range(38)])
    short = table("Reconciliation", ["Amount", "mL"], [[f"amount{n}", "1.000"] for n in range(8)], numeric=[1])
    # Wherever the page ends, the table of eight rows is whole.
    for lines in range(30, 42):
        before["fields"] = [{"label": f"Line {number}", "value": "said"} for number in range(lines)]
        pages = {word.page for word in printed(before, short) if word.text.startswith(("amount", "Reconciliation"))}
        assert len(pages) == 1


def test_a_checklist_with_a_clearance_fits_on_one_page() -> None:
    question = "Does the patient take an anticoagulant or antiplatelet medicine, or has one been stopped this week?"
    item = {
        "mark": "ok", "outcome": "In order", "number": 1, "question": question, "detail": "", "words": ["None known."],
        "rules": ["CI-03, rule anticoagulant version 2"], "answer": "No", "previous": "", "more": "",
        "answered_by": "Olga Demo", "answered_at": "29 Nov 2026, 02:41",
    }  # fmt: skip
    cleared = (
        "Cleared by Dr Petra Demo until 28 Feb 2027. Conditions: press two minutes, and look again before leaving."
    )
    unasked = [{"mark": "ok", "outcome": "In order", "words": words, "code": "CI-13"} for words in ("Ludwig I", "45")]
    content = {
        "document": {"site": "Site North", "address": "1 Example Street"},
        "patient": {"name": "Zoë Probandin", "birth_date": "3 Jul 1981", "record_number": "N-00019"},
        "checklist": {"title": "Contraindication checklist", "version": 1}, "day": "29 Nov 2026",
        "formulation": "A Revitalising v1", "outcome": {"mark": "ok", "label": "Proceed"}, "reasons": [],
        "items": [item, item, {**item, "words": [cleared], "more": "Apixaban 5 mg"}, item, item, item],
        "unasked": unasked,
        "formulations": [{"label": name, "outcome": "Proceed"} for name in ("A Revitalising", "B Hydrating")],
        "clearances": [
            {
                "about": "Anticoagulant or antiplatelet", "granted": "granted", "prescriber": "Dr Petra Demo",
                "cleared": "Apixaban 5 mg twice a day", "scope": "Press two minutes",
                "valid": "29 Nov 2026 to 28 Feb 2027",
            }
        ],
        "signatures": [
            {
                "name": "Olga Demo", "role": "Operator", "registration_number": "DEMO-0101", "reason": "",
                "meaning": "assessed the patient today", "signed_at": "29 Nov 2026 02:41:14 CET (UTC+0100)",
                "method": "password", "sha256": "ab" * 32,
            }
        ],
    }  # fmt: skip
    seal = {
        "title": "Contraindication checklist", "code": "4T36TB2B", "spaced_code": "4T36 TB2B", "sha256": "ab" * 32,
        "sealed_at": "29 Nov 2026", "sealed_by": "Olga Demo", "form": "checklist", "url": "http://127.0.0.1/d/4T36TB2B/",
        "qr": qr_png("http://127.0.0.1/d/4T36TB2B/"),
    }  # fmt: skip
    page = render_to_string("documents/checklist.html", {"content": content, "seal": seal})
    assert render_pdf(page).pages == 1


def entries_of(lines: int, *, rows: int = 4) -> dict[str, object]:
    """A section as an extract of the trail has it, with so many lines before and after."""
    said = "Is there an active infection of the scalp today? No, asked twice. " * lines
    return table(
        "Entries, the latest first",
        ["No.", "Recorded", "What", "Before and after", "Hash"],
        [(f"{number}", "29 Nov 2026 12:29:59", "Person changed site", said, "5b901b31fb7d") for number in range(rows)],
        numeric=(0,), wide=3,
    )  # fmt: skip


def test_a_row_that_fills_much_of_a_page_may_break_and_a_short_table_stays_on_one() -> None:
    assert (columns_of(entries_of(1)).tall, columns_of(entries_of(1)).short) == (False, True)
    assert (columns_of(entries_of(1, rows=9)).tall, columns_of(entries_of(1, rows=9)).short) == (False, False)
    assert (columns_of(entries_of(7)).tall, columns_of(entries_of(7)).short) == (False, False)
    assert (columns_of(entries_of(60)).tall, columns_of(entries_of(60)).short) == (True, False)
    assert not columns_of(table("None", ["What"], [])).tall


@pytest.mark.parametrize("rows", [3, 12])
def test_long_entries_leave_no_page_empty(rows: int) -> None:
    words = printed(fields("This extract", [("Entries", str(rows))]), entries_of(60, rows=rows))
    last = max(word.page for word in words)
    assert last > 1
    for page in range(1, last):
        filled = [word for word in words if word.page == page and word.text == "infection"]
        assert len(filled) > 20, f"page {page} of {last}"


@pytest.mark.parametrize("figures", ["3172", "1111", "11-11", "1.111,111"])
def test_a_number_among_tabular_figures_stays_on_one_line(figures: str) -> None:
    """There a 1 is as wide as an 8; within words it is much narrower, and the column would be too narrow by that."""
    numbers = ["8", figures]
    words = printed(
        table(
            "Entries, the latest first", ["No.", "Recorded", "What", "Before and after", "Hash"],
            [[number, "16 Nov 2026 09:41:00", f"{LONG} {LONG}", UNSPACED * 2, "fffcab987edc"] for number in numbers],
            numeric=[0], wide=3,
        )
    )  # fmt: skip
    assert {word.text for word in words} >= set(numbers)
    assert overlapping(words) == []
