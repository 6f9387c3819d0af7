"""The plan and its sessions on the patient's pages."""

from datetime import date, datetime

from django.db.models import OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amending.queries import is_amended
from clinic.dates import day_text
from clinic.pieces import Row, how_many, one
from patients.registry.models import Patient
from patients.registry.overview import About, Fact, Link, Mark, WayStep, patient_fact
from patients.registry.sections import Section, SectionAction, patient_section
from sessions.plans.models import Phase, PlannedSession, TreatmentPlan
from sessions.plans.queries import current_plan, waiting
from sessions.treatment.models import SessionStatus, TreatmentSession

SHOWN = 8


@patient_fact(
    500, Permission.VIEW_SESSIONS, step=True,
    plan=one(
        TreatmentPlan.objects.filter(patient=OuterRef("pk"), ended_at=None),
        pk="pk", code="formulation__code", name="formulation__name",
    ),
    due=one(
        PlannedSession.objects.filter(
            plan__patient=OuterRef("pk"), plan__ended_at=None, done_at=None, cancelled_at=None
        ).order_by("phase", "ordinal"),
        phase="phase", ordinal="ordinal", on="due_on",
    ),
    ended=one(
        TreatmentPlan.objects.filter(patient=OuterRef("pk")).order_by("-id"), for_good="ended_for_good",
        why="end_reason",
    ),
    given=how_many(TreatmentSession.objects.filter(patient=OuterRef("pk"), status=SessionStatus.SIGNED), of="patient"),
)  # fmt: skip
def plan_fact(about: About, plan: Row | None, due: Row | None, ended: Row | None, given: int) -> Fact:
    """The plan in force, what is due next, and how many sessions were given; no plan is asked for after a stop."""
    stopped = plan is None and ended is not None and bool(ended["for_good"])
    url = reverse("plan_new", args=[about.patient.pk]) if about.actor.may(Permission.PLAN_TREATMENT) else ""
    label = _("Make the plan")
    return Fact(
        title=_("Treatment plan"),
        text=f"{plan['code']} {plan['name']}" if plan else "",
        missing=ended["why"] if stopped and ended is not None else _("No plan in force"),
        url=reverse("plan", args=[plan["pk"]]) if plan else "",
        note=_next(due) if plan else "",
        more=Link(_("Sessions given: %(number)s") % {"number": given}, about.history("plan")) if given else None,
        mark=Mark("ready", _("Due")) if due and due["on"] <= about.today.isoformat() else None,
        action=Link(label, url) if url and not plan and not stopped and not about.patient.deceased else None,
        step=WayStep(
            label=_("Plan"),
            done=plan is not None,
            action="" if stopped else label,
            url="" if stopped else url,
            sentence=_("Treatment was stopped. A physician decides whether it begins again.")
            if stopped
            else _("Make the treatment plan."),
            stopped=stopped,
        ),
    )


def _next(due: Row | None) -> str:
    if due is None:
        return _("no session is planned")
    return _("next: %(phase)s %(number)s, %(day)s") % {
        "phase": Phase(due["phase"]).label, "number": due["ordinal"], "day": day_text(date.fromisoformat(due["on"])),
    }  # fmt: skip


@patient_section(500, Permission.VIEW_SESSIONS)
def plan_and_sessions(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The plan in force, what is due next, and the sessions given; three queries."""
    plan = current_plan(patient)
    due = list(waiting(plan)[:1]) if plan else []
    given = list(
        TreatmentSession.objects.filter(patient=patient)
        .annotate(amended=is_amended(TreatmentSession))
        .select_related("planned", "operator")
        .order_by("-started_at", "-id")[:SHOWN]
    )
    return Section(
        id="plan",
        title=_("Treatment plan"),
        template="sessions/plans/section.html",
        context={
            "plan": plan, "due": due[0] if due else None, "given": given,
            "may_read": actor.may(Permission.READ_SESSIONS),
        },
        action=_action(actor, patient, plan),
    )  # fmt: skip


def _action(actor: Actor, patient: Patient, plan: TreatmentPlan | None) -> SectionAction | None:
    if plan is not None:
        return SectionAction(_("Open the plan"), reverse("plan", args=[plan.pk]))
    if actor.may(Permission.PLAN_TREATMENT) and not patient.deceased:
        return SectionAction(_("Make the plan"), reverse("plan_new", args=[patient.pk]))
    return None
