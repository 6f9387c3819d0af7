"""A scan is read: the code of its QR, its pages; or it is refused with what to do."""

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from clinic.accounts.models import Site
from clinic.documents.rendering import render_pdf
from clinic.documents.templates import html_of
from clinic.errors import Refused
from patients.paper.limits import MOST_PAGES, PAGE_SIDE_PX
from patients.paper.models import PaperForm, PaperKind
from patients.paper.reading import Scan, read_scan
from tests.patients.paper.scans import pages_of, photographed, printed, scanned
from tests.protocols.builders import approved, draft_consent

Read = Callable[[bytes], Scan]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads bytes as an uploaded file."""

    def read_bytes(content: bytes) -> Scan:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return read_scan(path)

    return read_bytes


def a_pdf(pages: int, **saved: object) -> bytes:
    """Return a PDF of blank pages."""
    document = pikepdf.new()
    for _number in range(pages):
        document.add_blank_page()
    out = io.BytesIO()
    document.save(out, **saved)  # type: ignore[arg-type]
    return out.getvalue()


class TestPhotographs:
    """A form photographed with a telephone or laid on a flat-bed."""

    @pytest.mark.parametrize("turned", [0, 7, 90, 180, 271])
    def test_the_code_is_read_however_the_sheet_lies(self, read: Read, turned: float) -> None:
        scan = read(photographed("4F7K2M9Q", turned=turned))
        assert scan.code == "4F7K2M9Q"
        assert scan.media_type == "image/jpeg"

    def test_a_sheet_without_a_code_is_a_scan_all_the_same(self, read: Read) -> None:
        scan = read(photographed())
        assert scan.code == ""
        assert len(scan.pages) == 1

    def test_a_page_is_a_grey_picture_without_anything_else(self, read: Read) -> None:
        (page,) = read(photographed("4F7K2M9Q")).pages
        with Image.open(io.BytesIO(page.jpeg)) as picture:
            assert picture.mode == "L"
            assert picture.size == (page.width, page.height)
            assert not picture.getexif()

    def test_the_code_says_the_page(self, read: Read) -> None:
        assert [page.form_page for page in read(photographed("4F7K2M9Q", page=2)).pages] == [2]
        assert [page.form_page for page in read(photographed("4F7K2M9Q")).pages] == [0]

    def test_two_forms_on_one_picture_are_refused(self, read: Read) -> None:
        with pytest.raises(Refused, match="4F7K 2M9Q, 0000 0000"):
            read(photographed("4F7K2M9Q", "00000000"))


class TestPdf:
    """What a scanner sends."""

    @pytest.mark.parametrize("kind", PaperKind)
    def test_the_printed_form_comes_back_by_its_code(
        self, read: Read, blank: Callable[..., PaperForm], kind: PaperKind
    ) -> None:
        form = blank(kind)
        pages = pages_of(printed(form.document))
        scan = read(scanned(pages))
        assert scan.code == form.code
        assert scan.media_type == "application/pdf"
        assert len(scan.pages) == len(pages)
        assert max(scan.pages[0].width, scan.pages[0].height) == PAGE_SIDE_PX

    def test_each_page_of_a_form_bears_the_code_and_its_number(
        self, read: Read, blank: Callable[..., PaperForm], site: Site
    ) -> None:
        script = approved(draft_consent(site, body="What the treatment is, and what it isn't.\n" * 90))
        form = blank(PaperKind.CONSENT, script_version=script)
        pages = pages_of(printed(form.document))
        assert len(pages) > 2
        for number, page in enumerate(pages, start=1):
            scan = read(scanned([page]))
            assert (scan.code, scan.pages[0].form_page) == (form.code, number)
        # However they lie in the scanner, and whatever lies between them.
        back = Image.new("L", pages[0].size, 255)
        assert [page.form_page for page in read(scanned([pages[2], back, pages[0]])).pages] == [3, 0, 1]

    def test_two_pages_on_one_picture_are_refused(self, read: Read, blank: Callable[..., PaperForm]) -> None:
        form = blank(PaperKind.CONSENT)
        first, second = (Image.open(io.BytesIO(photographed(form.code, page=page))) for page in (1, 2))
        both = Image.new("L", (first.width * 2, first.height), 150)
        both.paste(first, (0, 0))
        both.paste(second, (first.width, 0))
        with pytest.raises(Refused, match="pages 1, 2 at once"):
            read(scanned([both]))

    def test_nobody_signs_on_a_sheet_of_its_own(self, blank: Callable[..., PaperForm], site: Site) -> None:
        """Whatever the length of the script, what is confirmed stands on the sheet that is signed."""
        line = "What the treatment is and what it is not."
        form = blank(PaperKind.CONSENT, script_version=approved(draft_consent(site, body=line)))
        html, counted = html_of(form.document), set()
        for lines in range(4, 40, 5):
            pdf = pypdfium2.PdfDocument(
                render_pdf(html.replace(line, "<br>".join([line] * lines)), numbered=form.code).pdf
            )
            texts = [pdf[number].get_textpage().get_text_range() for number in range(len(pdf))]
            (signed,) = [text for text in texts if "Name in capitals" in text]
            assert "Photographs may be taken" in signed
            assert "I understand that the result is judged" in signed
            counted.add(len(texts))
        assert counted == {1, 2}

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (a_pdf(MOST_PAGES + 1), "more than 8 pages"),
            (a_pdf(1, encryption=pikepdf.Encryption(owner="a", user="b")), "password"),
            (a_pdf(2)[:200], "damaged"),
            (b"%PDF-1.7\n%%EOF", "damaged"),
            (b"", "empty"),
            (b"Not a form at all.", "neither a PDF nor a photograph"),
            (b"PK\x03\x04" + b"\x00" * 400, "neither a PDF nor a photograph"),
        ],
        ids=["too many pages", "locked", "cut off", "nothing in it", "empty", "text", "an archive"],
    )
    def test_what_is_no_scan_is_refused_with_what_to_do(self, read: Read, content: bytes, told: str) -> None:
        with pytest.raises(Refused, match=told) as refused:
            read(content)
        assert refused.value.field == "file"

    def test_as_many_pages_as_may_be(self, read: Read) -> None:
        assert len(read(a_pdf(MOST_PAGES)).pages) == MOST_PAGES

    def test_a_page_as_large_as_a_wall_costs_what_a_sheet_does(self, read: Read) -> None:
        document = pikepdf.new()
        document.add_blank_page(page_size=(14_400, 14_400))
        out = io.BytesIO()
        document.save(out)
        (page,) = read(out.getvalue()).pages
        assert (page.width, page.height) == (PAGE_SIDE_PX, PAGE_SIDE_PX)

    def test_pages_that_nest_without_end_are_refused(self, read: Read) -> None:
        endless = (
            b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
            b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>endobj\n"
            b"trailer<</Root 1 0 R>>\n%%EOF"
        )
        with pytest.raises(Refused):
            read(endless)
