"""Opening a site: everything that it must have before its first patient, each with its state and its link."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.models import Membership, User
from clinic.accounts.permissions import Permission
from clinic.passkeys.identify import identify
from clinic.signing.soundness import not_as_signed
from clinic.web.forms import posted
from protocols.opening.forms import SetUpEndForm, SetUpForm
from protocols.opening.models import Arrangement, SetUp
from protocols.opening.queries import needs_of, standing_set_ups
from protocols.opening.services import TREATING, end_set_up, may_set_up, record_set_up


@access(Permission.VIEW_PROTOCOLS)
@require_safe
def opening(request: ClinicRequest) -> HttpResponse:
    """What the site has and what it lacks."""
    site = request.actor.site
    today = clock.today(site)
    needs, may = needs_of(site, today), may_set_up(request.actor)
    context = {
        "needs": [need if may or not need.is_recorded else replace(need, url="") for need in needs],
        "missing": sum(not need.ready for need in needs),
        "set_ups": _shown(standing_set_ups(site), today),
        "arrangements": Arrangement,
        "may_set_up": may,
    }
    return render(request, "protocols/opening/opening.html", context)


@access(Permission.MANAGE_STAFF, Permission.APPROVE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def set_up_new(request: ClinicRequest, arrangement: str) -> HttpResponse:
    """Record that something is set up, or an operator trained."""
    if arrangement not in Arrangement:
        raise Http404("no such arrangement")
    kind, site = Arrangement(arrangement), request.actor.site
    form = SetUpForm(
        posted(request), arrangement=kind, today=clock.today(site),
        people=_people(request) if kind == Arrangement.OPERATOR else (),
    )  # fmt: skip
    if request.method == "POST":
        done = form.carry_out(
            lambda: record_set_up(
                by=request.actor, arrangement=kind, name=form.cleaned_data.get("name", ""),
                details=form.cleaned_data["details"], valid_until=form.cleaned_data["valid_until"],
                person=_person(form.cleaned_data.get("person")),
                confirmed=identify(request, form),
                submission_key=form.key, at=clock.now(),
            )
        )  # fmt: skip
        if done is not None:
            messages.success(request, _("%(name)s is recorded.") % {"name": done})
            return redirect("opening")
    context = {"form": form, "title": kind.label}
    return render(request, "protocols/opening/set_up.html", context, status=form.status)


@access(Permission.MANAGE_STAFF, Permission.APPROVE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def set_up_end(request: ClinicRequest, pk: int) -> HttpResponse:
    """Record that it isn't there any more."""
    found = get_object_or_404(SetUp.objects.for_site(request.actor.site).select_related("end"), pk=pk)
    if not may_set_up(request.actor):
        raise PermissionDenied
    form = SetUpEndForm(posted(request))
    if request.method == "POST":
        done = form.carry_out(
            lambda: end_set_up(by=request.actor, set_up=found, reason=form.cleaned_data["reason"], at=clock.now())
        )
        if done is not None:
            messages.success(request, _("%(name)s isn't counted any more.") % {"name": found})
            return redirect("opening")
    context = {"set_up": found, "form": form, "ended": getattr(found, "end", None)}
    return render(request, "protocols/opening/end.html", context, status=form.status)


def _shown(set_ups: Iterable[SetUp], today: date) -> list[dict[str, Any]]:
    """Return the `set_ups` as they are listed: whether each is over, and whether it is what was signed."""
    found = list(set_ups)
    changed = not_as_signed({each: each.signature_id for each in found})
    return [
        {
            "set_up": each, "over": each.valid_until is not None and each.valid_until < today,
            "holds": each not in changed,
        }
        for each in found
    ]  # fmt: skip


def _people(request: ClinicRequest) -> list[tuple[int, str]]:
    """Return who treats at the site, but for oneself."""
    here = Membership.objects.current().filter(site=request.actor.site, role__in=TREATING, user__is_active=True)
    people = here.exclude(user=request.actor.user).order_by("user__full_name")
    return list(people.values_list("user_id", "user__full_name").distinct())


def _person(pk: int | None) -> User | None:
    return User.objects.filter(pk=pk).first() if pk is not None else None
