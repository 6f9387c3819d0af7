"""Plans and due sessions, shaped for pages."""

from datetime import date

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from clinic.accounts.models import Site
from patients.intake.queries import current_intake
from patients.intake.staging import Pathway
from patients.registry.identity import under_age_told
from patients.registry.models import Patient
from sessions.plans.models import Phase, PlannedSession, TreatmentPlan


def current_plan(patient: Patient) -> TreatmentPlan | None:
    """Return the plan that hasn't ended; None when there is none."""
    return (
        TreatmentPlan.objects.filter(patient=patient, ended_at=None)
        .select_related("formulation", "protocol_version", "created_by")
        .first()
    )


def why_no_plan(patient: Patient, *, site: Site, on: date) -> str:
    """Return, in a sentence, why `patient` can't be given a plan on the day `on`, and what to do; "" when one can."""
    if TreatmentPlan.objects.filter(patient=patient, ended_at=None).exists():
        return _("This patient has a plan already. End it before making another.")
    if words := under_age_told(patient, site=site, on=on):
        return words
    intake = current_intake(patient)
    if intake is None:
        return _("The intake is missing. Record indication and stage first.")
    if intake.pathway != Pathway.MESOTHERAPY:
        return _(
            "Stage %(stage)s is for surgical assessment; there is no mesotherapy plan for it. Refer the patient."
        ) % {"stage": intake}
    if patient.deceased:
        return _("This patient is recorded as deceased.")
    return ""


def stopped_plan(patient: Patient) -> TreatmentPlan | None:
    """Return the patient's last plan when it ended because treatment was stopped; else None."""
    last: TreatmentPlan | None = TreatmentPlan.objects.filter(patient=patient).order_by("-id").first()
    return last if last is not None and last.ended_for_good else None


def waiting(plan: TreatmentPlan) -> QuerySet[PlannedSession]:
    """Return the sessions of `plan` that are still to be given, in the order in which they are given."""
    return plan.planned.filter(done_at=None, cancelled_at=None).order_by("phase", "ordinal")


def waiting_before(planned: PlannedSession) -> QuerySet[PlannedSession]:
    """Return the sessions that must be given before `planned`, whatever their dates; loading comes first."""
    earlier = Q(phase=planned.phase, ordinal__lt=planned.ordinal)
    if planned.phase == Phase.MAINTENANCE:
        earlier |= Q(phase=Phase.LOADING)
    return PlannedSession.objects.filter(earlier, plan_id=planned.plan_id, done_at=None, cancelled_at=None)


def last_loading_on(plan: TreatmentPlan) -> date | None:
    """Return the day of the last loading session given under `plan`; None before the first."""
    days = plan.treatment_sessions.filter(status="signed", planned__phase=Phase.LOADING).aggregate(last=Max("on"))
    last: date | None = days["last"]
    return last


def due_sessions(site: Site | int, *, until: date) -> QuerySet[PlannedSession]:
    """Return the sessions due at `site` up to and including `until`, the longest due first; one query."""
    return (
        PlannedSession.objects.for_site(site)
        .filter(done_at=None, cancelled_at=None, due_on__lte=until, plan__ended_at=None)
        .filter(plan__patient__deceased=False)
        .select_related("plan__patient", "plan__formulation", "plan__protocol_version")
        .order_by("due_on", "id")
    )
