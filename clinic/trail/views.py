"""The page of the record trail."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
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
    if chosen is not None:
        page = keyset_page(entries_of(request.actor.site, **{**chosen, **only}), request, order=ORDER)
    return {
        "page": page,
        "entries": shown(page.rows),
        "filters": filters,
        "filtered": chosen is None or any(chosen.values()),
        "of_patient": bool(only),
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
