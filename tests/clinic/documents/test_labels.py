"""Labels of vials: everything that matters is on them, large enough, and nothing is cut off."""

import subprocess
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.accounts.actors import Actor
from clinic.documents.labels import TEMPLATE, Type, VialLabel, fits, labels
from clinic.documents.making import make_rendering
from clinic.documents.registry import Page, register
from clinic.documents.rendering import RenderingError, render_pdf
from clinic.documents.services import seal
from clinic.errors import Refused
from patients.registry.models import Patient

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LABEL = VialLabel(
    formulation="F1 Biotin-panthenol",
    version="3",
    actives="biotin 2.5 mg/mL, panthenol 50 mg/mL",
    volume="5.00 mL",
    route="INTRADERMAL SCALP",
    preparation="PREP-20260302-003",
    vial="vial 1/4",
    prepared="Prep 2 Mar 2026 13:40 ND",
    checked="checked IK",
    use_before="3 Mar 2026 13:40",
    storage="2–8 °C, protect from light",
    patient="A.D. N-000123",
    warnings="Discard if cloudy.",
    code="K7P-2QX",
    opaque_id="V:9F3K7P2QXM",
)
#: Little enough for the label of a small vial.
SHORT = replace(
    LABEL, formulation="F1 Biotin", actives="biotin 5 mg/mL", storage="Room temperature", checked="", patient="",
    prepared="Prep. 2 Mar 13:40 ND", warnings="",
)  # fmt: skip
SIZES = {
    Page.LABEL_50X25: (50, 25),
    Page.LABEL_38X19: (38, 19),
    Page.LABEL_SHEET: (210, 297),
    Page.LABEL_SHEET_LARGE: (210, 297),
}
SHEETS = {Page.LABEL_SHEET, Page.LABEL_SHEET_LARGE}
TEXTS: Mapping[Page, VialLabel] = {
    Page.LABEL_38X19: SHORT,
    Page.LABEL_50X25: SHORT,
    Page.LABEL_SHEET: replace(SHORT, warnings="Discard if cloudy."),
    Page.LABEL_SHEET_LARGE: LABEL,
}


def print_labels(by: Actor, subject: Patient, size: Page, content: dict[str, Any]) -> bytes:
    """Seal and render labels; return the PDF."""
    register(f"test_{size}", title="Vial labels", template=TEMPLATE, page=size)
    document = seal(by=by, kind=f"test_{size}", subject=subject, content=content, at=AT)
    with make_rendering(document=document, at=AT).file.open("rb") as file:
        pdf: bytes = file.read()
    return pdf


def read(command: list[str], pdf: bytes) -> str:
    """Return what a tool of poppler says of the PDF, on one line."""
    return " ".join(subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode().split())


@pytest.mark.django_db
@pytest.mark.parametrize("size", SIZES)
def test_a_label_says_what_it_must(size: Page, operator: Actor, patient: Patient) -> None:
    label = TEXTS[size]
    content = labels([label, replace(label, vial="vial 2/4")], preferred=size)
    assert content["page"] == size
    pdf = print_labels(operator, patient, size, content)
    text = read(["pdftotext", "-raw", "-", "-"], pdf)
    left_out = {"actives", "prepared", "checked", "warnings"} if size is Page.LABEL_38X19 else set()
    for field in fields(label):
        if field.name in left_out | {"opaque_id"}:
            continue
        assert getattr(label, field.name) in text, field.name
    assert "USE BEFORE" in text
    assert "vial 2/4" in text
    width, height = SIZES[size]
    info = read(["pdfinfo", "-"], pdf)
    points = f"Page size: {width * 72 / 25.4:.5g} x {height * 72 / 25.4:.5g} pts"
    assert points[:14] in info
    assert f"Pages: {1 if size in SHEETS else 2}" in info


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("size", "use_pt"),
    [(Page.LABEL_38X19, 7.5), (Page.LABEL_50X25, 11), (Page.LABEL_SHEET, 12), (Page.LABEL_SHEET_LARGE, 14)],
)
def test_no_letter_is_smaller_than_six_points_and_the_time_is_the_largest(
    size: Page, use_pt: float, operator: Actor, patient: Patient
) -> None:
    pdf = print_labels(operator, patient, size, labels([TEXTS[size]], preferred=size))
    boxes = read(["pdftotext", "-bbox", "-", "-"], pdf)
    heights = [
        (
            float(word.split('yMax="')[1].split('"')[0]) - float(word.split('yMin="')[1].split('"')[0]),
            word.split(">")[1].split("<")[0],
        )
        for word in boxes.split("<word ")[1:]
    ]
    # A word's box is as tall as its font's ascent and descent: 1.21 em for this typeface.
    assert min(heights)[0] >= 6 * 1.2
    time = [height for height, word in heights if word == "Mar"]
    assert max(time) >= use_pt * 1.2
    assert max(time) == max(heights)[0]


@pytest.mark.django_db
def test_the_qr_holds_the_opaque_id_and_no_address_or_name(
    operator: Actor, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clinic.documents import templates
    from clinic.templatetags import document_parts

    drawn: list[str] = []

    def note(text: str, **kwargs: Any) -> str:
        drawn.append(text)
        return templates.qr_png(text, **kwargs)

    monkeypatch.setattr(document_parts, "qr_png", note)
    print_labels(operator, patient, Page.LABEL_50X25, labels([SHORT]))
    assert drawn == ["V:9F3K7P2QXM"]


@pytest.mark.django_db
def test_a_sheet_of_thirty_one_goes_on_to_a_second_page(operator: Actor, patient: Patient) -> None:
    many = [replace(SHORT, vial=f"vial {number}/31") for number in range(1, 32)]
    pdf = print_labels(operator, patient, Page.LABEL_SHEET, labels(many, preferred=Page.LABEL_SHEET))
    assert "Pages: 2" in read(["pdfinfo", "-"], pdf)
    assert "vial 31/31" in read(["pdftotext", "-raw", "-f", "2", "-", "-"], pdf)
    assert "vial 30/31" in read(["pdftotext", "-raw", "-l", "1", "-", "-"], pdf)


@pytest.mark.django_db
@pytest.mark.parametrize("size", SIZES)
def test_a_code_of_wide_letters_is_broken_in_the_middle_where_it_must(
    size: Page, operator: Actor, patient: Patient
) -> None:
    content = labels([replace(TEXTS[size], code="MWM-WMW")], preferred=size, clinic=operator.site.code)
    text = read(["pdftotext", "-raw", "-", "-"], print_labels(operator, patient, Page(content["page"]), content))
    assert "MWM-WMW" in text.replace("- ", "-")


@pytest.mark.django_db
@pytest.mark.parametrize("size", SIZES)
def test_no_line_begins_with_the_sign_between_two_texts(size: Page, operator: Actor, patient: Patient) -> None:
    for route in ("INTRADERMAL SCALP", "INTRADERMAL, INTO THE SCALP", "SCALP"):
        label = replace(TEXTS[size], route=route, warnings="Single patient. Discard if cloudy.")
        content = labels([label], preferred=size, clinic="Site North")
        pdf = print_labels(operator, patient, Page(content["page"]), content)
        boxes = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout
        lines = [line.strip() for line in boxes.decode().splitlines()]
        assert any("·" in line for line in lines)
        assert not [line for line in lines if line.startswith("·")]


def test_dense_text_goes_on_a_larger_label_rather_than_to_small_type() -> None:
    longer = replace(LABEL, warnings="Discard if cloudy or if particles are seen. Never into a vein. Keep upright.")
    assert labels([SHORT], preferred=Page.LABEL_38X19)["page"] == "label-38x19"
    assert labels([SHORT])["page"] == "label-50x25"
    for dense in (LABEL, longer):
        content = labels([SHORT, dense])
        assert content["page"] == "label-sheet-large"
        assert float(content["type"]["text"]) >= 7
        assert float(content["type"]["use"]) >= 14


@pytest.mark.django_db
@pytest.mark.parametrize("size", [Page.LABEL_38X19, Page.LABEL_50X25, Page.LABEL_SHEET])
def test_a_label_sealed_before_type_was_chosen_is_printed_in_the_type_it_was_found_to_fit(
    size: Page, operator: Actor, patient: Patient
) -> None:
    earlier = replace(LABEL, code="K7P2QX")
    pdf = print_labels(operator, patient, size, {"labels": [asdict(earlier)], "page": size.value})
    assert LABEL.use_before in read(["pdftotext", "-raw", "-", "-"], pdf)


@pytest.mark.django_db
def test_amounts_that_never_break_are_counted_so(operator: Actor, patient: Patient) -> None:
    """With two amounts on its second line this label is one line too long, though its letters alone would fit."""
    tight = replace(
        LABEL, formulation="A Revitalising", version="1", volume="6.20 mL", preparation="PREP-20261122-001",
        actives="per mL: 400 µL Dexpanthenol 250 mg/mL, 200 µL Biotin 5 mg/mL", vial="vial 1/1", checked="",
        prepared="Prep. 22 Nov 21:12 CD", use_before="23 Nov 2026 21:08", patient="",
        warnings="Intradermal scalp only. Single patient.",
    )  # fmt: skip
    content = labels([tight])
    text = read(["pdftotext", "-raw", "-", "-"], print_labels(operator, patient, Page(content["page"]), content))
    assert "Single patient." in text


@pytest.mark.django_db
@pytest.mark.parametrize("size", [Page.LABEL_50X25, Page.LABEL_SHEET_LARGE])
def test_no_line_ends_with_the_amount_of_what_stands_on_the_next(size: Page, operator: Actor, patient: Patient) -> None:
    parts = [
        "500 µL\u00a0Hyaluronic acid, not cross-linked 10 mg/mL", "200 µL\u00a0Dexpanthenol 250 mg/mL",
        "100 µL\u00a0Lidocaine hydrochloride 20 mg/mL",
    ]  # fmt: skip
    content = labels([replace(LABEL, actives=f"per mL: {'; '.join(parts)}", checked="", patient="")], preferred=size)
    pdf = print_labels(operator, patient, Page(content["page"]), content)
    printed = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    assert "Dexpanthenol" in printed
    assert [line for line in printed.splitlines() if line.rstrip().endswith(("µL", "200", "100", "500"))] == []


def test_what_no_label_holds_is_said_to_stand_in_the_record() -> None:
    content = labels([replace(LABEL, warnings="Keep cold, dark and upright. " * 20)])
    assert content["labels"][0]["warnings"] == "see the preparation record"
    assert content["labels"][0]["use_before"] == LABEL.use_before


def test_a_name_that_no_label_holds_is_refused_with_a_way_out() -> None:
    with pytest.raises(Refused, match="Shorten the formulation's name"):
        labels([replace(LABEL, formulation="Biotin and panthenol " * 20)])


@pytest.mark.django_db
@pytest.mark.parametrize(("field", "text"), [("storage", "WWWWWW WWWWWW " * 30), ("vial", "vial" + "1" * 60)])
@pytest.mark.parametrize("size", SIZES)
def test_a_label_that_would_run_over_is_never_printed(
    size: Page, field: str, text: str, operator: Actor, patient: Patient
) -> None:
    content = labels([TEXTS[size]], preferred=size)
    with pytest.raises(RenderingError, match="doesn't fit the label"):
        print_labels(operator, patient, size, {**content, "labels": [{**content["labels"][0], field: text}]})


#: Letters that names and substances have, and the widest of each script; marks that stand on other letters.
LETTERS = "@WMmæŒǱïlı.,/()%&–—-µ±°·0193 aąĚłØ ЖЩЊїѸ ΜΏφ ỮỘ\u0301\u0308\u0323 "
typed = st.text(alphabet=LETTERS, min_size=1, max_size=80).map(lambda text: " ".join(text.split())).filter(bool)
#: Letters that the system's fonts have, or none has: Thai, Arabic, Hebrew, Chinese, Hindi, Burmese.
elsewhere = st.text(alphabet="กำ้ عبدﷺ של 日本 क्षि မြန်ဪ W", min_size=1, max_size=30).map(str.strip).filter(bool)
amounts = st.lists(
    st.tuples(
        st.integers(1, 999_999),
        st.sampled_from(
            ["µL Dexpanthenol", "µL\u00a0Biotin", "mg/mL, protected", "°C and W", "WWWWWWWWWWWW", "@" * 30]
        ),
    ),
    min_size=1,
    max_size=6,
).map(lambda pairs: "per mL: " + ", ".join(f"{number} {unit} 250 mg/mL" for number, unit in pairs))
texts = typed | amounts | elsewhere


def render(content: dict[str, Any]) -> None:
    """Lay the labels out; raises RenderingError when one runs over."""
    seal_shown = {"title": "t", "code": "c"}
    html = render_to_string(TEMPLATE, {"content": {**content, "document": {"site_code": "N"}}, "seal": seal_shown})
    render_pdf(html, page=Page(content["page"]))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(name=typed | elsewhere, storage=texts, warnings=texts, actives=texts, patient=typed)
def test_whatever_is_sealed_can_be_printed(name: str, storage: str, warnings: str, actives: str, patient: str) -> None:
    label = replace(
        LABEL, formulation=name, storage=storage[:40], warnings=warnings, actives=actives, patient=patient[:20]
    )
    try:
        content = labels([label], clinic="N")
    except Refused:
        return
    render(content)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_counts_as_fitting_is_printed_in_whole(size: Page, data: st.DataObject) -> None:
    """Even in the widest letters, the count made before sealing never lets a label through that runs over."""
    sizes = Type(6, 7.5) if size is Page.LABEL_38X19 else Type(6.5, 11)
    short = st.text(alphabet=LETTERS, max_size=25).map(str.strip)
    label = replace(
        SHORT,
        formulation=data.draw(short),
        storage=data.draw(short),
        warnings=data.draw(short),
        actives=data.draw(texts),
    )
    if not fits(label, size, sizes, clinic="N"):
        return
    render(
        {"labels": [asdict(label)], "page": size, "type": {"text": f"{sizes.text_pt:g}", "use": f"{sizes.use_pt:g}"}}
    )
