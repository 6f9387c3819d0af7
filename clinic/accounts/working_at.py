"""Which of their sites somebody works at just now."""

from django.http import HttpRequest

from clinic.accounts.actors import Actor, actor_for
from clinic.accounts.models import User
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work

#: Session key of the site that somebody works at just now.
SITE_KEY = "site_id"


def work_at(request: HttpRequest, actor: Actor, wanted: str) -> bool:
    """Go on at the site with the id `wanted`, on record; False, and nothing done, when it is none of the actor's own.

    The rest of the request is of that site as well.
    """
    site = next((site for site in actor.sites if str(site.pk) == wanted), None)
    if site is None:
        return False
    _record_switch(actor, site_name=site.name)
    request.session[SITE_KEY] = site.pk
    request.session.cycle_key()
    request.actor = actor_for(  # type: ignore[attr-defined]
        actor.user, site_id=site.pk, request_id=actor.request_id, address=actor.address, device=actor.device
    )
    return True


@unit_of_work
def _record_switch(actor: Actor, *, site_name: str) -> None:
    record(
        by=actor, action=Action.SWITCH_SITE, subject=actor.user,
        before={"site": actor.site.name}, after={"site": site_name},
    )  # fmt: skip


def device_of(request: HttpRequest) -> str:
    """Return what the browser calls itself, as one line of printable text."""
    return "".join(filter(str.isprintable, request.headers.get("User-Agent", "")))


def actor_of(request: HttpRequest, user: User) -> Actor | None:
    """Return the actor of a request whose sign-in is `user`'s, at the site chosen last."""
    return actor_for(
        user, site_id=request.session.get(SITE_KEY),
        request_id=request.request_id,  # type: ignore[attr-defined]
        address=request.META.get("REMOTE_ADDR", ""), device=device_of(request),
    )  # fmt: skip
