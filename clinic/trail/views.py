"""The page of the record trail."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.errors import Refused
from clinic.trail.exporting import MOST_ROWS, csv_lines, note_export, seal_extract, why_not_sealed
from clinic.trail.forms import TrailFilterForm
from clinic.trail.queries import ORDER, entries_of
from clinic.trail.showing import shown
from clinic.trail.unit import record_read
from clinic.web.paging import KeysetPage, keyset_page

#: What a reading of the trail itself is called in the trail.
PART = "record trail"


def trail_context(request: ClinicRequest, filters: TrailFilterForm, **only: Any) -> dict[str, Any]:
    """Return what the list shows of the entries that `filters` and `only` leave; none while a filter can't be read."""
    chosen = filters.chosen()
    page: KeysetPage[Any] = KeysetPage(rows=[], next_url="", previous_url="")
    not_sealed = ""
    if chosen is not None:
        entries = entries_of(request.actor.site, **{**chosen, **only})
        page = keyset_page(entries, request, order=ORDER)
        if not only and (page.next_url or page.previous_url):
            not_sealed = why_not_sealed(entries)
    return {
        "page": page,
        "entries": shown(page.rows),
        "filters": filters,
        "filtered": chosen is None or any(value for name, value in chosen.items() if name != "own_work"),
        "of_patient": bool(only),
        "not_sealed": not_sealed,
        # Alone, the entries bring what is wrong with the filters: those stay as they are.
        "alone": request.headers.get("HX-Request") == "true",
    }


@access(Permission.VIEW_TRAIL)
@require_safe
def trail_list(request: ClinicRequest) -> HttpResponse:
    """What was done and looked at here, the latest first; an htmx request gets the entries alone.

    Narrowed to one patient it is a look at that patient's record, and recorded as one.
    """
    filters = TrailFilterForm(request.GET, site=request.actor.site)
    if filters.is_valid() and filters.patient is not None:
        record_read(by=request.actor, subject=filters.patient, patient=filters.patient, part=PART)
    context = trail_context(request, filters)
    return render(request, "trail/rows.html" if context["alone"] else "trail/list.html", context)


def _export_filters(request: ClinicRequest) -> TrailFilterForm | None:
    """Return the filters of an export; None when one can't be read, and then the page says so."""
    filters = TrailFilterForm(request.POST, site=request.actor.site)
    return filters if filters.is_valid() else None


@access(Permission.VIEW_TRAIL)
@require_POST
def trail_csv(request: ClinicRequest) -> HttpResponseBase:
    """The entries that the page shows, as a file for a spreadsheet; that they left is recorded."""
    filters = _export_filters(request)
    chosen = filters.chosen() if filters is not None else None
    if chosen is None:
        messages.error(request, _("These filters can't be read. Choose them again, then export."))
        return redirect("trail_list")
    at = clock.now()
    entries = entries_of(request.actor.site, **chosen)
    note_export(by=request.actor, form="csv", filters=chosen, count=entries.order_by()[:MOST_ROWS].count(), at=at)
    name = f"trail-{request.actor.site.code}-{clock.local(at, request.actor.site):%Y%m%d-%H%M%S}.csv"
    return StreamingHttpResponse(
        csv_lines(entries, request.actor), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


@access(Permission.VIEW_TRAIL)
@require_POST
def trail_document(request: ClinicRequest) -> HttpResponse:
    """The entries that the page shows, sealed as a document."""
    filters = _export_filters(request)
    chosen = filters.chosen() if filters is not None else None
    if filters is None or chosen is None:
        messages.error(request, _("These filters can't be read. Choose them again, then export."))
        return redirect("trail_list")
    try:
        document = seal_extract(
            by=request.actor, entries=entries_of(request.actor.site, **chosen), described=filters.described(),
            filters=chosen, at=clock.now(),
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, refused.message)
        asked = {name: request.POST[name] for name in filters.fields if request.POST.get(name)}
        return redirect(reverse("trail_list", query=asked))
    return redirect("document", document.code)
