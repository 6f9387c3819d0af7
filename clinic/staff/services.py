"""Who works at a site: adding a person, changing their roles, ending their work here, and a first password."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor, actor_for
from clinic.accounts.models import Membership, Site, User
from clinic.accounts.permissions import Permission, Role
from clinic.errors import Refused, StaleWrite
from clinic.staff.links import first_password_links
from clinic.trail.models import Action, ChainHead
from clinic.trail.unit import record, unit_of_work


@unit_of_work
def add_person(
    *, by: Actor, email: str, full_name: str, registration_number: str, roles: Collection[Role], at: datetime
) -> User:
    """Let somebody work at the actor's site in `roles`; return their account, which is made when there is none.

    An account that there is keeps its name and password. Sending the same again changes nothing. Raises Refused
    for who works here already, for an account that was switched off, and for what can't be accepted.
    """
    by.require(Permission.MANAGE_STAFF)
    site = _locked(by.site)
    ChainHead.objects.select_for_update().get(pk=1)  # of two sites that add the same new person, one comes first
    if not roles:
        raise Refused(_("Choose at least one role."), field="roles")
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    if user is None:
        user = _new_account(by=by, email=email, full_name=full_name, registration_number=registration_number, at=at)
    elif user.is_service or not user.is_active:
        raise Refused(_("This account is switched off. Use another e-mail address."), field="email")
    elif here := _roles_of(user, site):
        if here == set(roles) and user.full_name == full_name.strip():
            return user  # the same form, sent twice
        raise Refused(_("This person works here already. Change the roles on their page."), field="email")
    _grant(by=by, user=user, roles=roles, at=at)
    return user


def _new_account(*, by: Actor, email: str, full_name: str, registration_number: str, at: datetime) -> User:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(_("Enter an e-mail address like name@example.org."), field="email") from error
    if not full_name.strip():
        raise Refused(_("Enter the full name: it is printed on records."), field="full_name")
    number = registration_number.strip()
    user = User.objects.create_user(email, full_name, password=None, registration_number=number)
    after = {"email": email, "full_name": user.full_name, "registration_number": number}
    record(by=by, action=Action.CREATE, subject=user, after=after, at=at)
    return user


@unit_of_work
def change_roles(
    *, by: Actor, person: User, before: Collection[Role], roles: Collection[Role], reason: str, at: datetime
) -> None:
    """Let `person` work at the actor's site in `roles` from now on; `before` are those that were shown before.

    Raises StaleWrite when the roles aren't those any more, and Refused when nobody would be left to manage the site,
    or when managers take their own role away.
    """
    by.require(Permission.MANAGE_STAFF)
    site = _locked(by.site)
    held, wanted = _roles_of(person, site), set(roles)
    if not held:
        raise Refused(_("This person doesn't work here any more. Add them again."))
    if held == wanted:
        return
    if held != set(before):
        raise StaleWrite(_("Somebody else changed these roles meanwhile. Look at them and save again."))
    if not wanted:
        raise Refused(_("Choose at least one role, or end the work here."), field="roles")
    if Role.MANAGER in held - wanted:
        _keep_a_manager(by=by, person=person, site=site)
    _end(by=by, user=person, roles=held - wanted, reason=reason, at=at)
    _grant(by=by, user=person, roles=wanted - held, reason=reason, at=at)


@unit_of_work
def end_work(*, by: Actor, person: User, reason: str, at: datetime) -> int:
    """End all roles of `person` at the actor's site, and every sign-in of theirs; return how many sign-ins those were.

    Their account and what they did stay on record. Raises Refused for the last manager and for oneself.
    """
    by.require(Permission.MANAGE_STAFF)
    site = _locked(by.site)
    held = _roles_of(person, site)
    if not held:
        raise Refused(_("This person doesn't work here any more."))
    if person.pk == by.user.pk:
        raise Refused(_("You can't end your own work here. Another manager does it."))
    if Role.MANAGER in held:
        _keep_a_manager(by=by, person=person, site=site)
    _end(by=by, user=person, roles=held, reason=reason, at=at)
    ended = _sign_out(person)
    record(by=by, action=Action.END, subject=person, after={"sign_ins_ended": ended}, reason=reason, at=at)
    return ended


@unit_of_work
def take_password_away(*, by: Actor, person: User, reason: str, at: datetime) -> None:
    """Make the password of `person` worthless (forgotten, or known to somebody else) and end every sign-in of theirs.

    They choose a new one by a link; nobody chooses it for them. Raises Refused for oneself, and for who works at a
    site that the actor doesn't manage.
    """
    by.require(Permission.MANAGE_STAFF)
    if person.pk == by.user.pk:
        raise Refused(_("Change your own password in the menu under your name."))
    _manages_all_of(by=by, person=person)
    locked = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    locked.set_unusable_password()
    locked.save(update_fields=["password"])
    after = {"password": "taken away", "sign_ins_ended": _sign_out(person)}
    record(by=by, action=Action.CHANGE, subject=person, after=after, reason=reason, at=at)


@unit_of_work
def make_first_password_link(*, by: Actor, person: User, at: datetime) -> tuple[str, str]:
    """Return the two parts of a link by which `person` chooses a password.

    It works once and for three days. Raises Refused for who has a password, and for who works at a site that the
    actor doesn't manage: whoever holds the link may become that person there.
    """
    by.require(Permission.MANAGE_STAFF)
    _manages_all_of(by=by, person=person)
    if is_password_usable(person.password):
        raise Refused(_("This person has chosen a password already."))
    record(by=by, action=Action.CREATE, subject=person, after={"link": "first password"}, at=at)
    return first_password_links.parts_for(person)


@unit_of_work
def choose_first_password(*, uid: str, token: str, password: str, request_id: str, address: str, at: datetime) -> User:
    """Set the password that the holder of a link chose, and return the account.

    Raises Refused for a link that doesn't work (any more), and with `field` for a password that can't be accepted.
    """
    person = first_password_links.person_for(uid, token, lock=True)
    by = actor_for(person, site_id=None, request_id=request_id, address=address) if person is not None else None
    if person is None or by is None:
        raise Refused(_("This link doesn't work any more. Ask the manager for a new one."))
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field="password") from error
    person.set_password(password)
    person.save(update_fields=["password"])
    record(by=by, action=Action.CHANGE, subject=person, after={"password": "chosen by its owner"}, at=at)
    return person


def _locked(site: Site) -> Site:
    """Return the site's row, locked, so that two managers don't take each other's last role away at the same moment."""
    found: Site = Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    return found


def _manages_all_of(*, by: Actor, person: User) -> None:
    if not _roles_of(person, by.site):
        raise Refused(_("This person doesn't work here any more."))
    managed = Membership.objects.current().filter(user=by.user, role=Role.MANAGER).values("site")
    if Membership.objects.current().filter(user=person).exclude(site__in=managed).exists():
        raise Refused(_("This person works at another site too. Somebody who manages all of their sites does this."))


def _roles_of(user: User, site: Site) -> set[Role]:
    held = Membership.objects.current().filter(user=user, site=site).values_list("role", flat=True)
    return {Role(role) for role in held}


def _keep_a_manager(*, by: Actor, person: User, site: Site) -> None:
    if person.pk == by.user.pk:
        raise Refused(_("You can't take the manager's role from yourself. Another manager does it."), field="roles")
    others = Membership.objects.current().filter(site=site, role=Role.MANAGER, user__is_active=True)
    if not others.exclude(user=person).exists():
        raise Refused(_("A site keeps one manager at least. Make somebody else manager first."), field="roles")


def _grant(*, by: Actor, user: User, roles: Iterable[Role], at: datetime, reason: str = "") -> None:
    for role in (role for role in Role if role in set(roles)):
        made = Membership.objects.create(user=user, site=by.site, role=role, granted_at=at, granted_by=by.user)
        record(by=by, action=Action.CREATE, subject=made, after={"role": role}, reason=reason, at=at)


def _end(*, by: Actor, user: User, roles: Collection[Role], reason: str, at: datetime) -> None:
    for held in Membership.objects.current().filter(user=user, site=by.site, role__in=roles):
        held.ended_at, held.ended_by = at, by.user
        held.save(update_fields=["ended_at", "ended_by"])
        record(by=by, action=Action.END, subject=held, before={"role": held.role}, reason=reason, at=at)


def _sign_out(user: User) -> int:
    """End every sign-in of `user`; who is signed in stands inside a session, so all that haven't expired are read."""
    open_now: Any = Session.objects.filter(expire_date__gt=timezone.now()).iterator()
    theirs = [row.pk for row in open_now if row.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(pk__in=theirs).delete()
    return len(theirs)
