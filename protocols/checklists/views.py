"""Pages of contraindication checklists."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from protocols.checklists.forms import ChecklistForm, opened_with, row_of
from protocols.checklists.models import ChecklistVersion
from protocols.checklists.services import edit_checklist, write_checklist
from protocols.decisions.pages import version_page
from protocols.decisions.queries import begun_from
from protocols.drafts.views import begun_eyebrow, draft_page, may_edit, why_opened
from protocols.starter.checklist import checklist_items


@access(Permission.VIEW_PROTOCOLS)
@require_safe
def checklist_version(request: ClinicRequest, pk: int) -> HttpResponse:
    """One version of the checklist."""
    return version_page(request, ChecklistVersion, pk)


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def checklist_version_new(request: ClinicRequest) -> HttpResponse:
    """Write the next checklist; it opens with the one in force, the first one with the usual questions."""
    before = begun_from(ChecklistVersion, request.actor.site)

    def save(form: ChecklistForm) -> ChecklistVersion:
        return write_checklist(
            by=request.actor, title=form.cleaned_data["title"], items=form.items_typed(), submission_key=form.key,
            at=clock.now(), **form.why(),
        )  # fmt: skip

    opened: dict[str, Any] = {"initial": {"title": _("Contraindication checklist")}}
    opened["rows_initial"] = [row_of(item) for item in checklist_items()]
    return draft_page(
        request,
        make=partial(ChecklistForm, first=before is None),
        opened=opened_with(before) if before is not None else opened,
        save=save,
        model=ChecklistVersion,
        title=_("New contraindication checklist"),
        eyebrow=begun_eyebrow(before),
        back_url=reverse("protocol_list"),
    )


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def checklist_version_edit(request: ClinicRequest, pk: int) -> HttpResponse:
    """Edit a draft of one's own."""
    versions = ChecklistVersion.objects.for_site(request.actor.site).select_related("author")
    version: ChecklistVersion = get_object_or_404(versions.prefetch_related("items"), pk=pk)
    if not may_edit(request, version):
        return redirect(version)

    def save(form: ChecklistForm) -> ChecklistVersion:
        return edit_checklist(
            by=request.actor, version=version, row_version=form.cleaned_data["row_version"] or 0,
            title=form.cleaned_data["title"], items=form.items_typed(), at=clock.now(), **form.why(version),
        )  # fmt: skip

    opened = opened_with(version)
    opened["initial"] |= why_opened(version)
    return draft_page(
        request,
        make=partial(ChecklistForm, first=version.number == 1, row_version=version.row_version),
        opened=opened,
        save=save,
        model=ChecklistVersion,
        title=_("Edit %(version)s") % {"version": version},
        eyebrow=_("Protocols"),
        back_url=version.get_absolute_url(),
        version=version,
    )
