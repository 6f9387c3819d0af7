"""When a sign-in ends while somebody types: sign in again, and nothing typed is lost.

The unsigned POST isn't carried out. Its fields travel in the page (not in the browser's storage, not in
a server-side session), and after signing in the person sends them once more, to the same address, with
the same submission key. Only the person who typed them: anybody else is shown none of it, nor finds it in the
page's source, and signs in elsewhere.
"""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from clinic.accounts.access import public, signed_in
from clinic.accounts.carrying import CARRIED_FIELD, Carried, opened, sealed
from clinic.accounts.entries import ENTRY_FIELD, SITE_FIELD, is_entry_at, is_entry_of
from clinic.accounts.forms import SignInForm
from clinic.accounts.models import User
from clinic.accounts.working_at import actor_of, work_at
from clinic.web.autosave import by_script

#: Never carried along: secrets, and what the new page brings itself.
NOT_CARRIED = frozenset({"csrfmiddlewaretoken", "password", "login", "remember", "resume_path", ENTRY_FIELD})
PREFIX = "carried-"
MOST_FIELDS = 500


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return names and values of what was sent, without secrets, for a page that sends it once more."""
    sent = request.POST.lists()
    return [(name, value) for name, values in sent if name not in NOT_CARRIED for value in values][:MOST_FIELDS]


def to_carry(request: HttpRequest) -> dict[str, Any]:
    """Return what a page shows and hides so that what was sent with `request` can be sent once more."""
    return {
        "resume_path": request.get_full_path(),
        "fields": [(PREFIX + name, value) for name, value in typed(request)],
        "files_lost": bool(request.FILES),
    }


def carried_on(request: HttpRequest) -> list[tuple[str, str]]:
    """Return names and values that a page carried, as they were typed at first."""
    return [
        (name.removeprefix(PREFIX), value)
        for name, values in request.POST.lists()
        if name.startswith(PREFIX)
        for value in values
    ][:MOST_FIELDS]


def offer_again(request: HttpRequest, *, title: str, fields: list[tuple[str, str]]) -> HttpResponse:
    """Show a page that sends `fields` once more by one button, to the address that they were for."""
    return _offer(
        request, title=title, path=request.POST.get("resume_path", "/"), fields=fields,
        files_lost=request.POST.get("files_lost") == "1",
    )  # fmt: skip


def offer_what_was_sent(request: HttpRequest, *, title: str) -> HttpResponse:
    """Show what was just sent, and not carried out, ready to be sent again from a page that is fresh: 403."""
    return _offer(
        request, title=title, path=request.get_full_path(), fields=typed(request), files_lost=bool(request.FILES),
        status=403,
    )  # fmt: skip


def _offer(
    request: HttpRequest, *, title: str, path: str, fields: list[tuple[str, str]], files_lost: bool, status: int = 200
) -> HttpResponse:
    context = {"resume_path": own_path(path), "fields": fields, "files_lost": files_lost, "title": title}
    return render(request, "account/continue.html", context, status=status)


def ask_to_sign_in_again(request: HttpRequest) -> HttpResponse:
    """Answer a POST without a sign-in, 401, or in another's, 403: with a sign-in form that carries what was typed."""
    mark, files_lost = request.POST.get(ENTRY_FIELD, ""), bool(request.FILES)
    carried = sealed(Carried(request.get_full_path(), mark, typed(request), files_lost))
    return _page(request, carried=carried, files_lost=files_lost, form=SignInForm(request=request))


def _page(request: HttpRequest, *, carried: str, files_lost: bool, form: SignInForm) -> HttpResponse:
    context = {"carried_field": CARRIED_FIELD, "carried": carried, "files_lost": files_lost, "form": form}
    if request.user.is_authenticated:
        return render(request, "account/not_yours.html", context, status=403)
    return render(request, "account/resume.html", context, status=401)


def refuse_foreign_entry(request: HttpRequest) -> HttpResponse:
    """Say that somebody else typed what was sent, show nothing of it, and carry it for them to sign in: 403."""
    if by_script(request):
        # The page keeps what was typed, and tells whose name it would have been saved in.
        return JsonResponse({"other": str(request.user)}, status=403)
    return ask_to_sign_in_again(request)


def own_path(path: str) -> str:
    """Return `path` when it is an address of this clinic, else the first page."""
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or not path.startswith("/") or path.startswith(("//", "/\\")):
        return "/"
    try:
        resolve(parts.path)
    except Resolver404:
        return "/"
    return path


@public
@require_POST
@sensitive_post_parameters()
def resume(request: HttpRequest) -> HttpResponse:
    """Sign in, then show what was typed, ready to be sent again; nobody but who typed it is signed in here."""
    text = request.POST.get(CARRIED_FIELD, "")
    carried = opened(text)
    files_lost = carried is not None and carried.files_lost
    form = SignInForm(request.POST, request=request)
    if form.is_valid() and carried is not None and carried.fields and not is_entry_of(form.user, carried.mark):
        # Signed in, they would have to sign out again for the other to go on, and the page would be gone.
        form.add_error(None, _("Somebody else typed this. It waits here for whoever did: only they can go on with it."))
    if not form.is_valid():
        return _page(request, carried=text, files_lost=files_lost, form=form)
    # The adapter throttles and the form authenticates; what follows is the same sign-in as on the first page.
    login(request, form.user)
    if carried is None:
        messages.warning(request, _("What was typed before can’t be read any more. Enter it again."))
        return redirect("today")
    if not carried.fields:
        return redirect(own_path(carried.path))
    _work_where_it_was_opened(request, form.user, dict(carried.fields).get(SITE_FIELD))
    return _offer(
        request, title=_("Welcome back"), path=carried.path, fields=carried.fields, files_lost=carried.files_lost
    )


def _work_where_it_was_opened(request: HttpRequest, user: User, opened: str | None) -> None:
    """Go on at the site that the form was opened at: a new sign-in begins at the first site."""
    actor = actor_of(request, user)
    if actor is not None and opened is not None and not is_entry_at(actor.site.pk, opened):
        work_at(request, actor, opened)


@signed_in
@require_safe
def beside(request: HttpRequest) -> HttpResponse:
    """A window of its own, opened from a page that saves itself: sign in, and go back there."""
    return render(request, "account/beside.html", {"signed_in_name": str(request.user)})
