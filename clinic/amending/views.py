"""The page on which a signed record is amended."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.amending.entries import entries_of
from clinic.amending.forms import AmendForm, CoSignForm
from clinic.amending.models import CoSignature
from clinic.amending.queries import amendments_of
from clinic.amending.services import amend, co_sign, confirm_other, late_words, may_amend, meanings_of, roles_for
from clinic.documents.models import SealedDocument
from clinic.documents.queries import first_of, latest_about_the_same
from clinic.documents.registry import kind_named
from clinic.documents.showing import sections_of
from clinic.documents.templates import content_of
from clinic.documents.verify import verify_content
from clinic.documents.views import ANY_VIEWER, opened_document
from clinic.passkeys.identify import identify
from clinic.signing.models import Meaning
from clinic.web.forms import posted


def _shown(document: SealedDocument) -> dict[str, Any]:
    content = content_of(document)
    return {"content": content, "sections": sections_of(document, content, sound=not verify_content(document))}


@access(*ANY_VIEWER)
@require_http_methods(["GET", "HEAD", "POST"])
def amend_document(request: ClinicRequest, code: str) -> HttpResponse:
    """Amend the record that the document is of."""
    found = opened_document(request, code)
    if not may_amend(request.actor, found):
        raise PermissionDenied(_("Your role doesn't sign records of this kind, so it doesn't amend them either."))
    before = list(amendments_of(found.subject_type, found.subject_id))
    original = before[0].original if before else found
    form = AmendForm(posted(request), entries=entries_of(content_of(original)), seen=len(before))
    if request.method == "POST":
        done = form.carry_out(
            lambda: amend(
                by=request.actor, document=found, seen=form.cleaned_data["seen"], entry=form.cleaned_data["entry"],
                correct=form.cleaned_data["correct"], reason=form.cleaned_data["reason"],
                confirmed=identify(request, form),
                at=clock.now(),
            )
        )  # fmt: skip
        if done is not None:
            messages.success(request, _("The amendment is signed. The document as amended replaces the one before."))
            return redirect("document", done.document.code)
        if form.stale:
            before = list(amendments_of(found.subject_type, found.subject_id))
            form.carry("seen", len(before))
    # What is signed is the record with all its amendments, also for who comes by the address of an older document.
    context = {
        "document": found, **_shown(latest_about_the_same(found)), "form": form,
        "means": kind_named(found.kind).amending_means,
    }  # fmt: skip
    return render(request, "amending/amend.html", context, status=form.status)


@access(*ANY_VIEWER)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def co_sign_document(request: ClinicRequest, code: str) -> HttpResponse:
    """Let a second person sign under the record, with their own address and password, at this screen."""
    found = opened_document(request, code)
    meanings = meanings_of(found)
    if not meanings:
        raise Http404("no second signature for this kind")
    # Counted before the content is read: whatever comes between is refused as not seen.
    seen = amendments_of(found.subject_type, found.subject_id).count()
    form = CoSignForm(posted(request), meanings=meanings, seen=seen)

    def sign_it() -> CoSignature:
        other, confirmed = confirm_other(
            by=request.actor, email=form.cleaned_data["email"], password=form.cleaned_data["password"]
        )
        return co_sign(
            by=request.actor, other=other, confirmed=confirmed, document=found, seen=form.cleaned_data["seen"],
            meaning=Meaning(form.cleaned_data["meaning"]), at=clock.now(),
        )  # fmt: skip

    if request.method == "POST" and (done := form.carry_out(sign_it)) is not None:
        messages.success(request, _("%(name)s has signed as the second person.") % {"name": done.signed_by})
        return redirect("document", done.document.code)
    if form.stale:
        form.carry("seen", amendments_of(found.subject_type, found.subject_id).count())
    shown = _shown(latest_about_the_same(found))
    return render(
        request,
        "amending/co_sign.html",
        {
            "document": found,
            **shown,
            "form": form,
            "may_sign": roles_for(found),
            "signed_by": ", ".join(dict.fromkeys(each["name"] for each in shown["content"].get("signatures", []))),
            "late": late_words(first_of(found), clock.now()),
        },
        status=form.status,
    )
