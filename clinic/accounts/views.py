"""Choosing the site one works at."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clinic.accounts.access import ClinicRequest, signed_in
from clinic.accounts.resume import own_path
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from clinic.web.middleware import SITE_KEY


@signed_in
@require_POST
def switch_site(request: ClinicRequest) -> HttpResponse:
    """Work at another of one's own sites; anybody else's is 404."""
    wanted = request.POST.get("site", "")
    site = next((site for site in request.actor.sites if str(site.pk) == wanted), None)
    if site is None:
        raise Http404("not a site of this account")
    _record_switch(request, site_name=site.name, before=request.actor.site.name)
    request.session[SITE_KEY] = site.pk
    request.session.cycle_key()
    return redirect(own_path(request.POST.get("next", "/")) if request.POST.get("next") else "today")


@unit_of_work
def _record_switch(request: ClinicRequest, *, site_name: str, before: str) -> None:
    record(
        by=request.actor, action=Action.SWITCH_SITE, subject=request.actor.user,
        before={"site": before}, after={"site": site_name},
    )  # fmt: skip
