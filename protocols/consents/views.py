"""Pages of consent scripts."""

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
from protocols.consents.forms import ConsentScriptForm, opened_with
from protocols.consents.models import ConsentScriptVersion
from protocols.consents.services import edit_consent_script, write_consent_script
from protocols.decisions.pages import version_page
from protocols.decisions.queries import begun_from
from protocols.drafts.views import draft_page, may_edit, why_opened
from protocols.starter import documents


@access(Permission.VIEW_PROTOCOLS)
@require_safe
def consent_script(request: ClinicRequest, pk: int) -> HttpResponse:
    """One version of the consent script."""
    return version_page(request, ConsentScriptVersion, pk)


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_script_new(request: ClinicRequest) -> HttpResponse:
    """Write the next consent script; it opens with the one in force, the first one with an example."""
    before = begun_from(ConsentScriptVersion, request.actor.site)

    def save(form: ConsentScriptForm) -> ConsentScriptVersion:
        return write_consent_script(
            by=request.actor, title=form.cleaned_data["title"], body=form.cleaned_data["body"],
            statements=form.statements(), submission_key=form.key, at=clock.now(), **form.why(),
        )  # fmt: skip

    opened: dict[str, Any] = {
        "initial": {"title": _("Consent to scalp mesotherapy"), "body": documents.consent_body()},
        "rows_initial": [{"text": text} for text in documents.expectation_statements()],
    }
    return draft_page(
        request,
        make=partial(ConsentScriptForm, first=before is None),
        opened=opened_with(before) if before is not None else opened,
        save=save,
        model=ConsentScriptVersion,
        title=_("New consent script"),
        eyebrow=_("Protocols"),
        back_url=reverse("protocol_list"),
    )


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_script_edit(request: ClinicRequest, pk: int) -> HttpResponse:
    """Edit a draft of one's own."""
    versions = ConsentScriptVersion.objects.for_site(request.actor.site).select_related("author")
    version: ConsentScriptVersion = get_object_or_404(versions.prefetch_related("statements"), pk=pk)
    if not may_edit(request, version):
        return redirect(version)

    def save(form: ConsentScriptForm) -> ConsentScriptVersion:
        return edit_consent_script(
            by=request.actor, version=version, row_version=form.cleaned_data["row_version"] or 0,
            title=form.cleaned_data["title"], body=form.cleaned_data["body"], statements=form.statements(),
            at=clock.now(), **form.why(version),
        )  # fmt: skip

    opened = opened_with(version)
    opened["initial"] |= why_opened(version)
    return draft_page(
        request,
        make=partial(ConsentScriptForm, first=version.number == 1, row_version=version.row_version),
        opened=opened,
        save=save,
        model=ConsentScriptVersion,
        title=_("Edit %(version)s") % {"version": version},
        eyebrow=_("Protocols"),
        back_url=version.get_absolute_url(),
        version=version,
    )
