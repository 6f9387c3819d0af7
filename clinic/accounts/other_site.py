"""A form opened at one site and sent at another: refused before anything is written, and nothing typed is lost."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from clinic.accounts.entries import SITE_FIELD
from clinic.accounts.resume import to_carry
from clinic.components.status import toast
from clinic.web.autosave import by_script


def refuse_other_site(request: HttpRequest) -> HttpResponse:
    """Answer 409 and say both sites: as a page that carries what was typed, or to the page that still holds it."""
    actor = request.actor  # type: ignore[attr-defined]
    opened = next((site for site in actor.sites if str(site.pk) == request.POST[SITE_FIELD]), None)
    names = {"opened": opened.name if opened else _("another site"), "current": actor.site.name}
    told = _("This form was opened at %(opened)s; you now work at %(current)s. Nothing was saved.") % names
    if by_script(request):
        waits = _("this page was opened at %(opened)s; you now work at %(current)s. Change the site back to save it.")
        return JsonResponse({"elsewhere": waits % names}, status=409)
    what_to_do = _("Change the site back, or open the form anew.")
    if request.headers.get("HX-Request") == "true":
        # The page keeps what was typed, and says it above.
        shown = toast("stop", f"{told} {what_to_do}")
        return HttpResponse(shown, status=409, headers={"HX-Retarget": "[data-toasts]", "HX-Reswap": "innerHTML"})
    context = {"told": told, "what_to_do": what_to_do, "opened": opened, **to_carry(request)}
    return render(request, "account/other_site.html", context, status=409)
