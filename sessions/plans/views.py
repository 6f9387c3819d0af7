"""Pages of treatment plans."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.trail.unit import record_read
from clinic.web.forms import posted
from patients.registry.models import Patient
from protocols.readiness import readiness
from sessions.gate.gate import age_stop, window_stop
from sessions.plans.dates import dates_of
from sessions.plans.forms import EndPlanForm, MoveForm, PlanForm
from sessions.plans.models import Phase, TreatmentPlan
from sessions.plans.queries import current_plan, stopped_plan, why_no_plan
from sessions.plans.services import end_plan, make_plan, reschedule
from sessions.plans.stopped import stopped_sessions
from sessions.treatment.models import SessionStatus


@access(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_new(request: ClinicRequest, patient_id: int) -> HttpResponse:
    """Make the plan of a patient."""
    patient = get_object_or_404(Patient.objects.for_site(request.actor.site), pk=patient_id)
    if request.method != "POST":
        record_read(by=request.actor, subject=patient, patient=patient)
    at = clock.now()
    today = clock.local(at, request.actor.site).date()
    stopped = stopped_plan(patient)
    form = PlanForm(posted(request), site=request.actor.site, today=today, again=stopped is not None)
    if request.method == "POST":
        made = form.carry_out(
            lambda: make_plan(
                by=request.actor,
                patient=patient,
                formulation=form.cleaned_data["formulation_version"].formulation,
                first_on=form.cleaned_data["first_on"],
                submission_key=form.key,
                again_reason=form.cleaned_data.get("again_reason", ""),
                at=at,
            )
        )
        if made is not None:
            return redirect("plan", made.pk)
    # Said at once, before anything is typed; what was typed and refused says it beside the form.
    words = "" if request.method == "POST" else why_no_plan(patient, site=request.actor.site, on=today)
    if not words and stopped is not None and not request.actor.may(Permission.GIVE_CLEARANCE):
        words = _("Treatment was stopped: %(reason)s. A physician decides whether it begins again.") % {
            "reason": stopped.end_reason
        }
    context = {
        "patient": patient,
        "form": form,
        "stopped": stopped,
        "why_not": words,
        "current": current_plan(patient) if words else None,
        "not_ready": [] if words else readiness(request.actor.site).missing,
    }
    return render(request, "sessions/plans/new.html", context, status=form.status)


def _plan(request: ClinicRequest, pk: int) -> TreatmentPlan:
    return get_object_or_404(
        TreatmentPlan.objects.for_site(request.actor.site).select_related(
            "patient", "formulation", "protocol_version", "created_by", "ended_by"
        ),
        pk=pk,
    )


@access(Permission.VIEW_SESSIONS)
@require_safe
def plan(request: ClinicRequest, pk: int) -> HttpResponse:
    """One plan: its dates, its sessions, and the ways to move and to end it."""
    found = _plan(request, pk)
    record_read(by=request.actor, subject=found, patient=found.patient)
    return _page(request, found)


def _page(
    request: ClinicRequest, found: TreatmentPlan, *, move_form: MoveForm | None = None,
    end_form: EndPlanForm | None = None,
) -> HttpResponse:  # fmt: skip
    at = clock.now()
    today = clock.local(at, request.actor.site).date()
    planned = list(found.planned.prefetch_related("treatment_sessions").order_by("phase", "ordinal"))
    still_due = [row for row in planned if row.done_at is None and row.cancelled_at is None]
    next_planned = still_due[0] if still_due else None
    is_running = found.ended_at is None
    begun = (given for row in planned for given in row.treatment_sessions.all())
    in_progress = next((given for given in begun if given.status == SessionStatus.OPEN), None)
    stopped = stopped_sessions(request.actor, still_due, at, running=in_progress) if is_running else []
    early = window_stop(next_planned, today) if next_planned and is_running else None
    young = age_stop(next_planned, site=request.actor.site, on=today) if next_planned and is_running else None
    loading = [row for row in planned if row.phase == Phase.LOADING]
    context: dict[str, Any] = {
        "plan": found,
        "patient": found.patient,
        "loading": loading,
        "dates": dates_of(request.actor, found, today),
        "maintenance": planned[len(loading) :],
        "next_planned": next_planned,
        "stopped": stopped,
        "stopped_numbers": {each.number for each in stopped},
        # It isn't offered what the service refuses.
        "early": early.message if early else "",
        "too_young": young is not None,
        "in_progress": in_progress,
        "may_plan": request.actor.may(Permission.PLAN_TREATMENT) and is_running,
        "may_read": request.actor.may(Permission.READ_SESSIONS),
        "may_treat": request.actor.may(Permission.TREAT) and is_running and not found.patient.deceased,
        "today": today,
        "move_form": move_form or MoveForm(today=today, initial={"planned": next_planned.pk if next_planned else None}),
        "end_form": end_form or EndPlanForm(),
    }
    status = max(form.status for form in (context["move_form"], context["end_form"]))
    return render(request, "sessions/plans/plan.html", context, status=status)


@access(Permission.PLAN_TREATMENT)
@require_POST
def plan_move(request: ClinicRequest, pk: int) -> HttpResponse:
    """Give a session that is still due another day."""
    found = _plan(request, pk)
    form = MoveForm(request.POST, today=clock.today(request.actor.site))

    def move() -> bool:
        reschedule(
            by=request.actor,
            planned=get_object_or_404(found.planned, pk=form.cleaned_data["planned"]),
            due_on=form.cleaned_data["due_on"],
            reason=form.cleaned_data["reason"],
            at=clock.now(),
        )
        return True

    if form.carry_out(move):
        return redirect("plan", found.pk)
    return _page(request, _plan(request, pk), move_form=form)


@access(Permission.PLAN_TREATMENT)
@require_POST
def plan_end(request: ClinicRequest, pk: int) -> HttpResponse:
    """End a plan."""
    found = _plan(request, pk)
    form = EndPlanForm(request.POST)

    def end() -> bool:
        end_plan(by=request.actor, plan=found, reason=form.cleaned_data["reason"], at=clock.now())
        return True

    if form.carry_out(end):
        return redirect("plan", found.pk)
    return _page(request, _plan(request, pk), end_form=form)
