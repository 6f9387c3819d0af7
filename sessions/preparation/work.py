"""What preparations put on the list of work: drafts left open, and vials that are about to pass their time or have."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amounts import millilitre_text
from clinic.components.flow import duration
from clinic.dates import time_text
from clinic.kept import Kept
from clinic.worklist.registry import Urgency, WorkItem, worklist
from sessions.preparation.models import Vial
from sessions.preparation.queries import open_drafts, with_remaining

MOST = 25
#: A vial with something in it is shown when so little time is left.
ENDING_WITHIN = timedelta(hours=6)
#: Vials beyond use that nobody emptied are looked for so far back.
LEFT_BEHIND = timedelta(days=90)
#: A draft older than this is one that somebody left open.
LEFT_OPEN = timedelta(hours=2)


_DRAFTS = Kept(lambda site: open_drafts(site)[:MOST])


def _ending(site: int, made_since: datetime, ends_before: datetime) -> QuerySet[Any]:
    vials = Vial.objects.for_site(site).filter(made_at__gt=made_since, preparation__beyond_use_at__lt=ends_before)
    held = with_remaining(vials.select_related("preparation__formulation_version__formulation")).filter(left_ul__gt=0)
    return held.order_by(F("preparation__beyond_use_at"), "id")[:MOST]


_ENDING = Kept(_ending)


@worklist(Permission.PREPARE)
def drafts_open(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Preparations begun and neither signed nor rejected; one query."""
    for row in _DRAFTS.all(site=actor.site.pk):
        mine = row.preparer_id == actor.user.pk
        left_open = at - row.started_at > LEFT_OPEN
        yield WorkItem(
            urgency=Urgency.OVERDUE if left_open else Urgency.DUE_NOW,
            title=row.number,
            detail=_("%(formulation)s, begun by %(name)s, not signed")
            % {"formulation": row.formulation_version, "name": row.preparer},
            action=_("Go on") if mine else _("Open"),
            url=reverse("preparation", args=[row.pk]),
            chip="stop" if left_open else "ready",
            due_at=row.started_at,
        )


@worklist(Permission.PREPARE, Permission.TREAT)
def vials_ending(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Vials that hold something and soon pass, or have passed, their beyond-use time; one query."""
    for vial in _ENDING.all(site=actor.site.pk, made_since=at - LEFT_BEHIND, ends_before=at + ENDING_WITHIN):
        ends_at = vial.preparation.beyond_use_at
        passed = at >= ends_at
        left = {"left": millilitre_text(vial.left_ul), "formulation": vial.preparation.formulation_version}
        if passed:
            detail = _("%(formulation)s, %(left)s mL are left, to be used before %(time)s") % {
                **left,
                "time": time_text(ends_at),
            }
        else:
            minutes = int((ends_at - at).total_seconds()) // 60
            detail = _("%(formulation)s, %(left)s mL are left, %(time)s to go") % {**left, "time": duration(minutes)}
        yield WorkItem(
            urgency=Urgency.OVERDUE if passed else Urgency.TODAY,
            title=_("Vial %(code)s") % {"code": vial.shown_code},
            detail=detail,
            action=_("Destroy it") if passed else _("Open the vial"),
            url=reverse("vial", args=[vial.code]),
            chip="stop" if passed else "ask",
            due_at=ends_at,
        )
