"""Paper as it comes back: photographs and PDFs of printed forms, made by a program."""

import io
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pypdfium2
import segno
from PIL import Image, ImageDraw

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.documents.models import SealedDocument
from clinic.documents.rendering import render_pdf
from clinic.documents.templates import html_of, verification_url
from patients.paper.filing import file_scan
from patients.paper.models import PaperFiling, PaperForm, PaperScan
from patients.paper.services import keep_scan

A4_PX = (1240, 1754)


def photographed(*codes: str, turned: float = 0, seed: int = 0, page: int = 0) -> bytes:
    """Return the JPEG of a sheet with the QR of each code on it, lying a little turned on a grey table.

    `page` is what the QR says besides; 0 is how forms were printed before their pages bore numbers. `seed` makes it
    another file.
    """
    sheet = Image.new("L", A4_PX, 235)
    draw = ImageDraw.Draw(sheet)
    draw.line([(120, 400 + seed), (700, 420 + seed)], fill=40, width=4)
    for place, code in enumerate(codes):
        picture = io.BytesIO()
        segno.make(verification_url(code, page=page), error="m", micro=False).save(
            picture, kind="png", scale=5, border=4
        )
        with Image.open(picture) as qr:
            sheet.paste(qr.convert("L"), (980, 80 + place * 300))
    sheet = sheet.rotate(turned, expand=True, fillcolor=150, resample=Image.Resampling.BICUBIC)
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return out.getvalue()


def printed(document: SealedDocument) -> bytes:
    """Return the PDF of a document as the printer gets it."""
    return render_pdf(html_of(document), numbered=document.code).pdf


def pages_of(pdf: bytes, *, dpi: int = 150) -> list[Image.Image]:
    """Return the pages of `pdf` as a scanner sees them."""
    document = pypdfium2.PdfDocument(pdf)
    return [document[number].render(scale=dpi / 72).to_pil().convert("L") for number in range(len(document))]


def scanned(pages: Sequence[Image.Image]) -> bytes:
    """Return the PDF that a scanner makes of `pages`: pictures and nothing else."""
    out = io.BytesIO()
    first, *rest = pages
    first.save(out, "PDF", save_all=True, append_images=rest, resolution=150)
    return out.getvalue()


def kept(by: Actor, content: bytes, folder: Path, *, name: str = "scan.jpg", at: datetime | None = None) -> PaperScan:
    """Upload `content` as a scan."""
    path = folder / f"{uuid.uuid4().hex}.bin"
    path.write_bytes(content)
    return keep_scan(by=by, path=path, original_name=name, submission_key=uuid.uuid4(), at=at or clock.now())


def returned(by: Actor, form: PaperForm, folder: Path, *, at: datetime | None = None) -> PaperFiling:
    """Photograph the paper of `form`, signed a moment ago, and file it."""
    at = at or clock.now()
    scan = kept(by, photographed(form.code, seed=form.pk % 97), folder, at=at)
    return file_scan(by=by, scan=scan, code=form.code, signed_at=max(form.issued_at, at), at=at)
