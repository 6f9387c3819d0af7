"""Whose treatment the last signed checklist stops, for queries over patients."""

from django.db.models import Exists, OuterRef, Subquery

from clinic.amending.queries import is_amended
from patients.screening.models import ChecklistStatus, PatientChecklist
from patients.screening.outcomes import Outcome


def came_to_stop(patient: str = "pk") -> Exists:
    """Return, for a query whose column `patient` names one, whether the last signed checklist stops every treatment.

    It came to stop and leaves no formulation open. One that closes the formulation intended alone isn't meant: another
    can be planned. Nor is one that was amended since: it counts no longer.
    """
    signed = PatientChecklist.objects.filter(status=ChecklistStatus.SIGNED)
    last = signed.filter(patient=OuterRef("patient")).order_by("-on", "-signed_at", "-id").values("pk")[:1]
    stops = signed.filter(
        patient=OuterRef(patient), pk=Subquery(last), outcome=Outcome.STOP, verdict__open_formulations=[]
    )
    return Exists(stops.annotate(amended=is_amended(PatientChecklist)).filter(amended=False))
