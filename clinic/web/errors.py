"""Error pages of our own, each with a way back."""

import sys
from http import HTTPStatus
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE, get_token
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.errors import DiskFull

from clinic.accounts.access import public
from clinic.accounts.entries import ENTRY_FIELD, is_entry_of
from clinic.accounts.resume import ask_to_sign_in_again, offer_what_was_sent, typed
from clinic.components.status import toast
from clinic.web.above import page_above
from clinic.web.autosave import by_script, closed, failed


def _page(request: HttpRequest, template: str, status: int, message: str = "") -> HttpResponse:
    return render(request, template, {"message": message}, status=status)


@public
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; with what to do where more was sent than a form may hold."""
    too_much = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    message = _("What was sent is more than a form may hold. Go one page back, shorten it, and send it again.")
    return _page(request, "400.html", 400, message if too_much else "")


class WorksNowhere(PermissionDenied):
    """Somebody is signed in who has no role at any site, or none any more."""


@public
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, with the sentence that the refusal gave; who works nowhere is told so, and may sign out."""
    if isinstance(exception, WorksNowhere):
        return _page(request, "nowhere.html", 403)
    return _page(request, "403.html", 403, str(exception or ""))


@public
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _page(request, "404.html", 404)


@public
def server_error(request: HttpRequest) -> HttpResponse:
    """500: says nothing of what went wrong, only its number; 503 when it is the database that can't be reached.

    507 when its disk is full. No page asks the database who is reading it. What was typed waits on those of the last
    two; what bore no token of ours, as another site's form, isn't offered with one. A page that saves itself is told
    in a sentence, and keeps what was typed.
    """
    if not hasattr(request, "_cached_user"):
        request.user = AnonymousUser()
    status = _status_of(sys.exc_info()[1])
    if by_script(request):
        return failed(_FAILURES[status], status=status)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _page(request, "500.html", status)
    ours = getattr(request, "csrf_processing_done", False)
    return render(request, f"{status}.html", _to_send_again(request) if ours else None, status=status)


_FAILURES = {
    HTTPStatus.INTERNAL_SERVER_ERROR: gettext_lazy("Something went wrong on our side."),
    HTTPStatus.SERVICE_UNAVAILABLE: gettext_lazy("The clinic can't reach its records."),
    HTTPStatus.INSUFFICIENT_STORAGE: gettext_lazy("The server's disk is full: call whoever looks after the server."),
}


def _status_of(error: BaseException | None) -> HTTPStatus:
    """Return what kind of failure `error` is; Django's own errors have the driver's as their cause."""
    if isinstance(error, OperationalError) and isinstance(error.__cause__, DiskFull):
        return HTTPStatus.INSUFFICIENT_STORAGE
    if isinstance(error, OperationalError | InterfaceError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _to_send_again(request: HttpRequest) -> dict[str, Any]:
    """Return what the page needs to send what was typed once more."""
    return {"fields": typed(request), "path": request.get_full_path(), "files_lost": bool(request.FILES)}


@public
def read_only(request: HttpRequest, message: str) -> HttpResponseBase:
    """503: an older backup was put back, and nothing is written until somebody has seen to it.

    What was typed waits on the page, to be sent once more, or on the page that htmx sent it from.
    """
    if by_script(request):
        return closed(message)
    if request.headers.get("HX-Request") == "true":
        headers = {"HX-Retarget": "[data-toasts]", "HX-Reswap": "innerHTML"}
        return HttpResponse(toast("stop", message), status=409, headers=headers)
    return render(request, "read_only.html", {"message": message, **_to_send_again(request)}, status=503)


@public
def wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """405: an address that only a form may send to, or only a link may open.

    Who comes to the first by a link, by reloading or by one page back, is led to the page that has the form.
    """
    above = page_above(request) if request.method in {"GET", "HEAD"} else ""
    response = render(request, "405.html", {"above": above}, status=405)
    response["Allow"] = allowed
    return response


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was open too long: send it again. A page that saves itself gets a new token and goes on."""
    if by_script(request):
        get_token(request)
        return JsonResponse({"token": True}, status=403)
    if is_entry_of(request.user, request.POST.get(ENTRY_FIELD, "")):
        # Nobody else's page bears this mark, so it is no forged request: what was typed can be sent once more.
        return offer_what_was_sent(request, title=_("This page was open for too long"))
    if not request.user.is_authenticated and request.POST.get(ENTRY_FIELD) and _may_be_own(reason):
        # All cookies are gone. Nothing is carried out: who signs in and typed it gets it back, and nobody else.
        return ask_to_sign_in_again(request)
    return _page(request, "csrf.html", 403)


def _may_be_own(reason: str) -> bool:
    """Whether a form without a valid token may come from a page of ours: browsers name the site that sends a form."""
    return reason == REASON_NO_CSRF_COOKIE or reason.startswith("CSRF token")
