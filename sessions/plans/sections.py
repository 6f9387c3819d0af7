"""The plan and its sessions on the patient's pages."""

from datetime import date, datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amending.queries import is_amended
from clinic.dates import day_text
from clinic.moments import moment_text
from clinic.moments import stopped as ended_sentence
from clinic.pieces import Row, how_many, one
from patients.consents.models import Consent
from patients.consents.queries import withdrawal_says
from patients.registry.identity import under_age
from patients.registry.models import Patient
from patients.registry.overview import About, Fact, Link, Mark, Needs, WayStep, patient_fact
from patients.registry.sections import Section, SectionAction, patient_section
from protocols.decisions.states import State
from protocols.formulations.models import FormulationVersion
from sessions.gate.links import no_version_in_force
from sessions.plans.holding import holding
from sessions.plans.models import Phase, PlannedSession, TreatmentPlan
from sessions.plans.queries import current_plan, waiting
from sessions.plans.schedule import window_opens_on
from sessions.treatment.models import SessionStatus, TreatmentSession

SHOWN = 8
#: The session that comes next under the plan in force.
NEXT_DUE = one(
    PlannedSession.objects.filter(
        plan__patient=OuterRef("pk"), plan__ended_at=None, done_at=None, cancelled_at=None
    ).order_by("phase", "ordinal"),
    phase="phase", ordinal="ordinal", on="due_on", plan="plan_id", plan_made_at="plan__created_at",
)  # fmt: skip


@patient_fact(
    500, Permission.VIEW_SESSIONS, step=True,
    plan=one(
        TreatmentPlan.objects.filter(patient=OuterRef("pk"), ended_at=None),
        pk="pk", code="formulation__code", name="formulation__name", window_days="protocol_version__window_days",
        in_force=Exists(FormulationVersion.objects.filter(formulation=OuterRef("formulation"), status=State.APPROVED)),
    ),
    due=NEXT_DUE,
    # The day of a withdrawal alone, and not the row that the consent's own line wants: the front desk reads this too.
    consent=one(
        Consent.objects.filter(patient=OuterRef("pk")).order_by("-signed_at", "-id"),
        withdrawn_at=withdrawal_says("withdrawn_at", "occurred_at"),
    ),
    ended=one(
        TreatmentPlan.objects.filter(patient=OuterRef("pk")).order_by("-id"), for_good="ended_for_good",
        why="end_reason", at="ended_at", by="ended_by__full_name",
    ),
    given=how_many(TreatmentSession.objects.filter(patient=OuterRef("pk"), status=SessionStatus.SIGNED), of="patient"),
    running=one(
        TreatmentSession.objects.filter(patient=OuterRef("pk"), status=SessionStatus.OPEN),
        pk="pk", phase="planned__phase", ordinal="planned__ordinal", started_at="started_at",
        operator="operator__full_name",
    ),
    signed=one(
        TreatmentSession.objects.filter(patient=OuterRef("pk"), status=SessionStatus.SIGNED)
        .order_by("-started_at", "-id"),
        on="on",
    ),
)  # fmt: skip
def plan_fact(
    about: About, *, plan: Row | None, due: Row | None, consent: Row | None, ended: Row | None, given: int,
    running: Row | None, signed: Row | None,
) -> Fact:  # fmt: skip
    """The plan in force, what is due next or in progress, and how many sessions were given.

    A session in progress comes before all else, and after today's is signed nothing else is asked for today. No plan
    is asked for before the intake, which says the stage, nor after a stop: then a physician may make one, and until
    there is one no checklist is begun. That a consent was taken back stands here too: not everybody who reads when the
    next session is due reads consents.
    """
    ended = ended if plan is None else None
    stopped = ended is not None and bool(ended["for_good"])
    new = reverse("plan_new", args=[about.patient.pk])
    young = bool(about.under_age)
    may_plan = about.actor.may(Permission.PLAN_TREATMENT) and not about.patient.deceased and not young
    may_again = may_plan and about.actor.may(Permission.GIVE_CLEARANCE)
    make = Link(_("Make the plan"), new if may_plan and not stopped else "")
    again = Link(_("Make a new plan"), new if may_again and stopped else "")
    back = _under_way(about, running) if running else None
    withdrawn = _consent_withdrawn(about, consent) if due else ""
    if back is not None:
        # Whoever sees the steps of the way finds the others there that stop it.
        mark: Mark | None = Mark("stop", _("In progress, stopped")) if withdrawn else Mark("ready", _("In progress"))
    elif withdrawn:
        mark = Mark("stop", _("Stopped"))
    else:
        mark = _due_mark(due["on"], about.today.isoformat()) if due else None
    action = Link(back.action, back.url) if back is not None else again if stopped else make
    step = WayStep(
        label=_("Plan"), done=plan is not None, action=make.label if make.url else "", url=make.url or again.url,
        stopped=stopped,
        sentence=_ended_words(about, ended) if ended is not None else _("Make the treatment plan."),
        needs=_stage_first() if make.url and ended is None else None,
    )  # fmt: skip
    return Fact(
        title=_("Treatment plan"),
        text=f"{plan['code']} {plan['name']}" if plan else "",
        missing=ended["why"] if stopped and ended is not None else _("No plan in force"),
        url=reverse("plan", args=[plan["pk"]]) if plan else "",
        note=" · ".join(filter(None, (_next(due), withdrawn))) if plan else "",
        more=Link(_("Sessions given: %(number)s") % {"number": given}, about.history("plan")) if given else None,
        mark=mark,
        action=action if action.url and (back is not None or plan is None) else None,
        step=step,
        # After a plan's end only a new one begins the way again, unless the patient is too young for any.
        now=back or _after_today(about, due, signed) or (step if ended is not None and not young else None),
        then=_session_next(about, plan, due) if plan and due else None,
        holds=_not_in_force(about) if plan and due and not plan["in_force"] else None,
        closes=_closed_by_stop(about, new, may_again=may_again) if stopped else (),
    )  # fmt: skip


def _due_mark(on: str, today: str) -> Mark | None:
    if on > today:
        return None
    return Mark("ready", _("Due today")) if on == today else Mark("ask", _("Overdue"))


def _consent_withdrawn(about: About, consent: Row | None) -> str:
    if consent is None or not consent["withdrawn_at"]:
        return ""
    day = clock.local(datetime.fromisoformat(consent["withdrawn_at"]), about.actor.site).date()
    return _("the patient withdrew consent on %(day)s") % {"day": day_text(day)}


def _stage_first() -> Needs:
    note, sentence = _("the intake comes first"), _("Take the intake first: a plan is made for a stage.")
    return Needs(_("Intake"), note, sentence)


def _closed_by_stop(about: About, new: str, *, may_again: bool) -> tuple[str, ...]:
    """Return what leads nowhere once treatment was stopped: a checklist, and a plan by whoever doesn't decide it."""
    checklist = reverse("checklist_start", args=[about.patient.pk])
    return (checklist,) if may_again else (checklist, new)


def _next(due: Row | None) -> str:
    if due is None:
        return _("no session is planned")
    return _("next: %(phase)s %(number)s, %(day)s") % {
        "phase": Phase(due["phase"]).label, "number": due["ordinal"], "day": day_text(date.fromisoformat(due["on"])),
    }  # fmt: skip


def _named(row: Row) -> str:
    return f"{Phase(row['phase']).label} {row['ordinal']}"


def _under_way(about: About, running: Row) -> WayStep:
    """Return the way back to a session in progress, for whoever may read it."""
    at = moment_text(datetime.fromisoformat(running["started_at"]), about.actor.site, about.today)
    told = {"session": _named(running), "at": at, "who": running["operator"]}
    may_read = about.actor.may(Permission.READ_SESSIONS)
    return WayStep(
        label=_("Session"), done=False, under_way=True, action=_("Back to the session"),
        sentence=_("A session is in progress: %(session)s, begun %(at)s by %(who)s.") % told,
        url=reverse("treatment_session", args=[running["pk"]]) if may_read else "",
    )  # fmt: skip


def _after_today(about: About, due: Row | None, signed: Row | None) -> WayStep | None:
    """Say that today's session is signed, and what comes another day; None on any other day."""
    if signed is None or signed["on"] != about.today.isoformat():
        return None
    sentence = _("Today's session is signed.")
    if due is not None:
        told = {"session": _named(due), "day": day_text(date.fromisoformat(due["on"]))}
        sentence = _("Today's session is signed. The next is %(session)s, due on %(day)s.") % told
    return WayStep(label=_("Session"), done=True, sentence=sentence)


def _ended_words(about: About, ended: Row) -> str:
    if ended["for_good"]:
        return _("Treatment was stopped. A physician decides whether it begins again.")
    told = {
        "at": moment_text(datetime.fromisoformat(ended["at"]), about.actor.site, about.today), "who": ended["by"],
        "why": ended_sentence(ended["why"]),
    }  # fmt: skip
    return _("The plan was ended %(at)s by %(who)s: %(why)s Make a new one where treatment goes on.") % told


def _not_in_force(about: About) -> WayStep:
    """Return, as the gate says it, that the plan's formulation can't be given."""
    return holding(about, no_version_in_force(), label=_("Formulation"), action=_("Open the protocols"))


def _session_next(about: About, plan: Row, due: Row) -> WayStep:
    """Return what the session that is due asks for: to be begun from the plan, or to wait for its window."""
    due_on = date.fromisoformat(due["on"])
    opens_on = window_opens_on(due_on, plan["window_days"])
    if about.today < opens_on:
        told = {"session": _named(due), "due": day_text(due_on), "opens": day_text(opens_on)}
        sentence = _(
            "%(session)s is due on %(due)s and can be begun from %(opens)s. It begins with the checklist of that day."
        )
        return WayStep(label=_("Session"), done=False, later=True, sentence=sentence % told)
    return WayStep(
        label=_("Session"),
        done=False,
        url=reverse("plan", args=[plan["pk"]]),
        action=_("Go to the plan"),
        sentence=_("Begin the session from the plan, and scan the vial there."),
    )


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
        action=_action(actor, patient, plan, on=clock.local(at, actor.site).date()),
    )  # fmt: skip


def _action(actor: Actor, patient: Patient, plan: TreatmentPlan | None, *, on: date) -> SectionAction | None:
    if plan is not None:
        return SectionAction(_("Open the plan"), reverse("plan", args=[plan.pk]))
    young = under_age(patient, site=actor.site, on=on)
    if actor.may(Permission.PLAN_TREATMENT) and not patient.deceased and not young:
        return SectionAction(_("Make the plan"), reverse("plan_new", args=[patient.pk]))
    return None
