"""Pages of treatment plans."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.trail.unit import record_read
from patients.registry.models import Patient
from sessions.plans.forms import EndPlanForm, PlanForm
from sessions.plans.models import TreatmentPlan
from sessions.plans.services import end_plan, make_plan


@access(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "POST"])
def plan_new(request: ClinicRequest, patient_id: int) -> HttpResponse:
    """Make the plan of a patient."""
    patient = get_object_or_404(Patient.objects.for_site(request.actor.site), pk=patient_id)
    at = clock.now()
    form = PlanForm(request.POST or None, site=request.actor.site, today=clock.local(at, request.actor.site).date())
    if request.method == "POST":
        made = form.carry_out(
            lambda: make_plan(
                by=request.actor,
                patient=patient,
                formulation=form.cleaned_data["formulation_version"].formulation,
                first_on=form.cleaned_data["first_on"],
                submission_key=form.key,
                at=at,
            )
        )
        if made is not None:
            return redirect("plan", made.pk)
    return render(request, "sessions/plans/new.html", {"patient": patient, "form": form}, status=form.status)


@access(Permission.VIEW_SESSIONS)
@require_http_methods(["GET", "POST"])
def plan(request: ClinicRequest, pk: int) -> HttpResponse:
    """One plan: its dates, its sessions, and the way to end it."""
    found = get_object_or_404(
        TreatmentPlan.objects.for_site(request.actor.site).select_related(
            "patient", "formulation", "protocol_version", "created_by", "ended_by"
        ),
        pk=pk,
    )
    form = EndPlanForm(request.POST or None)
    if request.method == "POST":
        done = form.carry_out(
            lambda: (
                end_plan(by=request.actor, plan=found, reason=form.cleaned_data["reason"], at=clock.now()),
                found,
            )
        )
        if done is not None:
            return redirect("plan", found.pk)
    else:
        record_read(by=request.actor, subject=found, patient=found.patient)
    planned = found.planned.prefetch_related("treatment_sessions").order_by("due_on", "id")
    waiting = [row for row in planned if row.done_at is None and row.cancelled_at is None]
    return render(
        request,
        "sessions/plans/plan.html",
        {
            "plan": found,
            "patient": found.patient,
            "planned": planned,
            "next_planned": waiting[0] if waiting else None,
            "form": form,
            "may_plan": request.actor.may(Permission.PLAN_TREATMENT) and found.ended_at is None,
            "may_treat": request.actor.may(Permission.TREAT) and found.ended_at is None,
            "today": clock.today(request.actor.site),
        },
        status=form.status,
    )
