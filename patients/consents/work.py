"""What consent puts on the list of work."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.kept import Kept
from clinic.worklist.registry import Urgency, WorkItem, worklist
from patients.consents.models import Consent
from patients.intake.queries import Asked, asked_now, on_the_way

MOST = 50


_WITHOUT = Kept(
    lambda **asked: on_the_way(Asked(**asked)).exclude(Exists(Consent.objects.filter(patient=OuterRef("pk"))))[:MOST]
)


@worklist(Permission.TAKE_CONSENT)
def consents_missing(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Patients lately found fit for a plan who have signed no consent yet; one query."""
    for patient in _WITHOUT.all(**asked_now(actor.site, at)):
        yield WorkItem(
            urgency=Urgency.TODAY,
            title=_("Consent not taken yet"),
            detail=f"{patient.full_name} · {patient.record_number}",
            action=_("Take consent"),
            url=reverse("consent_new", args=[patient.pk]),
            chip="ready",
        )
