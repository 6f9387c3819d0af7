"""What the intake puts on the list of work: patients without one, and those for surgical assessment."""

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
from patients.intake.models import Intake
from patients.intake.queries import LATELY, Asked, asked_now
from patients.intake.staging import Pathway
from patients.registry.models import Patient, SourceIdentifier
from patients.registry.queries import of_age

MOST = 50


def _without(**asked: Any) -> QuerySet[Patient]:
    about = Asked(**asked)
    registered: QuerySet[Patient] = Patient.objects.for_site(about.site).filter(
        of_age(about.born), registered_at__gte=about.since, deceased=False
    )
    without = registered.exclude(Exists(Intake.objects.filter(patient=OuterRef("pk"))))
    at_the_desk = without.exclude(Exists(SourceIdentifier.objects.filter(patient=OuterRef("pk"))))
    return at_the_desk.order_by("registered_at", "id")[:MOST]


_WITHOUT = Kept(_without)


@worklist(Permission.RECORD_INTAKE)
def intakes_missing(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Patients registered at the desk lately, old enough for the site, without an intake; one query.

    An import alone asks for nothing.
    """
    for patient in _WITHOUT.all(**asked_now(actor.site, at)):
        yield WorkItem(
            urgency=Urgency.TODAY,
            title=_("Intake not taken yet"),
            detail=f"{patient.full_name} · {patient.record_number}",
            action=_("Take the intake"),
            url=reverse("intake_new", args=[patient.pk]),
            chip="ready",
            due_at=patient.registered_at,
        )


def _surgical(site: int, since: datetime) -> QuerySet[Intake]:
    later = Intake.objects.filter(patient=OuterRef("patient"), taken_at__gt=OuterRef("taken_at"))
    intakes = Intake.objects.for_site(site).filter(pathway=Pathway.SURGICAL_ASSESSMENT, taken_at__gte=since)
    latest: QuerySet[Intake] = intakes.exclude(Exists(later)).select_related("patient")
    return latest.order_by("taken_at", "id")[:MOST]


_SURGICAL = Kept(_surgical)


@worklist(Permission.GIVE_CLEARANCE)
def surgical_assessments(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Patients whose latest intake, taken lately, leads to surgical assessment; one query."""
    for intake in _SURGICAL.all(site=actor.site.pk, since=at - LATELY):
        yield WorkItem(
            urgency=Urgency.SOON,
            title=_("Refer for surgical assessment: %(stage)s") % {"stage": intake},
            detail=f"{intake.patient.full_name} · {intake.patient.record_number}",
            action=_("Open"),
            url=reverse("patient", args=[intake.patient_id]),
            chip="wait",
            due_at=intake.taken_at,
        )
