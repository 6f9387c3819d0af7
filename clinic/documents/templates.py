"""From a sealed document to its page: the HTML that its template makes of the snapshot."""

import hashlib
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django.conf import settings
from django.template.loader import render_to_string

from clinic.documents.models import SealedDocument
from clinic.documents.registry import Kind, kind_named

FOLDER = Path(settings.BASE_DIR) / "templates" / "documents"


def content_of(document: SealedDocument) -> dict[str, Any]:
    """Return the snapshot as it was sealed."""
    loaded: dict[str, Any] = json.loads(document.content)
    return loaded


def verification_url(code: str, *, page: int = 0) -> str:
    """Return the address that tells whether the document `code` is genuine; with a `page`, which of its pages it is of.

    Whoever opens it gets the same answer for every page; whoever files the paper is told which one it is.
    """
    return f"{settings.BASE_URL}/d/{code}/" + (f"?page={page}" if page else "")


def sealed_time(document: SealedDocument) -> str:
    """Return the sealing time as the paper has it: `22 Nov 2026 22:41:53 CET (UTC+0100)`, in the zone of its site."""
    return paper_time(document, document.sealed_at)


def paper_time(document: SealedDocument, at: datetime) -> str:
    """Return a moment as the paper of `document` has its times.

    A snapshot that was tampered with may name no zone; then it is the one that the site has today.
    """
    try:
        zone = ZoneInfo(content_of(document)["document"]["time_zone"])
    except (ValueError, KeyError, TypeError):
        zone = ZoneInfo(document.site.time_zone)
    return at.astimezone(zone).strftime("%d %b %Y %H:%M:%S %Z (UTC%z)")


def html_of(document: SealedDocument) -> str:
    """Return the document as HTML, made from its snapshot and its seal alone."""
    content, kind = content_of(document), kind_named(document.kind)
    return render_to_string(
        kind.template,
        {
            "content": content,
            "seal": {
                "code": document.code,
                "spaced_code": f"{document.code[:4]} {document.code[4:]}",
                "title": document.title,
                "sha256": document.content_sha256,
                "sealed_at": sealed_time(document),
                "sealed_by": document.sealed_by_name,
                "version": document.subject_version,
                "form": f"{document.kind} {document.template_version[:8]}",
                "url": verification_url(document.code),
                # The letterhead stands on the first page.
                "qr": qr_png(verification_url(document.code, page=1 if kind.numbered else 0)),
            },
        },
    )


def qr_png(text: str, *, error: str = "m") -> str:
    """Return a QR code of `text` as a `data:` address of a PNG; the quiet zone is the page's to keep."""
    return segno.make(text, error=error, micro=False).png_data_uri(scale=4, border=0)


@cache
def template_version(kind: Kind) -> str:
    """Return a name for the present form of the documents' templates and style sheets: a hash of them all."""
    digest = hashlib.sha256(kind.template.encode())
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + b"\n" + path.read_bytes())
    return digest.hexdigest()[:16]
