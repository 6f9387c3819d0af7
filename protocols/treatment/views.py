"""Pages of treatment protocols."""

from functools import partial

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
from protocols.drafts.views import draft_page, may_edit, why_opened
from protocols.starter import documents
from protocols.treatment.forms import TreatmentForm
from protocols.treatment.models import TreatmentProtocolVersion
from protocols.treatment.services import Technique, edit_treatment_protocol, write_treatment_protocol


@access(Permission.VIEW_PROTOCOLS)
@require_safe
def treatment_protocol(request: ClinicRequest, pk: int) -> HttpResponse:
    """One version of the treatment protocol."""
    return version_page(request, TreatmentProtocolVersion, pk)


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def treatment_protocol_new(request: ClinicRequest) -> HttpResponse:
    """Write the next treatment protocol; it opens with the one in force, the first one with the usual numbers."""
    before = begun_from(TreatmentProtocolVersion, request.actor.site)

    def save(form: TreatmentForm) -> TreatmentProtocolVersion:
        return write_treatment_protocol(
            by=request.actor, submission_key=form.key, at=clock.now(), **form.why(), **form.technique()
        )

    opened = _technique(before) if before is not None else documents.technique()
    return draft_page(
        request,
        make=partial(TreatmentForm, first=before is None),
        opened={"initial": opened},
        save=save,
        model=TreatmentProtocolVersion,
        title=_("New treatment protocol"),
        eyebrow=_("Protocols"),
        back_url=reverse("protocol_list"),
    )


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def treatment_protocol_edit(request: ClinicRequest, pk: int) -> HttpResponse:
    """Edit a draft of one's own."""
    versions = TreatmentProtocolVersion.objects.for_site(request.actor.site).select_related("author")
    version: TreatmentProtocolVersion = get_object_or_404(versions, pk=pk)
    if not may_edit(request, version):
        return redirect(version)

    def save(form: TreatmentForm) -> TreatmentProtocolVersion:
        return edit_treatment_protocol(
            by=request.actor, version=version, row_version=form.cleaned_data["row_version"] or 0, at=clock.now(),
            **form.why(version), **form.technique(),
        )  # fmt: skip

    return draft_page(
        request,
        make=partial(TreatmentForm, first=version.number == 1, row_version=version.row_version),
        opened={"initial": {**_technique(version), **why_opened(version)}},
        save=save,
        model=TreatmentProtocolVersion,
        title=_("Edit %(version)s") % {"version": version},
        eyebrow=_("Protocols"),
        back_url=version.get_absolute_url(),
        version=version,
    )


def _technique(version: TreatmentProtocolVersion) -> dict[str, object]:
    return {name: getattr(version, name) for name in Technique.__annotations__}
