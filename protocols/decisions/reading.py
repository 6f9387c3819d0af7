"""Pages that read versions without changing them: two of them side by side, and where one was used."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.web.paging import keyset_page
from protocols.decisions.difference import difference
from protocols.decisions.models import Decision
from protocols.decisions.pages import chip_of, version_of
from protocols.decisions.queries import in_force_before
from protocols.decisions.showing import shown
from protocols.decisions.uses import uses_of
from protocols.kinds import kind_named

#: So many versions of a document are offered to compare with; a document with more has its list of all versions.
MOST_OFFERED = 60


def model_of(kind: str) -> type[Decision]:
    """Return the kind that an address names; 404 for an unknown one."""
    model = kind_named(kind)
    if model is None:
        raise Http404("no such kind of protocol")
    return model


@access(Permission.VIEW_PROTOCOLS)
@require_safe
def compare(request: ClinicRequest, kind: str, pk: int) -> HttpResponse:
    """What a version says differently from another of its document: `?with=`, else the one that it follows."""
    version = version_of(request, model_of(kind), pk)
    others = version.of_same_document().named().exclude(pk=version.pk)
    asked = request.GET.get("with", "")
    if asked and not (asked.isdecimal() and len(asked) <= 18):
        raise Http404("no such version")
    other = get_object_or_404(others, pk=int(asked)) if asked else in_force_before(version)
    earlier, later = sorted([version, other], key=lambda each: each.number) if other is not None else (None, version)
    return render(
        request,
        "protocols/decisions/compare.html",
        {
            "version": version,
            "other": other,
            "earlier": earlier,
            "later": later,
            "changes": difference(shown(earlier), shown(later)) if earlier is not None else [],
            "others": [{"version": each, "chip": chip_of(each)} for each in others.order_by("-number")[:MOST_OFFERED]],
        },
    )


@access(Permission.READ_SESSIONS)
@require_safe
def uses(request: ClinicRequest, kind: str, pk: int) -> HttpResponse:
    """What was done under a version, the latest first."""
    version = version_of(request, model_of(kind), pk)
    found = uses_of(version)
    if found is None:
        raise Http404("nothing is done under this kind of protocol")
    page = keyset_page(found.rows(version), request, order=("-started_at", "-id"))
    context = {
        "version": version,
        "page": page,
        "rows": [found.line(row) for row in page.rows],
        "title": _("Sessions under %(version)s") % {"version": version},
    }
    return render(request, "protocols/decisions/uses.html", context)
