"""The plan and its sessions on the patient's page."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.registry.models import Patient
from patients.registry.sections import Section, SectionAction, WayStep, patient_section
from sessions.plans.models import TreatmentPlan
from sessions.plans.queries import current_plan, waiting
from sessions.treatment.models import TreatmentSession

SHOWN = 8


@patient_section(500, Permission.VIEW_SESSIONS, step=True)
def plan_and_sessions(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The plan in force, what is due next, and the sessions given; three queries."""
    plan = current_plan(patient)
    due = list(waiting(plan)[:1]) if plan else []
    given = list(
        TreatmentSession.objects.filter(patient=patient)
        .select_related("planned", "operator")
        .order_by("-started_at", "-id")[:SHOWN]
    )
    return Section(
        title=_("Treatment plan"),
        template="sessions/plans/section.html",
        context={
            "plan": plan, "due": due[0] if due else None, "given": given,
            "may_read": actor.may(Permission.READ_SESSIONS),
        },
        action=_action(actor, patient, plan),
        step=WayStep(
            _("Plan"), done=plan is not None, sentence=_("Make the treatment plan."), action=_("Make the plan"),
            url=reverse("plan_new", args=[patient.pk]) if actor.may(Permission.PLAN_TREATMENT) else "",
        ),
    )  # fmt: skip


def _action(actor: Actor, patient: Patient, plan: TreatmentPlan | None) -> SectionAction | None:
    if plan is not None:
        return SectionAction(_("Open the plan"), reverse("plan", args=[plan.pk]))
    if actor.may(Permission.PLAN_TREATMENT) and not patient.deceased:
        return SectionAction(_("Make the plan"), reverse("plan_new", args=[patient.pk]))
    return None
