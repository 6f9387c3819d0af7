"""Who may open a view. Every view says it; a view that doesn't stops the start-up (see `clinic.checks`)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Access:
    """What a view asks of whoever opens it."""

    public: bool = False
    #: Nobody is asked who they are: it answers also while no sign-in can be read.
    anonymous: bool = False
    permissions: tuple[Permission, ...] = ()
    #: Its forms write nothing of a site: they may be sent after the site was changed in another tab.
    any_site: bool = False

    def allows(self, held: frozenset[Permission]) -> bool:
        """Whether somebody signed in who holds `held` may open the view: one of its permissions is enough."""
        return not self.permissions or any(permission in held for permission in self.permissions)


def _mark(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def access(*permissions: Permission) -> Callable[[View], View]:
    """Open the view to whoever holds any of `permissions` at the current site."""
    if not permissions:
        raise ValueError("name a permission, or use signed_in or public")
    return lambda view: _mark(view, Access(permissions=permissions))


def signed_in(view: View) -> View:
    """Open the view to whoever is signed in and works at a site."""
    return _mark(view, Access())


def signed_in_anywhere(view: View) -> View:
    """Open the view to whoever is signed in; what it does is the same at every site, wherever its form was opened."""
    return _mark(view, Access(any_site=True))


def public(view: View) -> View:
    """Open the view to anybody."""
    return _mark(view, Access(public=True))


def anonymous(view: View) -> View:
    """Open the view to anybody, without looking who it is: for those that watch whether the clinic can be reached."""
    return _mark(view, Access(public=True, anonymous=True))


def access_of(view: Any) -> Access | None:
    """Return what `view` declared, looking through decorators; None when it declared nothing."""
    while view is not None:
        if isinstance(found := getattr(view, "access", None), Access):
            return found
        view = getattr(view, "__wrapped__", None)
    return None


class ClinicRequest(HttpRequest):
    """A request past the access middleware, for annotations."""

    actor: Actor
    request_id: str
