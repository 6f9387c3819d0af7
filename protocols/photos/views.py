"""Pages of photo protocols."""

from dataclasses import asdict
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
from protocols.decisions.pages import version_page
from protocols.decisions.queries import begun_from
from protocols.drafts.views import begun_eyebrow, draft_page, may_edit, why_opened
from protocols.photos.forms import PhotoProtocolForm, opened_with
from protocols.photos.models import PhotoProtocolVersion
from protocols.photos.services import edit_photo_protocol, write_photo_protocol
from protocols.photos.thresholds import BASELINE_WINDOW_DAYS
from protocols.starter import documents


@access(Permission.VIEW_PROTOCOLS)
@require_safe
def photo_protocol(request: ClinicRequest, pk: int) -> HttpResponse:
    """One version of the photo protocol."""
    return version_page(request, PhotoProtocolVersion, pk)


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def photo_protocol_new(request: ClinicRequest) -> HttpResponse:
    """Write the next photo protocol; it opens with the one in force, the first one with the usual views."""
    before = begun_from(PhotoProtocolVersion, request.actor.site)

    def save(form: PhotoProtocolForm) -> PhotoProtocolVersion:
        return write_photo_protocol(
            by=request.actor, submission_key=form.key, at=clock.now(), **form.why(),
            **_said(form),
        )  # fmt: skip

    opened: dict[str, Any] = {
        "initial": {
            "title": _("Standard photographs"), "preparation": documents.photo_preparation(),
            "baseline_window_days": BASELINE_WINDOW_DAYS, "audit_window_days": documents.AUDIT_WINDOW_DAYS,
            **asdict(documents.photo_thresholds()),
        },
        "rows_initial": [asdict(view) for view in documents.photo_views()],
        "more_initial": {"points": [asdict(point) for point in documents.photo_points()]},
    }  # fmt: skip
    return draft_page(
        request,
        make=partial(PhotoProtocolForm, first=before is None),
        opened=opened_with(before) if before is not None else opened,
        save=save,
        model=PhotoProtocolVersion,
        title=_("New photo protocol"),
        eyebrow=begun_eyebrow(before),
        back_url=reverse("protocol_list"),
    )


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def photo_protocol_edit(request: ClinicRequest, pk: int) -> HttpResponse:
    """Edit a draft of one's own."""
    versions = PhotoProtocolVersion.objects.for_site(request.actor.site).select_related("author")
    version: PhotoProtocolVersion = get_object_or_404(
        versions.prefetch_related(*PhotoProtocolVersion.all_parts()), pk=pk
    )
    if not may_edit(request, version):
        return redirect(version)

    def save(form: PhotoProtocolForm) -> PhotoProtocolVersion:
        return edit_photo_protocol(
            by=request.actor, version=version, row_version=form.cleaned_data["row_version"] or 0,
            at=clock.now(), **form.why(version), **_said(form),
        )  # fmt: skip

    opened = opened_with(version)
    opened["initial"] |= why_opened(version)
    return draft_page(
        request,
        make=partial(PhotoProtocolForm, first=version.number == 1, row_version=version.row_version),
        opened=opened,
        save=save,
        model=PhotoProtocolVersion,
        title=_("Edit %(version)s") % {"version": version},
        eyebrow=_("Protocols"),
        back_url=version.get_absolute_url(),
        version=version,
    )


def _said(form: PhotoProtocolForm) -> dict[str, Any]:
    names = ("title", "preparation", "baseline_window_days", "audit_window_days")
    return {
        **{name: form.cleaned_data[name] for name in names},
        "thresholds": form.thresholds(), "points": form.points(), "views": form.views(),
    }  # fmt: skip
