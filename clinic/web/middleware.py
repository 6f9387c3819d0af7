"""Every request has a number, an actor where it needs one, and a view that said who may open it."""

import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.accounts.access import Access, access_of
from clinic.accounts.entries import ENTRY_FIELD, SITE_FIELD, is_entry_at, is_entry_of
from clinic.accounts.other_site import refuse_other_site
from clinic.accounts.resume import ask_to_sign_in_again, refuse_foreign_entry
from clinic.accounts.working_at import actor_of
from clinic.errors import NotAllowed, ReadOnly
from clinic.web.errors import WorksNowhere, read_only, wrong_method
from clinic.web.request_ids import current_request_id

Next = Callable[[HttpRequest], HttpResponseBase]

_GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,36}")


def request_id(get_response: Next) -> Next:
    """Give each request a number, which is in the logs, the trail and the answer."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        number = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = number  # type: ignore[attr-defined]
        token = current_request_id.set(number)
        try:
            response = get_response(request)
        finally:
            current_request_id.reset(token)
        response["X-Request-ID"] = number
        return response

    return middleware


class access:  # noqa: N801 - reads as a middleware function in the settings
    """Let a view be opened only by those for whom it was declared; nobody else."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.actor = None  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        if request.actor is not None:  # type: ignore[attr-defined]
            # Pages show people's health: no cache keeps them, and Back after signing out shows nothing.
            response.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Answer in the view's place when the person may not open it."""
        declared = access_of(view)
        if declared is None:
            raise PermissionDenied(f"{view!r} doesn't say who may open it")
        if declared.anonymous:
            return None
        if request.user.is_authenticated and request.user.is_active:
            request.actor = actor_of(request, request.user)  # type: ignore[attr-defined]
        if request.actor is not None:  # type: ignore[attr-defined]
            timezone.activate(request.actor.site.time_zone)  # type: ignore[attr-defined]
        return None if declared.public else _in_its_place(request, declared)


def _in_its_place(request: HttpRequest, declared: Access) -> HttpResponseBase | None:
    """Answer in the place of a view that is open to some; None for who may open it. Raises PermissionDenied."""
    if not request.user.is_authenticated:
        return _sign_in_first(request)
    if ENTRY_FIELD in request.POST and not is_entry_of(request.user, request.POST[ENTRY_FIELD]):
        # The page was shown to somebody else, who has been signed out since in another tab.
        return refuse_foreign_entry(request)
    actor = request.actor  # type: ignore[attr-defined]
    if actor is None:
        raise WorksNowhere
    if not declared.any_site and not is_entry_at(actor.site.pk, request.POST.get(SITE_FIELD)):
        # The site was changed in another tab since: nothing meant for one site is written at another.
        return refuse_other_site(request)
    if not declared.allows(actor.permissions):
        raise PermissionDenied(
            _("Your role at %(site)s doesn't open this page. Ask the manager if it should.") % {"site": actor.site.name}
        )
    return None


def _sign_in_first(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request") == "true":
        back = request.headers.get("HX-Current-URL", "/")
        path = "/" + back.split("/", 3)[3] if back.count("/") >= 3 else "/"
        if request.method == "GET" and path.partition("?")[0] == request.path:
            path = request.get_full_path()  # the page itself, with what was typed into its search since it was loaded
        return HttpResponse(status=401, headers={"HX-Redirect": f"/sign-in/?next={quote(path)}"})
    if request.method in {"GET", "HEAD"}:
        return redirect_to_login(request.get_full_path())
    return ask_to_sign_in_again(request)


class named_errors:  # noqa: N801 - reads as a middleware function in the settings
    """Turn a service's "not allowed" and "read only" that no view caught, and a bare 405, into pages of ours."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            return wrong_method(request, response["Allow"])
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Raise PermissionDenied for NotAllowed; say what to do where the clinic is read only."""
        if isinstance(error, NotAllowed):
            raise PermissionDenied(error.message) from error
        if isinstance(error, ReadOnly):
            return read_only(request, str(error))
        return None
