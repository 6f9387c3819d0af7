"""Who is acting: the person, at which site, with which rights, in which request."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from clinic.accounts.models import Membership, Site, User
from clinic.accounts.permissions import Permission, Role, permissions_of
from clinic.errors import NotAllowed
from clinic.pieces import Piece, columns_of, each, fetch, row_of
from clinic.trail.models import Rollback

#: Characters of what a browser calls itself that are kept.
MOST_OF_A_DEVICE = 200
SERVICE_EMAIL = "clinic@service.invalid"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the clinic's own service account) at work at a site."""

    user: User
    site: Site
    roles: frozenset[Role]
    request_id: str = ""
    address: str = ""
    #: The browser and system, as the request names them.
    device: str = ""
    sites: tuple[Site, ...] = ()
    permissions: frozenset[Permission] = field(default=frozenset())
    #: Whether nothing can be saved just now (`clinic.trail.holding`), so that each page says it.
    read_only: bool = False

    @classmethod
    def at_site(
        cls, *, user: User, site: Site, roles: Iterable[Role | str], request_id: str = "", address: str = "",
        device: str = "", sites: tuple[Site, ...] = (), read_only: bool = False,
    ) -> "Actor":  # fmt: skip
        """Make the actor for `user` at `site` in `roles`."""
        held = frozenset(Role(role) for role in roles)
        return cls(
            user=user, site=site, roles=held, request_id=request_id, address=address, device=device[:MOST_OF_A_DEVICE],
            sites=sites or (site,), permissions=permissions_of(held), read_only=read_only,
        )  # fmt: skip

    @property
    def name(self) -> str:
        """The name as printed on records."""
        return self.user.full_name

    @property
    def role_names(self) -> str:
        """The roles as printed on records, in the order of the list of roles."""
        return ", ".join(str(role.label) for role in Role if role in self.roles)

    def may(self, permission: Permission) -> bool:
        """Whether this actor has `permission` at the site."""
        return permission in self.permissions

    def require(self, *permissions: Permission) -> None:
        """Raise NotAllowed unless the actor has every one of `permissions`."""
        missing = [permission for permission in permissions if permission not in self.permissions]
        if missing or not self.user.is_active:
            raise NotAllowed(
                _("Your role at %(site)s doesn't allow this. Ask the manager if it should.") % {"site": self.site.name}
            )


#: Where an account works, by the names of the sites, and whether the clinic is read only: every page shows that, and
#: it costs no query of its own here.
_AT_WORK = Piece(
    permissions=(), build=dict,
    wants={
        "memberships": each(
            Membership.objects.current().filter(user=OuterRef("pk")).order_by("site__name"),
            id="id", site="site", role="role",
        ),
        "sites": each(
            Site.objects.filter(pk__in=Membership.objects.current().filter(user=OuterRef(OuterRef("pk"))).values("site")),
            **columns_of(Site),
        ),
        "read_only": Exists(Rollback.objects.filter(acknowledged_at=None)),
    },
)  # fmt: skip


def current_memberships(user_id: Any) -> list[Membership]:
    """Return where somebody works, by the names of the sites, with account and site loaded; one query.

    Each says as well whether the clinic is read only.
    """
    found = fetch(User, (_AT_WORK,), pk=user_id)
    if found is None:
        return []
    user, wanted = found[0], found[1][_AT_WORK]
    sites = {row["id"]: row_of(Site, row) for row in wanted["sites"]}
    memberships = [row_of(Membership, row) for row in wanted["memberships"]]
    for membership in memberships:
        membership.user, membership.site = user, sites[membership.site_id]
        membership.clinic_is_read_only = wanted["read_only"]
    return memberships


def keep_for_this_request(user: User, memberships: list[Membership]) -> None:
    """Let the next `actor_for` of just this `user` object use `memberships`, which were loaded with it."""
    user.loaded_memberships = memberships


def actor_for(
    user: User, *, site_id: int | None, request_id: str = "", address: str = "", device: str = ""
) -> Actor | None:
    """Return the actor for `user` at the site chosen, else at the first of theirs; None without a membership.

    One query, or none right after the account was loaded with its memberships.
    """
    memberships = user.loaded_memberships or current_memberships(user.pk)
    user.loaded_memberships = None
    if not memberships:
        return None
    sites = {membership.site_id: membership.site for membership in memberships}
    site = sites.get(site_id) if site_id else None
    site = site or memberships[0].site
    return Actor.at_site(
        user=user, site=site, roles=[m.role for m in memberships if m.site_id == site.pk],
        request_id=request_id, address=address, device=device, sites=tuple(sites.values()),
        read_only=memberships[0].clinic_is_read_only,
    )  # fmt: skip


def service_actor(site: Site, *, permissions: Iterable[Permission] = (), request_id: str = "") -> Actor:
    """Return the clinic's own account at `site`, for what runs by the clock or by command.

    It has just the `permissions` given: a task says what it needs.
    """
    user, _made = User.objects.get_or_create(
        email=SERVICE_EMAIL, defaults={"full_name": "Baseline", "is_service": True, "password": "!"}
    )
    return Actor(user=user, site=site, roles=frozenset(), request_id=request_id, permissions=frozenset(permissions))
