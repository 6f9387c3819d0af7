"""The page on which a consent signed by pen is taken over from its paper."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.trail.unit import record_read
from clinic.web.forms import posted
from patients.consents.forms import PaperConsentForm
from patients.consents.from_paper import take_over_consent
from patients.consents.services import digest_of
from patients.paper.pictures import pictures_of_form
from patients.paper.views import paper_with


@access(Permission.TAKE_CONSENT)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_from_paper(request: ClinicRequest, code: str) -> HttpResponse:
    """Record what the patient confirmed and signed on paper, with the paper beside it."""
    paper = paper_with(request, code)
    script = paper.script_version
    if script is None or not paper.filings.standing().exists() or paper.entries.exists():
        return redirect("paper_form", paper.code)
    if request.method != "POST":
        record_read(by=request.actor, subject=paper, patient=paper.patient)
    form = PaperConsentForm(posted(request), script=script, lines_read=digest_of(paper.legal_lines))
    if request.method == "POST":
        made = form.carry_out(
            lambda: take_over_consent(
                by=request.actor, form=paper, statements=form.cleaned_data["statements"],
                signed_name=form.cleaned_data["signed_name"], relation=form.cleaned_data["relation"],
                photos_for_record=form.cleaned_data["photos_for_record"],
                photos_for_teaching=form.cleaned_data["photos_for_teaching"], submission_key=form.key,
                at=clock.now(),
            )
        )  # fmt: skip
        if made is not None:
            return redirect("consent", made.pk)
    context = {
        "paper": paper, "patient": paper.patient, "script": script, "form": form,
        "pictures": pictures_of_form(paper),
        "signed_at": paper.filings.standing().order_by("signed_at")[0].signed_at,
    }  # fmt: skip
    return render(request, "patients/consents/from_paper.html", context, status=form.status)
