"""Today: what this person has to do, most urgent first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, signed_in
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from clinic.worklist.registry import Urgency, WorkItem, work_for


@dataclass(frozen=True, slots=True)
class Row:
    """An item as the page shows it."""

    when: str
    title: str
    detail: str
    action: str
    url: str
    chip: str

    @property
    def about(self) -> str:
        """What the row is about, whom included: many rows have the same to do."""
        return f"{self.title}, {self.detail}" if self.detail else self.title


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one degree of urgency."""

    title: str
    items: list[Row]


def _when(item: WorkItem, at: datetime, site: Site) -> str:
    if item.due_at is None:
        return ""
    due, today = clock.local(item.due_at, site), clock.local(at, site).date()
    if due.date() == today:
        # Midnight is how a day without an hour is kept.
        return date_format(due, "H:i") if due.time() != time.min else ""
    return date_format(due, "j M" if due.year == today.year else "j M Y")


def groups_of(items: Iterable[WorkItem], *, at: datetime, site: Site) -> list[Group]:
    """Return `items`, sorted by urgency already, under a heading for each degree of it."""
    titles = {
        Urgency.STOPPED: _("Stopped"),
        Urgency.OVERDUE: _("Overdue"),
        Urgency.DUE_NOW: _("Now"),
        Urgency.TODAY: _("Today"),
        Urgency.SOON: _("Soon"),
        Urgency.DONE: _("Done today"),
    }
    groups: dict[Urgency, list[Row]] = {}
    for item in items:
        groups.setdefault(item.urgency, []).append(
            Row(_when(item, at, site), item.title, item.detail, item.action, item.url, item.chip)
        )
    return [Group(titles[urgency], groups[urgency]) for urgency in sorted(groups)]


@signed_in
@require_safe
def today(request: ClinicRequest) -> HttpResponse:
    """The first page after signing in."""
    at, site = clock.now(), request.actor.site
    local = clock.local(at, site)
    return render(
        request,
        "worklist/today.html",
        {
            "groups": groups_of(work_for(request.actor, at), at=at, site=site),
            "subtitle": f"{date_format(local, 'l j M Y')} · {site.name}",
            "may_prepare": request.actor.may(Permission.PREPARE),
            "may_register": request.actor.may(Permission.REGISTER_PATIENTS),
        },
    )
