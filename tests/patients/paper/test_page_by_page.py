"""A form of three pages comes back page by page: each counts once, and what is missing has its number."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Value
from PIL import Image

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.documents.making import make_rendering
from clinic.errors import Refused
from clinic.trail.models import TrailEvent
from clinic.worklist.registry import work_for
from patients.paper.filing import file_scan, take_back
from patients.paper.models import PaperFiledPage, PaperFiling, PaperForm, PaperKind, PaperScan
from patients.paper.pages import Basis
from patients.paper.pictures import filed_scans, last_of, pages_of_form
from patients.paper.queries import forms_of_day, missing_before, pages_back, rows_of
from patients.paper.services import end_form
from patients.paper.standing import Standing
from tests.patients.paper.forms import Blank, entered, of_pages, stands
from tests.patients.paper.scans import kept, photographed, scanned
from tests.protocols.builders import approved, draft_consent

File = Callable[..., PaperFiling]


@pytest.fixture
def form(blank: Blank) -> PaperForm:
    """A blank consent of three pages."""
    return of_pages(blank(PaperKind.CONSENT), 3)


@pytest.fixture
def file(form: PaperForm, desk: Actor, tmp_path: Path) -> File:
    """Return a function that photographs a page of the form and files it; by its typed code for page 0."""
    made: list[PaperScan] = []

    def file_it(page: int = 0, *, said: dict[int, int] | None = None) -> PaperFiling:
        codes = [form.code] if page else []
        made.append(kept(desk, photographed(*codes, page=page, seed=len(made)), tmp_path))
        at = clock.now()
        return file_scan(by=desk, scan=made[-1], code=form.code, signed_at=at, at=at, pages=said)

    return file_it


def missing(form: PaperForm) -> str:
    """Return what the day's list says of the form's pages."""
    (row,) = rows_of(forms_of_day(form.site, form.printed_on), form.printed_on)
    return row.label


def filed(filing: PaperFiling) -> list[tuple[int | None, str]]:
    """Return which page each picture is filed as."""
    return [(each.form_page, each.basis) for each in filing.pages.order_by("picture__number")]


class TestCounting:
    """Distinct pages count."""

    def test_one_page_three_times_isnt_the_form(self, form: PaperForm, file: File) -> None:
        for _time in range(3):
            file(1)
        assert stands(form) is Standing.PART
        assert missing(form) == "Pages missing: 2, 3"
        assert list(missing_before(form.site, form.printed_on + timedelta(days=1))) == [form]
        said = [[picture.words for picture in each.pictures] for each in filed_scans(form)]
        assert said == [["Page 1"], *[["Page 1, here already: it doesn't count again"]] * 2]

    def test_in_any_order_it_is_whole_with_the_last(self, form: PaperForm, file: File) -> None:
        file(3)
        assert missing(form) == "Pages missing: 1, 2"
        file(1)
        assert missing(form) == "Page missing: 2"
        file(2)
        assert stands(form) is Standing.RETURNED
        assert missing(form) == "Returned"
        assert list(missing_before(form.site, form.printed_on + timedelta(days=1))) == []

    def test_a_page_taken_back_is_missing_again(self, form: PaperForm, file: File, desk: Actor) -> None:
        file(1)
        second = file(2)
        take_back(by=desk, filing=second, reason="Blurred.", at=clock.now())
        assert missing(form) == "Pages missing: 2, 3"

    def test_what_turned_up_after_all_is_counted_from_then(self, form: PaperForm, file: File, desk: Actor) -> None:
        file(1)
        end_form(by=desk, form=form, reason="The others are lost.", at=clock.now())
        file(2)
        assert missing(form) == "Pages missing: 1, 3"

    def test_a_page_that_the_form_hasnt_counts_for_nothing(self, form: PaperForm, file: File) -> None:
        for page in (1, 2, 7):
            file(page)
        assert missing(form) == "Page missing: 3"
        assert list(missing_before(form.site, form.printed_on + timedelta(days=1))) == [form]

    def test_forms_printed_before_count_as_they_did(self, form: PaperForm, desk: Actor, tmp_path: Path) -> None:
        told = []
        for time in range(3):
            scan = kept(desk, photographed(form.code, seed=time), tmp_path)
            filing = file_scan(by=desk, scan=scan, code=form.code, signed_at=clock.now(), at=clock.now())
            assert filed(filing) == [(None, Basis.UNKNOWN)]
            (row,) = rows_of(forms_of_day(form.site, form.printed_on), form.printed_on)
            told.append((row.label, row.pages))
        assert told == [
            ("Pages missing", "1 of 3 pages are back"), ("Pages missing", "2 of 3 pages are back"), ("Returned", ""),
        ]  # fmt: skip

    @pytest.mark.parametrize("pages", [(1,), (1, 1, 2), (3, 2, 1), (7,), ()])
    def test_the_database_counts_as_the_rule_does(self, form: PaperForm, file: File, pages: Iterable[int]) -> None:
        for page in pages:
            file(page)
        forms = PaperForm.objects.filter(pk=form.pk).alias(printed=Value(3))
        (row,) = forms.annotate(back=pages_back("printed"))
        assert (row.back or 0) == len({page for page in pages if page <= 3})

    def test_the_trail_says_which_pages_were_filed(self, file: File) -> None:
        filing = file(2)
        event = TrailEvent.objects.get(object_type="patients.PaperFiling", object_id=str(filing.pk))
        assert json.loads(event.body)["after"]["form_pages"] == ["2 (read)"]


class TestSaid:
    """A page whose QR can't be read is named by whoever files it."""

    def test_it_is_asked_for(self, form: PaperForm, file: File) -> None:
        with pytest.raises(Refused, match="its number stands at its foot, from 1 to 3") as refused:
            file()
        assert refused.value.field == "page_1"
        assert filed(file(said={1: 2})) == [(2, Basis.SAID)]
        assert missing(form) == "Pages missing: 1, 3"

    @pytest.mark.parametrize("page", [-1, 4, 99])
    def test_a_page_that_the_form_hasnt_is_refused(self, file: File, page: int) -> None:
        with pytest.raises(Refused, match="from 1 to 3"):
            file(said={1: page})

    def test_what_the_qr_says_is_not_for_anybody_to_say(self, file: File) -> None:
        assert filed(file(3, said={1: 2})) == [(3, Basis.READ)]

    def test_the_back_of_a_sheet_counts_for_nothing(self, form: PaperForm, desk: Actor, tmp_path: Path) -> None:
        """A scanner of both sides: page 1, its empty back, and a page whose QR is spoiled."""
        sheets = [sheet_of(form.code, page=1), sheet_of(), sheet_of(seed=9)]
        scan = kept(desk, scanned(sheets), tmp_path, name="scan.pdf")
        at = clock.now()
        with pytest.raises(Refused) as refused:
            file_scan(by=desk, scan=scan, code=form.code, signed_at=at, at=at, pages={2: 0})
        assert refused.value.field == "page_3"
        filing = file_scan(by=desk, scan=scan, code=form.code, signed_at=at, at=at, pages={2: 0, 3: 2})
        assert filed(filing) == [(1, Basis.READ), (None, Basis.EXTRA), (2, Basis.SAID)]
        assert missing(form) == "Page missing: 3"

    def test_a_scan_without_any_page_of_the_form_isnt_filed(self, form: PaperForm, desk: Actor, tmp_path: Path) -> None:
        scan = kept(desk, scanned([sheet_of(), sheet_of(seed=9)]), tmp_path, name="scan.pdf")
        with pytest.raises(Refused, match="no page of the form"):
            file_scan(by=desk, scan=scan, code=form.code, signed_at=clock.now(), at=clock.now(), pages={1: 0, 2: 0})


class TestDatabase:
    """What the tables themselves refuse."""

    @pytest.mark.parametrize(
        ("page", "basis"),
        [(2, Basis.READ), (2, Basis.SAID), (None, Basis.UNKNOWN), (None, Basis.EXTRA), (None, Basis.READ)],
    )
    def test_a_picture_is_filed_as_what_its_qr_says(
        self, file: File, form: PaperForm, desk: Actor, page: int | None, basis: Basis
    ) -> None:
        filing = file(1)
        take_back(by=desk, filing=filing, reason="Signed later.", at=clock.now())
        again = PaperFiling.add(
            scan=filing.scan, round=2, form=form, by_hand=False, signed_at=filing.signed_at, filed_at=clock.now(),
            filed_by=desk.user,
        )  # fmt: skip
        with pytest.raises(IntegrityError, match="filed as what its QR says"), transaction.atomic():
            PaperFiledPage.add(filing=again, picture=filing.scan.pages.get(), form_page=page, basis=basis)

    def test_a_picture_of_another_scan_is_refused(self, file: File) -> None:
        one, other = file(1), file(2)
        with pytest.raises(IntegrityError, match="of another scan"), transaction.atomic():
            PaperFiledPage.add(filing=one, picture=other.scan.pages.get(), form_page=2, basis=Basis.READ)


class TestConsent:
    """What is entered shows the pages in the order of the form."""

    def test_the_signature_is_on_the_last_page_whichever_came_last(
        self, form: PaperForm, file: File, operator: Actor
    ) -> None:
        third, first, second = file(3), file(1), file(said={1: 2})
        in_order = [filing.scan.pages.get() for filing in (first, second, third)]
        assert [each.picture for each in pages_of_form(form)] == in_order
        assert last_of(pages_of_form(form)).picture == in_order[-1]
        consent = entered(form, operator)
        assert consent.drawing_sha256 == in_order[-1].sha256
        assert '"page_words":["Page 1","Page 2","Page 3"]' in consent.signature.content


def test_what_waits_says_which_pages_are_missing(form: PaperForm, file: File, desk: Actor, operator: Actor) -> None:
    file(2)
    (today,) = [item for item in work_for(operator, clock.now()) if item.title.startswith("Consent on paper")]
    assert today.detail.endswith("Pages missing: 1, 3")
    tomorrow = clock.now() + timedelta(days=1)
    (late,) = [item for item in work_for(desk, tomorrow) if item.title.startswith("Paper form missing")]
    assert late.detail.endswith("Pages missing: 1, 3")


def test_a_printed_blank_comes_back_page_by_page(blank: Blank, desk: Actor, site: Site, tmp_path: Path) -> None:
    """The PDF that the printer gets, as pdftoppm draws it, photographed page by page."""
    script = approved(draft_consent(site, body="What the treatment is, and what it isn't.\n" * 90))
    form = blank(PaperKind.CONSENT, script_version=script)
    rendering = make_rendering(document=form.document, at=clock.now())
    assert rendering.pages == 3
    program = shutil.which("pdftoppm")
    assert program
    with rendering.file.open("rb") as pdf:
        subprocess.run([program, "-r", "110", "-gray", "-jpeg", "-", str(tmp_path / "sheet")], stdin=pdf, check=True)
    sheets = sorted(tmp_path.glob("sheet*.jpg"))
    told = []
    for sheet in (sheets[0], sheets[0], sheets[2], sheets[1]):
        photograph = BytesIO()
        with Image.open(sheet) as picture:
            picture.rotate(2 - len(told), fillcolor=150).save(photograph, "JPEG")
        scan = kept(desk, photograph.getvalue(), tmp_path, name=sheet.name)
        at = clock.now()
        filing = file_scan(by=desk, scan=scan, code=scan.read_code, signed_at=at, at=at)
        told.append((filed(filing)[0], missing(form)))
    assert told == [
        ((1, Basis.READ), "Pages missing: 2, 3"),
        ((1, Basis.READ), "Pages missing: 2, 3"),
        ((3, Basis.READ), "Page missing: 2"),
        ((2, Basis.READ), "Returned"),
    ]


def sheet_of(*codes: str, page: int = 0, seed: int = 0) -> Image.Image:
    """Return the picture of a sheet."""
    return Image.open(BytesIO(photographed(*codes, page=page, seed=seed)))
