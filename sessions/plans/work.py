"""What plans put on the list of work."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.worklist.registry import Urgency, WorkItem, worklist
from patients.consents.models import Consent
from patients.intake.queries import on_the_way
from patients.photos.models import PhotoSet, Purpose
from sessions.plans.models import TreatmentPlan

MOST = 50


@worklist(Permission.PLAN_TREATMENT)
def plans_missing(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Patients with consent and baseline photographs who never had a plan; one query."""
    patients = (
        on_the_way(actor.site, at)
        .filter(
            Exists(Consent.objects.filter(patient=OuterRef("pk"), withdrawal=None)),
            Exists(PhotoSet.objects.filter(patient=OuterRef("pk"), purpose=Purpose.BASELINE).standing()),
        )
        .exclude(Exists(TreatmentPlan.objects.filter(patient=OuterRef("pk"))))
    )
    for patient in patients[:MOST]:
        yield WorkItem(
            urgency=Urgency.TODAY,
            title=_("Treatment plan not made yet"),
            detail=f"{patient.full_name} · {patient.record_number}",
            action=_("Make the plan"),
            url=reverse("plan_new", args=[patient.pk]),
            chip="ready",
        )
