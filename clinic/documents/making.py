"""Making the PDF of a sealed document: render, seal, store, write down its hash."""

import logging
import secrets
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from clinic.accounts.actors import service_actor
from clinic.canonical import sha256
from clinic.documents.archival import Source
from clinic.documents.fetcher import AttachedFile
from clinic.documents.models import Rendering, SealedDocument
from clinic.documents.registry import Page, kind_named
from clinic.documents.rendering import RenderingError, render_pdf, renderer_name
from clinic.documents.sealing import sealed
from clinic.documents.templates import content_of, html_of, template_version
from clinic.documents.verify import is_lost
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work

logger = logging.getLogger(__name__)


@unit_of_work
def make_rendering(*, document: SealedDocument, at: datetime) -> Rendering:
    """Return the document's rendering, making it when there is none yet.

    The file is stored before the row that names it, so no row is ever without its file; a file whose row was
    not written is removed, or found by `bin/manage verify_documents`. Raises RenderingError when the content
    isn't what was sealed, or asks for what it may not have.
    """
    return document.rendering or _made(document, at=at, replaces=None)


@unit_of_work
def make_again(*, document: SealedDocument, at: datetime) -> Rendering:
    """Return the document's rendering, made anew from the snapshot where the file store has lost the last one.

    The lost one stays on record with its hash. Raises RenderingError as `make_rendering` does.
    """
    # Of two that make it at once the second one finds the first one's.
    SealedDocument.objects.select_for_update(no_key=True).get(pk=document.pk)
    last = document.rendering
    return last if last is not None and not is_lost(last) else _made(document, at=at, replaces=last)


def _made(document: SealedDocument, *, at: datetime, replaces: Rendering | None) -> Rendering:
    if sha256(document.content) != document.content_sha256:
        raise RenderingError(f"the content of {document.code} doesn't have the hash that was sealed")
    kind = kind_named(document.kind)
    content = content_of(document)
    attached = {key: AttachedFile(**file) for key, file in content.get("files", {}).items()}
    # A label's size was chosen by its text when it was sealed.
    page = Page(content["page"]) if "page" in content else kind.page
    source = Source(name=f"{document.code}.json", text=document.content, sealed_at=document.sealed_at)
    numbered = document.code if kind.numbered else ""
    rendered = render_pdf(html_of(document), page=page, attached=attached, source=source, numbered=numbered)
    seal = sealed(rendered.pdf, name=document.site.name, reason=f"{document.title} {document.code}")
    name = default_storage.save(_random_name(), ContentFile(seal.pdf))
    try:
        rendering = Rendering.add(
            document=document,
            replaces=replaces,
            file=name,
            sha256=sha256(seal.pdf),
            bytes=len(seal.pdf),
            pages=rendered.pages,
            rendered_at=at,
            renderer=f"{renderer_name()}; {seal.made_with}; template {template_version(kind)}",
            signed=True,
        )
        record(
            by=service_actor(document.site),
            action=Action.CREATE,
            subject=rendering,
            patient=document.patient_id,
            after={
                "code": document.code,
                "sha256": rendering.sha256,
                "pages": rendering.pages,
                **({"instead_of": replaces.sha256} if replaces else {}),
            },
            reason="The file store has lost the one made before." if replaces else "",
            at=at,
        )
    except BaseException:
        default_storage.delete(name)
        raise
    return rendering


def _random_name() -> str:
    # Two levels of folders keep each of them small; the name says nothing about whose document it is.
    name = secrets.token_hex(16)
    return f"documents/{name[:2]}/{name[2:]}.pdf"
