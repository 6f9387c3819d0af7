"""The pages of a vial: what opens when its label is scanned, and destroying what is left."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from sessions.preparation.forms import DestroyForm, FindVialForm
from sessions.preparation.models import Vial
from sessions.preparation.queries import VialPage, VialStateKind, remaining_ul, vial_by_code, vial_page
from sessions.preparation.services import destroy_leftover
from sessions.preparation.vials import shown_code

FOLDER = "sessions/preparation"
TONES = {
    VialStateKind.IN_DATE: "ready", VialStateKind.BEYOND_USE: "stop", VialStateKind.EMPTY: "plain",
    VialStateKind.NOT_IN_FORCE: "stop", VialStateKind.DRAWN: "ask",
}  # fmt: skip


def _found(request: ClinicRequest, code: str) -> Vial:
    found = vial_by_code(request.actor.site, code)
    if found is None:
        raise Http404("no vial here has this code")
    return found


@access(Permission.VIEW_PREPARATIONS)
@require_safe
def vial(request: ClinicRequest, code: str) -> HttpResponse:
    """What is in a vial, until when it may be used, and where its content went."""
    found = _found(request, code)
    if found.code != code:
        return redirect("vial", code=found.code)
    return render(request, f"{FOLDER}/vial.html", _context(request, vial_page(found, at=clock.now())))


@access(Permission.VIEW_PREPARATIONS)
@require_safe
def vial_find(request: ClinicRequest) -> HttpResponse:
    """Open the vial whose code was typed, or whose label's address was scanned into the field."""
    form = FindVialForm(request.GET)
    typed = form.cleaned_data["code"].rstrip("/").rsplit("/", 1)[-1] if form.is_valid() else ""
    found = vial_by_code(request.actor.site, typed)
    if found is None:
        messages.warning(request, _("No vial here has this code. Type the six characters on the label."))
        return redirect("preparation_list")
    return redirect("vial", code=found.code)


@access(Permission.PREPARE)
@require_http_methods(["GET", "HEAD", "POST"])
def vial_destroy(request: ClinicRequest, code: str) -> HttpResponse:
    """Record that what is left in a vial was destroyed."""
    found = _found(request, code)
    left_ul = remaining_ul(found)
    form = DestroyForm(request.POST or None, initial={"volume_ul": left_ul})
    if request.method == "POST":
        moved = form.carry_out(
            lambda: destroy_leftover(
                by=request.actor,
                vial=found,
                volume_ul=form.cleaned_data["volume_ul"],
                reason=form.cleaned_data["reason"],
                submission_key=form.key,
                at=clock.now(),
            )
        )
        if moved is not None:
            return redirect("vial", code=found.code)
    context = {"form": form, "vial": found, "code": shown_code(found.code), "left_ul": left_ul}
    return render(request, f"{FOLDER}/destroy.html", context, status=form.status)


def _context(request: ClinicRequest, page: VialPage) -> dict[str, Any]:
    preparation = page.vial.preparation
    return {
        "page": page,
        "vial": page.vial,
        "code": shown_code(page.vial.code),
        "preparation": preparation,
        "version": preparation.formulation_version,
        "state": page.state.label,
        "tone": TONES[page.state],
        # In somebody's hand it is used within its hours too.
        "counts_down": page.state is VialStateKind.IN_DATE
        or (page.state is VialStateKind.DRAWN and page.held_by is not None),
        "not_in_force": page.state is VialStateKind.NOT_IN_FORCE,
        "now": clock.now(),
        # The way to the session is for whoever may read sessions; others read that the vial is in use.
        "may_read_sessions": request.actor.may(Permission.READ_SESSIONS),
        "may_destroy": page.left_ul > 0 and page.held_by is None and request.actor.may(Permission.PREPARE),
    }
