"""The gallery: every component in every state, on one page, for whoever builds or checks screens."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.accounts.access import signed_in
from clinic.gallery.forms import SampleChecklist, SampleForm, SampleSignature, SampleUpload
from clinic.gallery.samples import NOW, samples
from clinic.web.autosave import changed_fields, saved


@signed_in
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component."""
    context = samples()
    context |= {
        "found": context["page"].rows,
        "form": SampleForm(on=NOW.date()),
        "checklist": SampleChecklist(initial={"infection": "no"}),
        "reported": [_("apixaban 5 mg, from the imported summary, 2 Sep 2026")],
        "upload": SampleUpload(),
        "signing": SampleSignature(),
        "signing_dialog": SampleSignature(auto_id="dialog_%s"),
    }
    return render(request, "gallery/gallery.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def gallery_form(request: HttpRequest) -> HttpResponse:
    """Show a form that came back with errors: what was posted, else a sample; nothing is written."""
    sample = {"name": "", "volume_ul": "1,25", "born": "2999-01-01", "note": "Kept as it was typed."}
    form = SampleForm(request.POST if request.method == "POST" else sample, on=NOW.date())
    form.is_valid()
    return render(request, "gallery/sent_back.html", {"form": form}, status=form.status if request.POST else 200)


@signed_in
@require_POST
def gallery_autosave(request: HttpRequest) -> HttpResponse:
    """Answer like a view that saves drafts; nothing is written."""
    form = SampleChecklist(request.POST)
    errors = {name: form.errors[name] for name in changed_fields(request) if name in form.errors}
    return saved(at=clock.now(), errors=errors)


@signed_in
@require_safe
def gallery_search(request: HttpRequest) -> HttpResponse:
    """Answer the sample search with the rows that hold what was typed."""
    context = samples()
    typed = request.GET.get("q", "").strip().casefold()
    context["found"] = [row for row in context["page"].rows if typed in row[0].casefold()]
    return render(request, "gallery/found.html", context)
