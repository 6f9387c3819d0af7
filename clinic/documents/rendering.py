"""From HTML to PDF: one font configuration and one parsed style sheet per process, and no way out.

A new font configuration per document costs a fifth of the time and leaks; a process per document costs ten
times as much (`bench/documents.py`).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import weasyprint
from weasyprint.text.ffi import harfbuzz_subset
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from clinic.documents.archival import (
    PROFILE,
    VARIANT,
    MetadataError,
    Source,
    attachment_of,
    claim_both,
    colour_profiles,
)
from clinic.documents.fetcher import AttachedFile, OwnAssetsFetcher
from clinic.documents.fonts import font_faces, font_families
from clinic.documents.registry import Page
from clinic.documents.templates import FOLDER

#: Rounding in the layout, in CSS pixels (a fiftieth of a millimetre).
TOLERANCE_PX = 0.1
STYLE_SHEETS: Mapping[Page, tuple[str, ...]] = {
    Page.A4: ("document.css", "document-parts.css", "paper.css"),
    Page.LABEL_50X25: ("label.css", "label-50x25.css"),
    Page.LABEL_38X19: ("label.css", "label-38x19.css"),
    Page.LABEL_SHEET: ("label.css", "label-sheet.css"),
    Page.LABEL_SHEET_LARGE: ("label.css", "label-sheet-large.css"),
}
#: So many pages of a document say their number in their QR; those after them say the document alone.
MOST_NUMBERED = 40

for _chatty in ("weasyprint", "fontTools"):
    logging.getLogger(_chatty).setLevel(logging.ERROR)


class RenderingError(RuntimeError):
    """The document can't be made as it was sealed."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A PDF and its number of pages."""

    pdf: bytes
    pages: int


def render_pdf(
    html: str,
    *,
    page: Page = Page.A4,
    attached: Mapping[str, AttachedFile] | None = None,
    source: Source | None = None,
    numbered: str = "",
) -> Rendered:
    """Render `html` on `page`; `attached` are the files that its snapshot names, `source` is put into the file.

    `numbered` is the code of a document whose pages each say their own number in their QR.

    Raises RenderingError when it asks for anything else, for a file that has changed, or when a label is too
    small for its text.
    """
    try:
        laid_out = weasyprint.HTML(
            string=html, base_url=None, url_fetcher=OwnAssetsFetcher(attached, numbered=numbered)
        ).render(
            font_config=_fonts(),
            stylesheets=[_style_sheet(page), *([_page_codes()] if numbered else [])],
            color_profiles=colour_profiles(),
            pdf_variant=VARIANT,
            output_intent=PROFILE,
        )
        if page is not Page.A4:
            _refuse_what_does_not_fit(laid_out)
        # The profile is given above: an empty name keeps WeasyPrint from opening its own.
        pdf = laid_out.write_pdf(
            finisher=claim_both,
            pdf_variant=VARIANT,
            output_intent="",
            attachments=[attachment_of(source)] if source else [],
        )
    except FatalURLFetchingError as error:
        # WeasyPrint's fatal error is no Exception: left alone it would end the worker.
        raise RenderingError(str(error.__cause__ or error)) from error
    except MetadataError as error:
        raise RenderingError(str(error)) from error
    return Rendered(pdf=pdf, pages=len(laid_out.pages))


def _refuse_what_does_not_fit(laid_out: weasyprint.Document) -> None:
    """Raise RenderingError when a label's text runs out of the label: a label that is cut off is dangerous."""
    for page in laid_out.pages:
        for box in page._page_box.descendants():  # noqa: SLF001 - WeasyPrint offers no other way to the layout
            if box.element is None or "label" not in box.element.get("class", "").split():
                continue
            bottom = max((child.position_y + child.margin_height() for child in box.children), default=0)
            right = max(
                (text.position_x + text.width for text in box.descendants() if hasattr(text, "text")), default=0
            )
            if (
                bottom > box.content_box_y() + box.height + TOLERANCE_PX
                or right > box.content_box_x() + box.width + TOLERANCE_PX
            ):
                raise RenderingError("the text doesn't fit the label; shorten it or take a larger label")


def warm_up() -> None:
    """Load what the first document would wait for; raises RenderingError when a library is missing."""
    if not harfbuzz_subset:
        raise RenderingError("libharfbuzz-subset is not installed: documents would take four times as long")
    for page in Page:
        _style_sheet(page)


def renderer_name() -> str:
    """Return the name and version of what makes the PDF."""
    return f"WeasyPrint {weasyprint.__version__}"


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _style_sheet(page: Page) -> weasyprint.CSS:
    # PDF/A wants pictures drawn from their own pixels; WeasyPrint asks for more unless it is told.
    parts = [font_faces(), f":root {{ font-family: {font_families()} }} img {{ image-rendering: crisp-edges }}"]
    parts += [(FOLDER / name).read_text(encoding="utf-8") for name in STYLE_SHEETS[page]]
    return weasyprint.CSS(string="\n".join(parts), base_url=None, url_fetcher=OwnAssetsFetcher(), font_config=_fonts())


@cache
def _page_codes() -> weasyprint.CSS:
    """Return the rules that give each page its own QR: the number is in the rule, since no style sheet can count it."""
    rule = (FOLDER / "page-code.css").read_text(encoding="utf-8")
    rules = "\n".join(rule.replace("NUMBER", str(number)) for number in range(1, MOST_NUMBERED + 1))
    return weasyprint.CSS(string=rules, base_url=None, url_fetcher=OwnAssetsFetcher(), font_config=_fonts())
