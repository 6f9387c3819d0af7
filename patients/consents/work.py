"""What consent puts on the list of work."""

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

MOST = 50


@worklist(Permission.TAKE_CONSENT)
def consents_missing(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Patients lately found fit for a plan who have signed no consent yet; one query."""
    given = Consent.objects.filter(patient=OuterRef("pk"))
    for patient in on_the_way(actor.site, at).exclude(Exists(given))[:MOST]:
        yield WorkItem(
            urgency=Urgency.TODAY,
            title=_("Consent not taken yet"),
            detail=f"{patient.full_name} · {patient.record_number}",
            action=_("Take consent"),
            url=reverse("consent_new", args=[patient.pk]),
            chip="ready",
        )
