"""Which intake counts."""

from django.db.models import QuerySet

from patients.intake.models import Intake
from patients.registry.models import Patient


def intakes_of(patient: Patient) -> QuerySet[Intake]:
    """All intakes of `patient`, the latest first, corrected ones included."""
    return Intake.objects.filter(patient=patient).select_related("taken_by", "corrects")


def current_intake(patient: Patient) -> Intake | None:
    """Return the latest intake of `patient`; None before the first."""
    return intakes_of(patient).order_by("-taken_at", "-id").first()
