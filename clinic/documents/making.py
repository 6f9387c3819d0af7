"""Making the one PDF of a sealed document: render, seal, store, write down its hash."""

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
    made: Rendering | None = Rendering.objects.filter(document=document).first()
    if made is not None:
        return made
    if sha256(document.content) != document.content_sha256:
        raise RenderingError(f"the content of {document.code} doesn't have the hash that was sealed")
    kind = kind_named(document.kind)
    content = content_of(document)
    attached = {key: AttachedFile(**file) for key, file in content.get("files", {}).items()}
    # A label's size was chosen by its text when it was sealed.
    page = Page(content["page"]) if "page" in content else kind.page
    source = Source(name=f"{document.code}.json", text=document.content, sealed_at=document.sealed_at)
    rendered = render_pdf(html_of(document), page=page, attached=attached, source=source)
    seal = sealed(rendered.pdf, name=document.site.name, reason=f"{document.title} {document.code}")
    name = default_storage.save(_random_name(), ContentFile(seal.pdf))
    try:
        rendering = Rendering.add(
            document=document,
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
            after={"code": document.code, "sha256": rendering.sha256, "pages": rendering.pages},
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
