"""Rows for tests, made the way the clinic makes them."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from itertools import count

from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.db import transaction

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Membership, Site, User
from clinic.accounts.permissions import Role
from clinic.signing.services import Confirmed
from tests.tampering import past_the_triggers

PASSWORD = "a quiet harbour at dusk"
_numbers = count(1)


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 that takes no time, and so protects nothing."""

    time_cost = 1
    memory_cost = 64
    parallelism = 1


@cache
def _password_hash() -> str:
    return make_password(PASSWORD)


def make_site(code: str = "", *, name: str = "", time_zone: str = "Europe/Berlin", pk: int | None = None) -> Site:
    """Return a new site."""
    number = next(_numbers)
    code = code or f"T{number}"
    return Site.objects.create(pk=pk, code=code, name=name or f"Site {code}", time_zone=time_zone)


def make_user(
    name: str = "", *, site: Site | None = None, roles: Iterable[Role] = (), active: bool = True, certified: bool = True
) -> User:
    """Return a new account whose password is PASSWORD, with `roles` at `site`, and a signature that is `certified`."""
    number = next(_numbers)
    user = User(
        email=f"person{number}@clinic.example", full_name=name or f"Person {number} Demo", is_active=active,
        password=_password_hash(), signature_certified_at=clock.now() if certified else None,
    )  # fmt: skip
    user.save()
    for role in roles:
        assert site is not None, "a role is held at a site"
        Membership.objects.create(user=user, site=site, role=role, granted_at=clock.now(), granted_by=user)
    return user


def uncertify(user: User) -> None:
    """Let the account be one that never certified its signature, as none is made here."""
    user.signature_certified_at = None
    with transaction.atomic(), past_the_triggers():
        user.save(update_fields=["signature_certified_at"])


def make_actor(site: Site, *roles: Role, name: str = "", certified: bool = True) -> Actor:
    """Return a new person at work at `site` in `roles`."""
    user = make_user(name, site=site, roles=roles, certified=certified)
    return Actor.at_site(user=user, site=site, roles=roles, request_id="test-request")


def confirmed(actor: Actor, at: datetime | None = None) -> Confirmed:
    """Return proof that `actor` typed the password just now."""
    return Confirmed(user_id=actor.user.pk, at=at or clock.now())
