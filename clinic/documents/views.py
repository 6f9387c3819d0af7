"""Pages of sealed documents: for staff the whole, for whoever scans a code whether it is genuine."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from clinic.accounts.access import ClinicRequest, access, public
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amending.on_documents import replacement_text, signatures_of
from clinic.canonical import sha256
from clinic.documents.models import Rendering, SealedDocument
from clinic.documents.queries import documents_of, latest_about_the_same, why_ended
from clinic.documents.registry import UnknownKindError, is_own, kind_named, kinds
from clinic.documents.services import read_code
from clinic.documents.showing import sections_of
from clinic.documents.templates import content_of, paper_time, sealed_time
from clinic.documents.verify import verify
from clinic.outbox.queries import was_given_up
from clinic.trail.models import Action
from clinic.trail.unit import record_read
from clinic.web.paging import keyset_page

#: As many letters as a code or a record number can have, with room for spaces between them.
MOST_NAMED = 40
#: Whoever may look at some kind of record may look for its document; the kind then decides.
ANY_VIEWER = (
    Permission.VIEW_DOCUMENTS,
    Permission.VIEW_PATIENTS,
    Permission.VIEW_PREPARATIONS,
    Permission.READ_SESSIONS,
    Permission.VIEW_PROTOCOLS,
    Permission.VIEW_AUDIT,
)


def opened_document(request: ClinicRequest, code: str) -> SealedDocument:
    """Return the site's document with this code; another site's is 404, a kind one may not see is 403."""
    found: SealedDocument = get_object_or_404(
        SealedDocument.objects.filter(site=request.actor.site).prefetch_related("renderings"), code=read_code(code)
    )
    if not may_open_document(request.actor, found):
        raise PermissionDenied(_("Your role doesn't open documents of this kind. Ask the manager if it should."))
    return found


def may_open_document(actor: Actor, document: SealedDocument) -> bool:
    """Whether `actor` may open `document`: by its kind, or since it is about themselves."""
    own = document.sealed_by_id == actor.user.pk and is_own(document.kind)
    return own or _may_open(actor, document.kind)


def _may_open(actor: Actor, kind: str) -> bool:
    try:
        permissions = kind_named(kind).permissions
    except UnknownKindError:
        # A kind that is no longer made: what was sealed stays readable.
        permissions = (Permission.VIEW_DOCUMENTS,)
    return any(actor.may(permission) for permission in permissions)


def _last_first(document: SealedDocument) -> list[Rendering]:
    return sorted(document.renderings.all(), key=lambda each: -each.pk)


def _file_state(document: SealedDocument) -> dict[str, Any]:
    """What the page says of the PDF: the PDF and those lost before it, or whether the worker has given up making it."""
    rendering = document.rendering
    given_up = rendering is None and was_given_up("documents.render", document.code)
    return {"rendering": rendering, "replaced": _last_first(document)[1:], "given_up": given_up}


@access(Permission.VIEW_DOCUMENTS)
@require_safe
def document_list(request: ClinicRequest) -> HttpResponse:
    """The site's documents, the latest first; whose they are for those who may see patients."""
    kind = request.GET.get("kind", "")
    opened = {each.name: each.title for each in kinds() if _may_open(request.actor, each.name)}
    closed = [each.name for each in kinds() if each.name not in opened]
    current = request.GET.get("standing", "") == "current"
    named = request.GET.get("q", "").replace("\x00", "").strip()[:MOST_NAMED]
    names = request.actor.may(Permission.VIEW_PATIENTS)
    found = documents_of(
        request.actor.site, kind=kind if kind in opened else "", current=current, named=named, of_patients=names
    )
    found = found.exclude(kind__in=closed)
    if names:
        found = found.select_related("patient")
    page = keyset_page(found, request, order=["-sealed_at", "-id"])
    context = {
        "page": page, "kinds": opened, "kind": kind, "names": names, "current": current, "named": named,
        "narrowed": bool(kind or named or current),
    }  # fmt: skip
    return render(request, "sealed/list.html", context)


@access(*ANY_VIEWER)
@require_safe
def document(request: ClinicRequest, code: str) -> HttpResponse:
    """One document: what was sealed, by whom, its file, and whether all of it is unchanged."""
    found = opened_document(request, code)
    record_read(by=request.actor, subject=found, patient=found.patient_id)
    latest, content, verdict = latest_about_the_same(found), content_of(found), verify(found)
    return render(
        request,
        "sealed/document.html",
        {
            "document": found,
            "content": content,
            "sections": sections_of(found, content, sound=verdict.unchanged),
            "verdict": verdict,
            "signatures": signatures_of(found, content, sound=verdict.unchanged),
            "newer": latest if latest != found else None,
            "ended": why_ended(found),
            "may_amend": any(request.actor.may(each) for each in kind_named(found.kind).amended_by),
            "co_signed": bool(kind_named(found.kind).cosigned),
            **_file_state(found),
        },
    )


@access(*ANY_VIEWER)
@never_cache
@require_safe
def document_state(request: ClinicRequest, code: str) -> HttpResponse:
    """Whether the PDF is there yet: a part of the page, asked for until it is; then the seal too."""
    found = opened_document(request, code)
    return render(request, "sealed/state_alone.html", {"document": found, **_file_state(found)})


@access(*ANY_VIEWER)
@require_safe
def document_pdf(request: ClinicRequest, code: str) -> HttpResponse:
    """The stored PDF, the very bytes whose hash was recorded; anything else is not handed out."""
    found = opened_document(request, code)
    rendering = found.rendering
    if rendering is None:
        messages.info(request, _("The PDF is being made. It will be here in a moment."))
        return redirect("document", found.code)
    try:
        with rendering.file.open("rb") as file:
            pdf: bytes = file.read()
    except FileNotFoundError:
        messages.error(request, _("The PDF is missing from the file store. Ask the manager to have it made again."))
        return redirect("document", found.code)
    if sha256(pdf) != rendering.sha256:
        messages.error(request, _("The stored PDF isn't the one that was sealed, so it isn't handed out."))
        return redirect("document", found.code)
    record_read(by=request.actor, subject=found, patient=found.patient_id, action=Action.DOWNLOAD)
    return _file(pdf, f"{found.kind}-{found.code}.pdf", "application/pdf")


@access(*ANY_VIEWER)
@require_safe
def document_content(request: ClinicRequest, code: str) -> HttpResponse:
    """The exact text that was sealed, so that anybody can compute its hash with a tool of their own."""
    found = opened_document(request, code)
    record_read(by=request.actor, subject=found, patient=found.patient_id, action=Action.DOWNLOAD)
    return _file(found.content.encode(), f"{found.kind}-{found.code}.json", "application/json")


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    # Both parts of the name are ours: letters, figures, dashes and underscores.
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@public
@never_cache
@require_safe
def check_document(request: HttpRequest, code: str) -> HttpResponse:
    """Where the code on a printed page leads: is it genuine and current? Names nobody."""
    found: SealedDocument | None = (
        SealedDocument.objects.filter(code=read_code(code))
        .select_related("site")
        .prefetch_related("renderings")
        .first()
    )
    if found is None:
        return render(request, "sealed/unknown.html", {"code": code[:16]}, status=404)
    latest = latest_about_the_same(found)
    verdict = verify(found, seal=False)
    actor: Actor | None = getattr(request, "actor", None)
    context: dict[str, Any] = {
        "document": found,
        "signatures": signatures_of(found, _readable(found), sound=verdict.unchanged),
        # A reader who isn't signed in has no site: the time is written as on the paper that they compare it with.
        "sealed_at": sealed_time(found),
        "newer_sealed_at": sealed_time(latest),
        "verdict": verdict,
        "renderings": [(each, paper_time(found, each.rendered_at)) for each in _last_first(found)],
        "newer": latest if latest != found else None,
        "newer_text": replacement_text(latest),
        "ended": why_ended(found),
        "note": kind_named(found.kind).note,
        "rendering": found.rendering,
        "may_open": actor is not None and actor.site == found.site and may_open_document(actor, found),
    }
    return render(request, "sealed/check.html", context)


def _readable(document: SealedDocument) -> dict[str, Any]:
    """Return what the document says; nothing where its text was tampered with so that it can't be read."""
    try:
        return content_of(document)
    except ValueError:
        return {}
