"""Plans and due sessions, shaped for pages."""

from datetime import date

from django.db.models import QuerySet

from clinic.accounts.models import Site
from patients.registry.models import Patient
from sessions.plans.models import PlannedSession, TreatmentPlan


def current_plan(patient: Patient) -> TreatmentPlan | None:
    """Return the plan that hasn't ended; None when there is none."""
    return (
        TreatmentPlan.objects.filter(patient=patient, ended_at=None)
        .select_related("formulation", "protocol_version", "created_by")
        .first()
    )


def due_sessions(site: Site, *, until: date) -> QuerySet[PlannedSession]:
    """Return the sessions due at `site` up to and including `until`, the longest due first; one query."""
    return (
        PlannedSession.objects.for_site(site)
        .filter(done_at=None, cancelled_at=None, due_on__lte=until, plan__ended_at=None)
        .select_related("plan__patient", "plan__formulation", "plan__protocol_version")
        .order_by("due_on", "id")
    )
