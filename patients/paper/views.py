"""Pages of the paper path: a blank is printed, its day's list, and where it stands."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.documents.services import read_code
from clinic.outbox.queries import was_given_up
from clinic.trail.unit import record_read
from clinic.web.forms import ClinicForm, posted
from clinic.web.paging import keyset_page
from patients.paper.filing import take_back
from patients.paper.forms import ChecklistPrintForm, ConsentPrintForm, NotUsedForm, TakeBackForm
from patients.paper.models import PaperFiling, PaperFilingEnd, PaperForm, PaperKind
from patients.paper.pictures import filed_scans
from patients.paper.queries import (
    PaperRow,
    forms_of_day,
    missing_before,
    missing_of,
    pages_words,
    rows_of,
    standing_on,
    unfiled_scans,
    with_standing,
)
from patients.paper.services import begin_entry, end_form, print_form
from patients.paper.standing import Standing, tally
from patients.registry.models import Patient
from protocols.consents.queries import scripts_in_force
from protocols.formulations.queries import active_versions

READS = (Permission.HANDLE_PAPER, Permission.VIEW_DOCUMENTS)
#: Who reads what stands on a filed paper; whoever only prints and files sees where it is.
READERS = (Permission.VIEW_DOCUMENTS, Permission.SCREEN_PATIENTS, Permission.TAKE_CONSENT)
#: A day prints some dozens of forms; what a list of them shows at once.
MOST = 50
_EARLIEST = date(2000, 1, 1)


def may_read(actor: Actor) -> bool:
    """Whether `actor` reads what stands on a filed paper."""
    return any(actor.may(each) for each in READERS)


@access(*READS)
@require_safe
def paper_day(request: ClinicRequest) -> HttpResponse:
    """The forms printed for one day: printed, returned, missing; and what else waits: older ones, unfiled scans."""
    site, today = request.actor.site, clock.today(request.actor.site)
    on = _day(request.GET.get("on", ""), today)
    forms = forms_of_day(site, on)
    counted = tally([standing_on(form, today) for form in forms[: MOST * 10]])
    page = keyset_page(forms, request, order=["issued_at", "id"])
    handles = request.actor.may(Permission.HANDLE_PAPER)
    context = {
        "on": on, "is_today": on == today, "rows": rows_of(page.rows, today), "page": page, "tally": counted,
        "before": date.fromordinal(on.toordinal() - 1) if on > _EARLIEST else None,
        "after": date.fromordinal(on.toordinal() + 1) if on < today else None,
        "missing": rows_of(missing_before(site, today).select_related("patient")[:MOST], today) if on == today else [],
        "unfiled": list(unfiled_scans(site)[:MOST]) if handles else [],
        "handles": handles,
        "names": request.actor.may(Permission.VIEW_PATIENTS),
    }  # fmt: skip
    return render(request, "patients/paper/day.html", context)


def _day(text: str, today: date) -> date:
    """Return the day asked for; today where none is. A day to come has no list yet."""
    if not text:
        return today
    try:
        on = date.fromisoformat(text)
    except ValueError as error:
        raise Http404("no such day") from error
    if not _EARLIEST <= on <= today:
        raise Http404("no such day")
    return on


@access(Permission.HANDLE_PAPER)
@require_http_methods(["GET", "HEAD", "POST"])
def paper_new(request: ClinicRequest, patient_id: int) -> HttpResponse:
    """Print a blank checklist or a blank consent for a patient."""
    site = request.actor.site
    patient = get_object_or_404(Patient.objects.for_site(site), pk=patient_id)
    if request.method != "POST":
        record_read(by=request.actor, subject=patient, patient=patient)
    formulations, scripts = active_versions(site), scripts_in_force(site)
    asked = request.POST.get("kind", "")
    sent = posted(request)
    checklist = ChecklistPrintForm(sent if asked == PaperKind.CHECKLIST else None, formulations=formulations)
    consent = ConsentPrintForm(sent if asked == PaperKind.CONSENT else None, scripts=scripts)

    def made(form: ClinicForm) -> PaperForm:
        kind = PaperKind(asked)
        return print_form(
            by=request.actor, patient=patient, kind=kind, submission_key=form.key, at=clock.now(),
            formulation_version=checklist.chosen if kind == PaperKind.CHECKLIST else None,
            script_version=consent.chosen if kind == PaperKind.CONSENT else None,
        )  # fmt: skip

    form = next((each for each in (checklist, consent) if each.is_bound), None)
    if form is not None and (paper := form.carry_out(lambda: made(form))):
        return redirect("paper_form", paper.code)
    context = {
        "patient": patient, "checklist": checklist, "consent": consent, "formulations": formulations,
        "scripts": scripts,
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/paper/new.html", context, status=form.status if form else status)


def paper_with(request: ClinicRequest, code: str) -> PaperForm:
    """Return the site's form with this code, as `with_standing` loads it; another site's is 404."""
    found: PaperForm = get_object_or_404(
        with_standing(PaperForm.objects.for_site(request.actor.site))
        .select_related("document", "end__ended_by")
        .prefetch_related("document__renderings"),
        code=read_code(code),
    )
    return found


@access(*READS)
@require_safe
def paper_form(request: ClinicRequest, code: str) -> HttpResponse:
    """One form: its PDF to print, where it stands, its scans, and what it was entered as."""
    form = paper_with(request, code)
    record_read(by=request.actor, subject=form, patient=form.patient)
    return _page(request, form)


def _page(
    request: ClinicRequest, form: PaperForm, *, not_used: NotUsedForm | None = None, entry: ClinicForm | None = None,
    wrong: TakeBackForm | None = None,
) -> HttpResponse:  # fmt: skip
    actor, today = request.actor, clock.today(request.actor.site)
    standing = standing_on(form, today)
    row = PaperRow(form, standing, missing_of(form))
    may_enter = actor.may(Permission.SCREEN_PATIENTS if form.kind == PaperKind.CHECKLIST else Permission.TAKE_CONSENT)
    rendering = form.document.rendering
    context = {
        "paper": form, "patient": form.patient, "standing": standing, "row": row,
        "document": form.document, "rendering": rendering,
        "given_up": rendering is None and was_given_up("documents.render", form.code),
        "filed": filed_scans(form),
        "taken_back": list(
            PaperFilingEnd.objects.filter(filing__form=form).select_related("filing__scan", "ended_by").order_by("pk")
        ),
        "entries": list(form.entries.select_related("checklist", "consent", "entered_by")),
        "waits": standing in {Standing.OUT, Standing.MISSING},
        "may_file": actor.may(Permission.HANDLE_PAPER),
        "pages_back": pages_words(form, standing),
        "may_enter": may_enter and standing in {Standing.PART, Standing.RETURNED},
        "may_end": actor.may(Permission.HANDLE_PAPER) and standing not in {Standing.ENTERED, Standing.NOT_USED},
        "may_read": may_read(actor),
        "is_checklist": form.kind == PaperKind.CHECKLIST,
        "day_text": form.printed_on.isoformat(),
        "may_take_back": actor.may(Permission.HANDLE_PAPER) and not form.entries.exists(),
        "wrong": wrong or TakeBackForm(),
        "not_used": not_used or NotUsedForm(), "entry": entry or ClinicForm(),
    }  # fmt: skip
    bound = [each for each in (not_used, entry, wrong) if each is not None]
    return render(request, "patients/paper/form.html", context, status=max((one.status for one in bound), default=200))


@access(Permission.HANDLE_PAPER)
@require_POST
def paper_not_used(request: ClinicRequest, code: str) -> HttpResponse:
    """Record that a blank isn't coming back."""
    form = paper_with(request, code)
    typed = NotUsedForm(request.POST)
    done = typed.carry_out(
        lambda: end_form(by=request.actor, form=form, reason=typed.cleaned_data["reason"], at=clock.now())
    )
    return redirect("paper_form", form.code) if done is not None else _page(request, form, not_used=typed)


@access(Permission.HANDLE_PAPER)
@require_POST
def paper_take_back(request: ClinicRequest, code: str, filing_id: int) -> HttpResponse:
    """Take a wrong filing back: the scan waits to be filed again."""
    form = paper_with(request, code)
    filing = get_object_or_404(PaperFiling.objects.filter(form=form), pk=filing_id)
    typed = TakeBackForm(request.POST)
    done = typed.carry_out(
        lambda: take_back(by=request.actor, filing=filing, reason=typed.cleaned_data["reason"], at=clock.now())
    )
    if done is None:
        return _page(request, form, wrong=typed)
    messages.success(request, _("The filing is taken back. The scan waits to be filed where it belongs."))
    return redirect("paper_scan", filing.scan_id)


@access(Permission.SCREEN_PATIENTS)
@require_POST
def paper_enter(request: ClinicRequest, code: str) -> HttpResponse:
    """Begin to enter a returned checklist."""
    form = paper_with(request, code)
    sent = ClinicForm(request.POST)
    checklist = sent.carry_out(
        lambda: begin_entry(by=request.actor, form=form, submission_key=sent.key, at=clock.now())
    )
    if checklist is None:
        return _page(request, form, entry=sent)
    messages.info(
        request,
        _("Enter each answer as it stands on the paper of %(day)s, then read it through and sign.")
        % {"day": day_text(form.printed_on)},
    )
    return redirect("checklist", checklist.pk)
