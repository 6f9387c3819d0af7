"""The pictures of a scan or of a whole form, and which page of the form each of them is."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from patients.paper.models import PaperFiledPage, PaperFiling, PaperForm, PaperPage, PaperScan
from patients.paper.pages import Basis
from patients.paper.queries import counted_pages


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, and what is said below it; "" where its page isn't known."""

    page: PaperPage
    words: str


@dataclass(frozen=True, slots=True)
class FiledScan:
    """One filing with the pictures of its scan."""

    filing: PaperFiling
    pictures: list[Picture]

    @property
    def words(self) -> str:
        """Which pages it brought; for whoever doesn't see the pictures too."""
        return "; ".join(picture.words for picture in self.pictures if picture.words)


def pictures_of_scan(scan: PaperScan, filing: PaperFiling | None) -> list[Picture]:
    """Return the pictures of `scan`: as they are filed by `filing`, or as their QR codes say; one query."""
    if filing is None:
        return [Picture(page, _page(page.read_page)) for page in scan.pages.all()]
    filed = filing.pages.select_related("picture").order_by("picture__number")
    return [Picture(each.picture, page_in_words(each)) for each in filed]


def filed_scans(form: PaperForm) -> list[FiledScan]:
    """Return what is filed to `form`, the first first; of a page that is here twice the later picture says so."""
    filings = form.filings.standing().select_related("scan", "filed_by").prefetch_related("pages__picture")
    counted = set(counted_pages().filter(filing__form=form).values_list("pk", flat=True))
    seen: set[int] = set()
    shown = []
    for filing in filings:
        pictures = []
        for each in sorted(filing.pages.all(), key=lambda one: one.picture.number):
            again = each.form_page in seen
            pictures.append(Picture(each.picture, page_in_words(each, again=again)))
            seen |= {each.form_page} if each.form_page and each.pk in counted else set()
        shown.append(FiledScan(filing, pictures))
    return shown


def pages_of_form(form: PaperForm) -> list[PaperFiledPage]:
    """Return the pictures filed to `form` in the order of its pages; those that aren't a page of it last; one query.

    Where the page of one isn't known they stand as they were scanned.
    """
    filed = PaperFiledPage.objects.filter(filing__form=form, filing__end=None).select_related("picture")
    pages = list(filed.order_by("picture__scan", "picture__number"))
    if any(each.basis == Basis.UNKNOWN for each in pages):
        return pages
    return sorted(pages, key=lambda each: (each.form_page is None, each.form_page or 0))


def pictures_of_form(form: PaperForm) -> list[Picture]:
    """Return the pictures filed to `form`, each with its page, in the order of `pages_of_form`."""
    return [Picture(each.picture, page_in_words(each)) for each in pages_of_form(form)]


def last_of(pages: Iterable[PaperFiledPage]) -> PaperFiledPage:
    """Return the last page of a form, where the signature stands, of `pages` in the order of `pages_of_form`."""
    return [each for each in pages if each.basis != Basis.EXTRA][-1]


def page_in_words(filed: PaperFiledPage, *, again: bool = False) -> str:
    """Say which page of its form a picture is; "" where that isn't known."""
    if filed.basis == Basis.EXTRA:
        return str(Basis.EXTRA.label)
    told = _page(filed.form_page)
    return _("%(page)s, here already: it doesn't count again") % {"page": told} if again else told


def _page(number: int | None) -> str:
    return _("Page %(number)s") % {"number": number} if number else ""
