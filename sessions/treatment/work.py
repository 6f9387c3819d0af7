"""What sessions put on the list of work: due today or overdue, and begun but not signed."""

from collections.abc import Iterator
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.kept import Kept
from clinic.worklist.registry import Urgency, WorkItem, worklist
from sessions.gate.consents import taken_back
from sessions.gate.gate import stopped_ahead, without_a_formulation
from sessions.plans.queries import due_sessions
from sessions.treatment.models import SessionStatus, TreatmentSession
from sessions.treatment.queries import due_to_begin

MOST = 50


#: What is begun already stands on the list by itself, for those who go on with it.
_DUE_TO_BEGIN = Kept(lambda site, until: due_to_begin(site, until=until)[:MOST])
_DUE = Kept(lambda site, until: due_sessions(site, until=until)[:MOST])
_OPEN: Kept[TreatmentSession] = Kept(
    lambda site: (
        TreatmentSession.objects.for_site(site)
        .filter(status=SessionStatus.OPEN)
        .select_related("patient", "planned__plan", "operator")
        .order_by("started_at")[:MOST]
    )
)


@worklist(Permission.TREAT, Permission.REGISTER_PATIENTS)
def sessions_due(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Sessions due today or before, and what already stops one of them; six queries."""
    today = clock.local(at, actor.site).date()
    zone = ZoneInfo(actor.site.time_zone)
    waiting = _DUE_TO_BEGIN if actor.may(Permission.TREAT) else _DUE
    due = waiting.all(site=actor.site.pk, until=today)
    stopped = stopped_ahead(due, site=actor.site, on=today)
    for planned in due:
        overdue = planned.due_on < today
        detail = _("%(session)s · %(formulation)s · due %(day)s") % {
            "session": planned, "formulation": planned.plan.formulation, "day": day_text(planned.due_on),
        }  # fmt: skip
        stops = stopped.get(planned.pk, [])
        yield WorkItem(
            urgency=Urgency.STOPPED if stops else Urgency.OVERDUE if overdue else Urgency.TODAY,
            title=planned.plan.patient.full_name,
            detail=" · ".join([detail, *(stop.message for stop in stops)]),
            action=_("Open the plan"),
            url=reverse("plan", args=[planned.plan_id]),
            chip="stop" if stops else "ask" if overdue else "ready",
            due_at=datetime.combine(planned.due_on, time(0), tzinfo=zone) if overdue else None,
        )


@worklist(Permission.TREAT)
def sessions_open(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Sessions begun and not signed; which of them a withdrawn consent or a retired formulation stops. Three queries.

    All else that stops one its own page says: the whole gate is too much for a list.
    """
    today = clock.local(at, actor.site).date()
    running = _OPEN.all(site=actor.site.pk)
    planned = [row.planned for row in running]
    withdrawn, retired = taken_back(planned, actor.site), without_a_formulation(planned)
    for row in running:
        stops = [*withdrawn.get(row.planned_id, []), *retired.get(row.planned_id, [])]
        begun = _("%(session)s, begun by %(operator)s, not signed") % {"session": row.planned, "operator": row.operator}
        yield WorkItem(
            urgency=Urgency.STOPPED if stops else Urgency.DUE_NOW if row.on == today else Urgency.OVERDUE,
            title=row.patient.full_name,
            detail=" · ".join([begun, *(stop.message for stop in stops)]),
            action=_("Go on"),
            url=reverse("treatment_session", args=[row.pk]),
            chip="ready" if row.on == today and not stops else "stop",
            due_at=row.started_at,
        )
