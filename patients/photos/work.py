"""What photographs put on the list of work: baselines not begun, and sets left open."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.kept import Kept
from clinic.worklist.registry import Urgency, WorkItem, worklist
from patients.intake.queries import Asked, asked_now, on_the_way
from patients.photos.models import PhotoSet, Purpose
from patients.registry.models import Patient

MOST = 50


def _without(**asked: Any) -> QuerySet[Patient]:
    baselines = PhotoSet.objects.filter(patient=OuterRef("pk"), purpose=Purpose.BASELINE)
    without = on_the_way(Asked(**asked)).exclude(Exists(baselines.still_open()))
    return without.exclude(Exists(baselines.standing()))[:MOST]


_WITHOUT = Kept(_without)
_OPEN: Kept[PhotoSet] = Kept(
    lambda site: (
        PhotoSet.objects.for_site(site).still_open().select_related("patient").order_by("created_at", "id")[:MOST]
    )
)


@worklist(Permission.TAKE_PHOTOS)
def baselines_missing(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Patients lately found fit for a plan, without a baseline set that is open or can be compared; one query."""
    for patient in _WITHOUT.all(**asked_now(actor.site, at)):
        yield WorkItem(
            urgency=Urgency.TODAY,
            title=_("Baseline photographs not taken yet"),
            detail=f"{patient.full_name} · {patient.record_number}",
            action=_("Take them"),
            url=reverse("photo_set_new", args=[patient.pk], query={"purpose": Purpose.BASELINE}),
            chip="ready",
        )


@worklist(Permission.TAKE_PHOTOS)
def sets_open(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Photo sets that nobody called complete or gave up, the oldest first; one query."""
    for row in _OPEN.all(site=actor.site.pk):
        yield WorkItem(
            urgency=Urgency.DUE_NOW,
            title=_("Photo set not complete: %(purpose)s") % {"purpose": row.get_purpose_display()},
            detail=f"{row.patient.full_name} · {row.patient.record_number}",
            action=_("Go on"),
            url=reverse("photo_set", args=[row.pk]),
            chip="ready",
            due_at=row.created_at,
        )
