"""What this room puts on the list of work: weeks to sign, photo audits to grade."""

from collections.abc import Iterator
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Exists, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.month6.models import AuditStatus, PhotoAudit
from audit.month6.queries import photographs_since
from audit.weekly.queries import unsigned_weeks
from audit.weekly.weeks import Week
from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.kept import Kept
from clinic.worklist.registry import Urgency, WorkItem, worklist
from patients.photos.models import Purpose

MOST = 50


def _open(site: int) -> QuerySet[PhotoAudit]:
    audits = PhotoAudit.objects.for_site(site).filter(status=AuditStatus.OPEN)
    longest_due: QuerySet[PhotoAudit] = audits.select_related("patient", "baseline__protocol_version")
    return longest_due.order_by("due_on", "id")


_OPEN = Kept(lambda site: _open(site)[:MOST])
_WITHOUT = Kept(lambda site: _open(site).filter(patient__deceased=False).exclude(Exists(photographs_since()))[:MOST])


@worklist(Permission.GRADE_PHOTOS)
def audits_open(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Open month-6 audits, the longest due first; one query."""
    zone, today = ZoneInfo(actor.site.time_zone), clock.local(at, actor.site).date()
    for audit in _OPEN.all(site=actor.site.pk):
        late = audit.is_late(today)
        yield WorkItem(
            urgency=Urgency.OVERDUE if late else Urgency.TODAY,
            title=audit.patient.full_name,
            detail=_("Month-6 photo audit, due %(day)s. Maintenance waits for it.") % {"day": day_text(audit.due_on)},
            action=_("Audit"),
            url=reverse("photo_audit", args=[audit.pk]),
            chip="ask" if late else "ready",
            due_at=datetime.combine(audit.due_on, time(0), tzinfo=zone),
        )


@worklist(Permission.TAKE_PHOTOS)
def month_6_photographs(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Open audits whose month-6 photographs nobody has begun, the longest due first; one query."""
    zone, today = ZoneInfo(actor.site.time_zone), clock.local(at, actor.site).date()
    for audit in _WITHOUT.all(site=actor.site.pk):
        late = audit.is_late(today)
        yield WorkItem(
            urgency=Urgency.OVERDUE if late else Urgency.TODAY,
            title=_("Month-6 photographs not taken yet"),
            detail=f"{audit.patient.full_name} · {audit.patient.record_number}",
            action=_("Take them"),
            url=reverse("photo_set_new", args=[audit.patient_id], query={"purpose": Purpose.MONTH_6}),
            chip="ask" if late else "ready",
            due_at=datetime.combine(audit.due_on, time(0), tzinfo=zone),
        )


@worklist(Permission.SIGN_WEEK)
def weeks_unsigned(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """The last four weeks, those that aren't signed; four queries."""
    for week in unsigned_weeks(actor.site, before=Week.of(clock.local(at, actor.site).date())):
        _start, end = week.bounds(actor.site.time_zone)
        yield WorkItem(
            urgency=Urgency.DUE_NOW,
            title=_("Week %(number)s, %(year)s") % {"number": week.number, "year": week.year},
            detail=_("Weekly audit of preparations, not signed"),
            action=_("Read and sign"),
            url=reverse("week", args=[week.year, week.number]),
            chip="ask",
            due_at=end,
        )
