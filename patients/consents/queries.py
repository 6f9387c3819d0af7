"""Which consent is in force."""

from django.db.models import QuerySet

from patients.consents.models import Consent
from patients.registry.models import Patient
from protocols.decisions.states import State


def consents_of(patient: Patient) -> QuerySet[Consent]:
    """All consents of `patient`, the latest first, with what a list shows of them."""
    return Consent.objects.filter(patient=patient).select_related("script_version", "witnessed_by", "withdrawal")


def consent_in_force(patient: Patient) -> Consent | None:
    """Return the latest consent to the script in force that was not withdrawn; None when there is none.

    A script that was replaced asks for a new consent.
    """
    return (
        consents_of(patient)
        .filter(script_version__status=State.APPROVED, withdrawal__isnull=True)
        .order_by("-signed_at", "-id")
        .first()
    )
