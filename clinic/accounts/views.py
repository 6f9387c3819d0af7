"""Choosing the site one works at."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from clinic.accounts.access import ClinicRequest, signed_in_anywhere
from clinic.accounts.resume import carried_on, offer_again, own_path
from clinic.accounts.working_at import work_at


@signed_in_anywhere
@require_POST
@sensitive_post_parameters()
def switch_site(request: ClinicRequest) -> HttpResponse:
    """Work at another of one's own sites; anybody else's is 404.

    With a form that was refused because of its site, what was typed is shown again, ready to be sent.
    """
    if not work_at(request, request.actor, request.POST.get("site", "")):
        raise Http404("not a site of this account")
    fields = carried_on(request)
    if fields:
        title = _("You work at %(site)s again") % {"site": request.actor.site.name}
        return offer_again(request, title=title, fields=fields)
    return redirect(own_path(request.POST.get("next", "/")) if request.POST.get("next") else "today")
