"""The steps of a version: each is a POST, and a refusal shows the version again with what to do."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.errors import Refused
from clinic.passkeys.identify import identify
from clinic.web.forms import ClinicForm
from clinic.web.paging import keyset_page
from protocols.decisions import services
from protocols.decisions.forms import ApproveForm, RetireForm, SendBackForm, carry_newest
from protocols.decisions.models import Decision
from protocols.decisions.pages import chip_of, show_version, version_of
from protocols.decisions.reading import model_of
from protocols.drafts.services import discard_draft


@access(Permission.VIEW_PROTOCOLS)
@require_safe
def version_list(request: ClinicRequest, kind: str) -> HttpResponse:
    """All versions of a kind, the retired too, the newest first."""
    model = model_of(kind)
    versions = model.objects.for_site(request.actor.site).named().select_related("author", "approval_signature")
    page = keyset_page(versions, request, order=("-created_at", "-id"))
    rows = [{"version": version, "chip": chip_of(version)} for version in page.rows]
    return render(
        request, "protocols/decisions/versions.html", {"title": model.title_of_kind, "page": page, "rows": rows}
    )


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: ClinicRequest, kind: str, pk: int) -> HttpResponse:
    """Send a draft to review."""
    version = version_of(request, model_of(kind), pk)
    return _step(
        request, version,
        lambda: services.submit_for_review(by=request.actor, version=version, at=clock.now()),
        done=_("%(version)s is in review. Somebody else who may approve protocols decides."),
    )  # fmt: skip


@access(Permission.WRITE_PROTOCOLS, Permission.APPROVE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: ClinicRequest, kind: str, pk: int) -> HttpResponse:
    """Return a version in review to its author."""
    version = version_of(request, model_of(kind), pk)
    form = SendBackForm(request.POST, auto_id="back_%s")
    return _step(
        request, version,
        lambda: services.send_back(
            by=request.actor, version=version, reason=form.cleaned_data["reason"], at=clock.now()
        ),
        form=form, done=_("%(version)s is a draft again."), sending_back=form,
    )  # fmt: skip


@access(Permission.APPROVE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: ClinicRequest, kind: str, pk: int) -> HttpResponse:
    """Approve a version in review by signature."""
    version = version_of(request, model_of(kind), pk)
    asks_reason = request.method == "POST" and bool(version.asks_of_approver().reason_for)
    in_force = version.of_same_document().active().first()
    form = ApproveForm(request.POST, row_version=version.row_version, asks_reason=asks_reason, in_force=in_force)

    def sign_it() -> Decision:
        confirmed = identify(request, form)
        return services.approve(
            by=request.actor, version=version, confirmed=confirmed, at=clock.now(),
            row_version=form.cleaned_data["row_version"] or 0, reason=form.cleaned_data.get("reason", ""),
            effective_from=form.cleaned_data["effective_from"],
        )  # fmt: skip

    later = form.is_valid() and (form.cleaned_data["effective_from"] or clock.today(request.actor.site)) > clock.today(
        request.actor.site
    )
    done = (
        _("%(version)s is approved; it is in force from its day on.")
        if later
        else _("%(version)s is approved and in force.")
    )
    return _step(request, version, sign_it, form=form, done=done, approval=form)


@access(Permission.APPROVE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def retire(request: ClinicRequest, kind: str, pk: int) -> HttpResponse:
    """Take a version out of force by signature."""
    version = version_of(request, model_of(kind), pk)
    form = RetireForm(request.POST, auto_id="retire_%s")

    def sign_it() -> Decision:
        confirmed = identify(request, form)
        return services.retire(
            by=request.actor, version=version, confirmed=confirmed, reason=form.cleaned_data["reason"],
            at=clock.now(),
        )  # fmt: skip

    return _step(request, version, sign_it, form=form, done=_("%(version)s is retired."), retirement=form)


@access(Permission.WRITE_PROTOCOLS, Permission.APPROVE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: ClinicRequest, kind: str, pk: int) -> HttpResponse:
    """Throw a draft away."""
    version = version_of(request, model_of(kind), pk)
    name = str(version)
    if request.method != "POST":
        return redirect(version)
    try:
        discard_draft(by=request.actor, version=version, at=clock.now())
    except Refused as refused:
        version = version_of(request, model_of(kind), pk)
        return show_version(request, version, refusals=[refused.message], status=422)
    messages.success(request, _("%(version)s is thrown away.") % {"version": name})
    return redirect("protocol_list")


def _step(
    request: ClinicRequest,
    version: Decision,
    verb: Callable[[], Decision],
    *,
    done: str,
    form: ClinicForm | None = None,
    **forms: Any,
) -> HttpResponse:
    """Take a step by POST and go to the version; a refusal shows the version with the form that was sent."""
    if request.method != "POST":
        # Whoever loads the address again, after a sign-in perhaps, lands on the version.
        return redirect(version)
    if form is None:
        form = ClinicForm(request.POST)
    moved = form.carry_out(verb)
    if moved is not None:
        messages.success(request, done % {"version": moved})
        return redirect(moved)
    version = version_of(request, type(version), version.pk)
    if "row_version" in form.fields:
        carry_newest(form, version.row_version)
    refusals = [] if forms else [str(error) for error in form.non_field_errors()]
    return show_version(request, version, refusals=refusals, status=form.status, **forms)
