"""What this room puts on the list of work."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.worklist.registry import Urgency, WorkItem, worklist
from protocols.formulations.queries import active_versions, against
from protocols.opening.queries import lacking_set_ups, needs_of
from protocols.opening.services import may_set_up
from protocols.overview.queries import open_versions
from protocols.readiness import readiness
from protocols.risk.queries import unread_of

MOST_ITEMS = 50


@worklist(Permission.APPROVE_PROTOCOLS, Permission.WRITE_PROTOCOLS)
def versions_to_decide(actor: Actor, at: datetime) -> list[WorkItem]:
    """Versions that wait for a second person, and one's own that came back; one query."""
    return list(_to_decide(actor))[:MOST_ITEMS]


def _to_decide(actor: Actor) -> Iterator[WorkItem]:
    for one in open_versions(actor.site):
        own = one.author_id == actor.user.pk
        if one.in_review and not one.waits and not own and actor.may(Permission.APPROVE_PROTOCOLS):
            yield WorkItem(
                urgency=Urgency.TODAY,
                title=one.title,
                detail=_("%(kind)s by %(author)s waits for a second person")
                % {
                    "kind": one.kind_title,
                    "author": one.author,
                },
                action=_("Read and decide"),
                url=one.url,
                chip="ask",
                group="protocols",
            )
        elif not one.in_review and own and one.sent_back_at is not None:
            yield WorkItem(
                urgency=Urgency.TODAY,
                title=one.title,
                detail=_("Sent back: %(reason)s") % {"reason": one.sent_back_reason},
                action=_("Change it"),
                url=one.url,
                chip="ask",
                group="protocols",
            )


@worklist(Permission.APPROVE_PROTOCOLS, Permission.WRITE_PROTOCOLS, Permission.MANAGE_STAFF)
def site_not_ready(actor: Actor, at: datetime) -> list[WorkItem]:
    """Whether the site lacks something that it needs before its first patient; five queries, six more if so.

    A formulation that the jurisdiction table says something against counts as lacking. What is set up is asked of
    those who may record it. It counts as the page does that it leads to.
    """
    today = clock.local(at, actor.site).date()
    may_decide = actor.may(Permission.APPROVE_PROTOCOLS) or actor.may(Permission.WRITE_PROTOCOLS)
    if may_decide and (not readiness(actor.site).ready or against(active_versions(actor.site))):
        missing = sum(not need.ready for need in needs_of(actor.site, today))
        detail = ngettext(
            "%(count)s thing is missing before its first patient.",
            "%(count)s things are missing before its first patient.",
            missing,
        ) % {"count": missing}
    elif may_set_up(actor) and (lacking := lacking_set_ups(actor.site, today)):
        names = ", ".join(str(each.label) for each in lacking)
        detail = _("Not set up, or to be checked again: %(names)s.") % {"names": names}
    else:
        return []
    return [
        WorkItem(
            urgency=Urgency.DUE_NOW,
            title=_("%(site)s isn't ready to treat") % {"site": actor.site.name},
            detail=detail,
            action=_("See what is missing"),
            url=reverse("opening"),
            chip="ask",
            group="protocols",
        )
    ]


@worklist(Permission.TREAT, Permission.PREPARE)
def changes_to_read(actor: Actor, at: datetime) -> list[WorkItem]:
    """Changes that bear on risk, which whoever treats or prepares reads and signs first; one query."""
    return [
        WorkItem(
            urgency=Urgency.DUE_NOW,
            title=_("Read and sign: %(version)s") % {"version": change},
            detail=_("It bears on risk. What it concerns waits for your signature: %(reason)s")
            % {"reason": change.change_reason},
            action=_("Read it"),
            url=reverse("risk_change", args=[change.pk]),
            chip="ask",
            group="protocols",
        )
        for change in unread_of(actor)[:MOST_ITEMS]
    ]
