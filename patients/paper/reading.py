"""Take a file as a scan of paper, or say why not: a PDF of a scanner, or a photograph.

Both are untrusted and are decoded by confined processes; what comes back is pixels. Nothing is written anywhere.
"""

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import zxingcpp
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image

from clinic.errors import Refused
from patients.paper.codes import Mark, marks_in, spaced
from patients.paper.limits import LIMITS, MOST_PAGES
from patients.paper.pages import numbers_in_words
from patients.paper.pdf_pages import PdfUnreadable, draw
from patients.photos.ingest import DecoderUnavailable, Reason, Rejected, examine
from patients.photos.limits import MIB

_PDF = b"%PDF-"
#: A scanner may write something before the PDF begins, as the format allows.
_PDF_WITHIN = 1024
_QUALITY = 80
_WHY = {
    "locked": gettext_lazy("This PDF is locked with a password. Save it without one and choose that file."),
    "damaged": gettext_lazy("This PDF is damaged and can't be read. Scan the paper again."),
    "too_many_pages": gettext_lazy("This PDF has more than %(most)s pages. Scan each form by itself."),
    "too_slow": gettext_lazy("This PDF takes too long to read. Scan the paper again at 300 dots per inch, in grey."),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a grey JPEG without anything else in it, and which page of its form its QR says; 0 for none."""

    jpeg: bytes
    width: int
    height: int
    form_page: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What was read of a file: its pages, and the code on them ("" where no QR of ours could be read)."""

    media_type: str
    suffix: str
    bytes: int
    sha256: str
    pages: tuple[Page, ...]
    code: str


def read_scan(path: Path) -> Scan:
    """Return the scan in the file at `path`.

    Raises Refused for a file that is no PDF or photograph, that can't be read or is too large, for one that holds pages
    of two forms, and for a picture that shows two pages at once.
    """
    size = path.stat().st_size
    if not size:
        raise Refused(_("The file is empty. Choose it again."), field="file")
    if size > LIMITS.max_bytes:
        raise Refused(
            _("The file is larger than %(most)s MB. Scan the paper in grey at 300 dots per inch.")
            % {"most": LIMITS.max_bytes // MIB},
            field="file",
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        is_pdf = _PDF in file.read(_PDF_WITHIN)
    media_type, suffix, pictures, texts = _of_pdf(path) if is_pdf else _of_photo(path)
    marks = [marks_in(each) for each in texts]
    codes = list(dict.fromkeys(mark.code for each in marks for mark in each))
    if len(codes) > 1:
        raise Refused(
            _("This file holds pages of several forms: %(codes)s. Scan each form by itself.")
            % {"codes": ", ".join(spaced(code) for code in codes)},
            field="file",
        )
    numbers = [_number(each) for each in marks]
    pages = tuple(_page(picture, number) for picture, number in zip(pictures, numbers, strict=True))
    return Scan(media_type, suffix, size, digest, pages, codes[0] if codes else "")


def _number(marks: Sequence[Mark]) -> int:
    """Return the page that the codes on one picture say."""
    found = sorted({mark.page for mark in marks if mark.page})
    if len(found) > 1:
        raise Refused(
            _("One picture shows pages %(pages)s at once. Scan each page by itself, so that it can be read.")
            % {"pages": numbers_in_words(found)},
            field="file",
        )
    return found[0] if found else 0


def _of_pdf(path: Path) -> tuple[str, str, Iterable[Image.Image], Iterable[Iterable[str]]]:
    try:
        drawn = draw(path)
    except PdfUnreadable as error:
        raise Refused(str(_WHY[error.why]) % {"most": MOST_PAGES}, field="file") from error
    return "application/pdf", "pdf", drawn.pages, drawn.texts


def _of_photo(path: Path) -> tuple[str, str, Iterable[Image.Image], Iterable[Iterable[str]]]:
    try:
        found = examine(path, limits=LIMITS)
    except DecoderUnavailable as error:
        raise Refused(
            _("Scans can't be examined at the moment. There is nothing wrong with this one: try again in a minute.")
        ) from error
    if isinstance(found, Rejected):
        told = _("This is neither a PDF nor a photograph. Choose a PDF, JPEG, HEIC, AVIF, WebP, PNG or TIFF file.")
        raise Refused(told if found.reason is Reason.FORMAT_NOT_ALLOWED else found.message, field="file")
    # The picture that the confined process made: nothing of the file itself is decoded here.
    with Image.open(io.BytesIO(found.derivative(1600).data), formats=("JPEG",)) as picture:
        grey = picture.convert("L")
    texts = [
        code.text
        for code in zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    ]
    return found.mime, str(found.format), (grey,), (texts,)


def _page(picture: Image.Image, number: int) -> Page:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY)
    return Page(out.getvalue(), picture.width, picture.height, number)
