"""Pages of what comes back: a scan is uploaded, looked at, and filed to its form."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.documents.services import read_code
from clinic.stored_files import is_intact
from clinic.trail.models import Action
from clinic.trail.unit import record_read
from clinic.web.forms import posted
from clinic.web.uploads import on_disk, sandboxed
from patients.paper.codes import spaced
from patients.paper.filing import file_scan, set_aside
from patients.paper.forms import ACCEPT, AsideForm, FilingForm, ScanForm
from patients.paper.limits import LIMITS
from patients.paper.models import PaperFiling, PaperFilingEnd, PaperForm, PaperPage, PaperScan
from patients.paper.pages import again_in_words
from patients.paper.pictures import pictures_of_scan
from patients.paper.queries import filing_of, pages_here, pages_printed, placing
from patients.paper.services import keep_scan
from patients.paper.views import READERS, READS, may_read


@access(Permission.HANDLE_PAPER)
@require_http_methods(["GET", "HEAD", "POST"])
def paper_scan_new(request: ClinicRequest) -> HttpResponse:
    """Take a scan; whose it is stands in its QR."""
    form = ScanForm(posted(request), request.FILES or None)

    def keep() -> PaperScan:
        upload: Any = form.cleaned_data["file"]
        with on_disk(upload) as path:
            return keep_scan(
                by=request.actor, path=path, original_name=upload.name, submission_key=form.key, at=clock.now()
            )

    if request.method == "POST" and (scan := form.carry_out(keep)):
        return redirect("paper_scan", scan.pk)
    context = {"form": form, "accept": ACCEPT, "max_bytes": LIMITS.max_bytes}
    return render(request, "patients/paper/scan_new.html", context, status=form.status)


def _scan(request: ClinicRequest, pk: int) -> PaperScan:
    found: PaperScan = get_object_or_404(
        PaperScan.objects.for_site(request.actor.site).select_related("uploaded_by", "aside__set_aside_by"),
        pk=pk,
    )
    return found


@access(*READS)
@require_safe
def paper_scan(request: ClinicRequest, pk: int) -> HttpResponse:
    """One scan: its pages, and the form that it is filed to or is to be filed to."""
    scan = _scan(request, pk)
    filed = filing_of(scan)
    record_read(by=request.actor, subject=scan, patient=filed.form.patient_id if filed else None)
    return _page(request, scan)


@access(Permission.HANDLE_PAPER)
@require_POST
def paper_scan_filing(request: ClinicRequest, pk: int) -> HttpResponse:
    """File a scan to its form."""
    scan = _scan(request, pk)
    read = _form_with(scan, scan.read_code)
    form = _filing_form(request, scan, read, sent=posted(request))
    code = read_code(request.POST.get("code", ""))
    typed = None if read else _form_with(scan, code)
    # The name is compared with the scan first; only then it is known how many pages there are to choose from.
    compared = request.POST.get("compared", "") == code
    if typed and not compared and form.is_valid():
        _ask_pages(form, scan, typed)
        return _page(request, scan, form=form.to_compare(typed.code), meant=typed)
    if typed and compared:
        _ask_pages(form, scan, typed)
    filing = form.carry_out(
        lambda: file_scan(
            by=request.actor, scan=scan, code=form.code_meant, signed_at=form.signed_at, pages=form.pages,
            at=clock.now(),
        )
    )  # fmt: skip
    if filing is None:
        return _page(request, scan, form=form, meant=typed if compared else None)
    messages.success(request, " ".join(filter(None, (_("The scan is filed."), _again(scan, filing.form, filing)))))
    return redirect("paper_form", filing.form.code)


def _filing_form(
    request: ClinicRequest, scan: PaperScan, read: PaperForm | None, *, sent: QueryDict | None = None
) -> FilingForm:
    """Return the form that files `scan`; where its QR says the form, with the pages that have to be said."""
    site = request.actor.site
    form = FilingForm(sent, site=site, today=clock.today(site), read_code=read.code if read else "")
    if read:
        _ask_pages(form, scan, read)
    return form


def _ask_pages(form: FilingForm, scan: PaperScan, paper: PaperForm) -> None:
    places = placing(scan, paper)
    form.ask_pages(
        [picture for picture, place in places.items() if place is None], printed=pages_printed(paper),
        here=pages_here(paper), single=len(places) == 1,
    )  # fmt: skip


def _form_with(scan: PaperScan, code: str) -> PaperForm | None:
    """Return the form of the scan's site with this code."""
    forms = PaperForm.objects.for_site(scan.site).select_related("patient", "issued_by")
    found: PaperForm | None = forms.filter(code=code).first() if code else None
    return found


def _again(scan: PaperScan, paper: PaperForm, filing: PaperFiling | None) -> str:
    """Say which pages of the scan came back before, in another one; "" where none did."""
    numbers = (
        filing.pages.values_list("form_page", flat=True) if filing else scan.pages.values_list("read_page", flat=True)
    )
    return again_in_words(sorted({number for number in numbers if number} & pages_here(paper, before=filing)))


def _page(
    request: ClinicRequest, scan: PaperScan, *, form: FilingForm | None = None, aside_form: AsideForm | None = None,
    meant: PaperForm | None = None,
) -> HttpResponse:  # fmt: skip
    handles = request.actor.may(Permission.HANDLE_PAPER)
    filing, aside = filing_of(scan), getattr(scan, "aside", None)
    read = _form_with(scan, scan.read_code)
    paper = filing.form if filing else meant or read
    context = {
        "scan": scan, "filing": filing,
        "pictures": pictures_of_scan(scan, filing) if filing is None or may_read(request.actor) else [],
        "aside": aside, "again": _again(scan, paper, filing) if paper and not aside else "",
        "taken_back": list(
            PaperFilingEnd.objects.filter(filing__scan=scan).select_related("filing__form", "ended_by").order_by("pk")
        ),
        "paper": read, "meant": meant, "read_code": spaced(scan.read_code),
        "open": handles and filing is None and aside is None,
        "form": form or _filing_form(request, scan, read), "aside_form": aside_form or AsideForm(),
    }  # fmt: skip
    bound = [each for each in (form, aside_form) if each is not None]
    return render(request, "patients/paper/scan.html", context, status=max((one.status for one in bound), default=200))


@access(Permission.HANDLE_PAPER)
@require_POST
def paper_scan_aside(request: ClinicRequest, pk: int) -> HttpResponse:
    """Set a scan aside that is of no form."""
    scan = _scan(request, pk)
    form = AsideForm(request.POST)
    done = form.carry_out(
        lambda: set_aside(by=request.actor, scan=scan, reason=form.cleaned_data["reason"], at=clock.now())
    )
    if done is None:
        return _page(request, scan, aside_form=form)
    messages.success(request, _("The scan is set aside. It is kept."))
    return redirect("paper_day")


def _require_reader(actor: Actor, scan: PaperScan) -> None:
    """Raise PermissionDenied for somebody who files paper and doesn't read what patients answered: once it is filed."""
    if filing_of(scan) is not None and not any(actor.may(each) for each in READERS):
        raise PermissionDenied(_("This scan is filed. Who reads the patient's documents can open it."))


@access(*READS)
@require_safe
def paper_page(request: ClinicRequest, pk: int) -> HttpResponseBase:
    """Send the picture of one page."""
    pages = PaperPage.objects.select_related("scan").filter(scan__site=request.actor.site)
    page = get_object_or_404(pages, pk=pk)
    _require_reader(request.actor, page.scan)
    if not is_intact(page.file, page.sha256):
        raise Http404("the stored picture isn't the page that was scanned")
    return sandboxed(FileResponse(_opened(page.file), content_type="image/jpeg"))


@access(*READS)
@require_safe
def paper_scan_file(request: ClinicRequest, pk: int) -> HttpResponseBase:
    """Hand out the file as it was uploaded; anything else than those bytes is not handed out."""
    scan = _scan(request, pk)
    _require_reader(request.actor, scan)
    if not is_intact(scan.file, scan.sha256):
        messages.error(request, _("The stored file isn't the scan that was uploaded, so it isn't handed out."))
        return redirect("paper_scan", scan.pk)
    filed = filing_of(scan)
    record_read(
        by=request.actor, subject=scan, patient=filed.form.patient_id if filed else None, action=Action.DOWNLOAD
    )
    suffix = str(scan.file).rsplit(".", 1)[-1]
    return sandboxed(
        FileResponse(
            _opened(scan.file), as_attachment=True, filename=f"scan-{scan.pk}.{suffix}",
            content_type="application/octet-stream",
        )
    )  # fmt: skip


def _opened(file: Any) -> Any:
    try:
        return file.open("rb")
    except FileNotFoundError as error:
        raise Http404("the file isn't in the store") from error
