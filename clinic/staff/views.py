"""The pages of the staff: who works here, adding, changing, ending, and the link to a first password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.hashers import is_password_usable
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access, public
from clinic.accounts.models import User
from clinic.accounts.permissions import ROLES, Permission, Role
from clinic.errors import Refused
from clinic.staff import services
from clinic.staff.forms import EndForm, FirstPasswordForm, PasswordAwayForm, PersonForm, RolesForm
from clinic.staff.links import first_password_links
from clinic.staff.queries import staff_of
from clinic.web.forms import posted
from clinic.web.paging import keyset_page


def _row(person: Any) -> dict[str, Any]:
    held = {membership.role for membership in person.here}
    return {
        "person": person,
        "roles": [role for role in Role if role in held],
        "has_password": is_password_usable(person.password),
    }


@access(Permission.MANAGE_STAFF)
@require_safe
def staff_list(request: ClinicRequest) -> HttpResponse:
    """Who works here, by name, and what each role is for."""
    page = keyset_page(staff_of(request.actor.site), request, order=("full_name", "id"))
    explained = [(role.label, bundle.sentence) for role, bundle in ROLES.items()]
    context = {"page": page, "rows": [_row(person) for person in page.rows], "explained": explained}
    return render(request, "staff/list.html", context)


@access(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def staff_new(request: ClinicRequest) -> HttpResponse:
    """Add a person."""
    form = PersonForm(posted(request))

    def add() -> User:
        values = {name: form.cleaned_data[name] for name in ("email", "full_name", "registration_number", "roles")}
        return services.add_person(by=request.actor, at=clock.now(), **values)

    if request.method == "POST" and (person := form.carry_out(add)):
        messages.success(request, _("%(name)s works here now.") % {"name": person.full_name})
        return redirect("staff_person", person.pk)
    return render(request, "staff/new.html", {"form": form}, status=form.status)


def _person(request: ClinicRequest, pk: int) -> User:
    found: User = get_object_or_404(staff_of(request.actor.site), pk=pk)
    return found


@access(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def staff_person(request: ClinicRequest, pk: int) -> HttpResponse:
    """One person: their roles here, to be changed."""
    person = _person(request, pk)
    form = _roles_form(request, person)

    def change() -> bool:
        services.change_roles(
            by=request.actor, person=person, before=form.cleaned_data["shown"], roles=form.cleaned_data["roles"],
            reason=form.cleaned_data["reason"], at=clock.now(),
        )  # fmt: skip
        return True

    if request.method == "POST" and form.carry_out(change):
        messages.success(request, _("The roles are saved."))
        return redirect("staff_person", person.pk)
    return _person_page(request, _person(request, pk) if form.stale else person, form)


def _roles_form(request: ClinicRequest, person: User) -> RolesForm:
    held = [role.value for role in _row(person)["roles"]]
    return RolesForm(posted(request), initial={"roles": held, "shown": ",".join(held)})


def _person_page(request: ClinicRequest, person: User, form: RolesForm, **more: Any) -> HttpResponse:
    row = _row(person)
    if form.stale:
        # What was ticked stays; the roles as they are now go with it, so that saving again is a choice.
        form.carry("shown", ",".join(role.value for role in row["roles"]))
    context = {**row, "form": form, "oneself": person.pk == request.actor.user.pk, **more}
    return render(request, "staff/person.html", context, status=form.status)


@access(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def staff_end(request: ClinicRequest, pk: int) -> HttpResponse:
    """End somebody's work here."""
    person = _person(request, pk)
    form = EndForm(posted(request))

    def end() -> bool:
        services.end_work(by=request.actor, person=person, reason=form.cleaned_data["reason"], at=clock.now())
        return True

    if request.method == "POST" and form.carry_out(end):
        done = _("%(name)s doesn't work here any more and is signed out everywhere.")
        messages.success(request, done % {"name": person.full_name})
        return redirect("staff_list")
    return render(request, "staff/end.html", {"form": form, "person": person}, status=form.status)


@access(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def staff_password(request: ClinicRequest, pk: int) -> HttpResponse:
    """Take a password away that was forgotten or isn't secret any more."""
    person = _person(request, pk)
    form = PasswordAwayForm(posted(request))

    def take() -> bool:
        reason = form.cleaned_data["reason"]
        services.take_password_away(by=request.actor, person=person, reason=reason, at=clock.now())
        return True

    if request.method == "POST" and form.carry_out(take):
        done = _("The old password doesn't work any more. Make a link, and hand it over.")
        messages.success(request, done)
        return redirect("staff_person", person.pk)
    return render(request, "staff/password.html", {"form": form, "person": person}, status=form.status)


@access(Permission.MANAGE_STAFF)
@require_POST
def staff_link(request: ClinicRequest, pk: int) -> HttpResponse:
    """Show a link to a first password, this once."""
    person = _person(request, pk)
    try:
        uid, token = services.make_first_password_link(by=request.actor, person=person, at=clock.now())
    except Refused as refused:
        messages.warning(request, refused.message)
        return redirect("staff_person", person.pk)
    link = request.build_absolute_uri(reverse("first_password", args=[uid, token]))
    return render(request, "staff/link.html", {"person": person, "link": link})


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def first_password(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Choose a first password by a link; one that doesn't work (any more) is 404, whatever the reason."""
    person = first_password_links.person_for(uid, token)
    if person is None:
        return render(request, "staff/no_link.html", status=404)
    form = FirstPasswordForm(posted(request))

    def choose() -> bool:
        services.choose_first_password(
            uid=uid, token=token, password=form.cleaned_data["password"], address=request.META.get("REMOTE_ADDR", ""),
            request_id=getattr(request, "request_id", ""), at=clock.now(),
        )  # fmt: skip
        return True

    if request.method == "POST" and form.carry_out(choose):
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("account_login")
    return render(request, "staff/first_password.html", {"form": form, "person": person}, status=form.status)
