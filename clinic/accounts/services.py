"""Who works here: the first account of a new clinic, and the roles that people get and lose."""

import re
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.models import Membership, Site, User, validate_time_zone
from clinic.accounts.permissions import Role
from clinic.errors import Refused
from clinic.trail.models import Action, ChainHead
from clinic.trail.unit import record, unit_of_work

_SITE_CODE = re.compile(r"[A-Z][A-Z0-9]{0,7}")


def has_staff() -> bool:
    """Whether anybody can work here yet; the clinic's own service account doesn't count."""
    return User.objects.filter(is_service=False).exists()


@unit_of_work
def make_first_manager(
    *, email: str, full_name: str, password: str, site_code: str, site_name: str, time_zone: str, request_id: str,
    at: datetime,
) -> Membership:  # fmt: skip
    """Make the first site and its manager in a clinic that has no staff; return the manager's membership.

    Every later account is given by a manager, so this works once. Raises Refused when there is staff already,
    or with `field` naming what can't be accepted.
    """
    ChainHead.objects.select_for_update().get(pk=1)  # of two first managers at the same moment, one comes first
    if has_staff():
        raise Refused(_("This clinic has staff already. Sign in as its manager to add people."))
    user = User(email=email.strip().lower(), full_name=full_name.strip())
    _check_person(user, password)
    site = Site(code=site_code.strip(), name=site_name.strip(), time_zone=time_zone.strip())
    _check_site(site)
    user.set_password(password)
    user.save()
    site.save()
    membership = Membership.objects.create(user=user, site=site, role=Role.MANAGER, granted_at=at, granted_by=user)
    by = Actor.at_site(user=user, site=site, roles=[Role.MANAGER], request_id=request_id)
    record(by=by, action=Action.CREATE, subject=site, at=at, after={"code": site.code, "time_zone": site.time_zone})
    record(by=by, action=Action.CREATE, subject=user, at=at, after={"email": user.email})
    record(by=by, action=Action.CREATE, subject=membership, at=at, after={"role": Role.MANAGER})
    return membership


def _check_person(user: User, password: str) -> None:
    try:
        validate_email(user.email)
    except ValidationError as error:
        raise Refused(_("Enter an e-mail address like name@example.org."), field="email") from error
    if not user.full_name:
        raise Refused(_("Enter the manager's full name: it is printed on records."), field="name")
    _fits(user, "email", "full_name")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field="password") from error


def _check_site(site: Site) -> None:
    if not _SITE_CODE.fullmatch(site.code):
        raise Refused(
            _("A site code is one to eight capital letters and digits, and begins with a letter."), field="site_code"
        )
    if not site.name:
        raise Refused(_("Enter the site's name."), field="site_name")
    try:
        validate_time_zone(site.time_zone)
    except ValidationError as error:
        raise Refused(
            _("%(name)s is not a time zone. One reads Europe/Berlin.") % {"name": site.time_zone}, field="time_zone"
        ) from error
    _fits(site, "name")


def _fits(row: User | Site, *names: str) -> None:
    for name in names:
        field: Any = row._meta.get_field(name)
        value: str = getattr(row, name)
        if len(value) > field.max_length or not value.isprintable():
            raise Refused(
                _("Write the %(field)s in one line of at most %(most)d characters.")
                % {"field": field.verbose_name, "most": field.max_length},
                field={"full_name": "name"}.get(name, name),
            )
