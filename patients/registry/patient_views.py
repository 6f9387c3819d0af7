"""One patient's pages: where the patient stands, and the history behind it. Opening either is recorded."""

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.trail.unit import record_read
from patients.registry.identity import age_on
from patients.registry.overview import halts, overview_for, refused, sees_the_way, way, without_refused
from patients.registry.sections import sections_for
from patients.registry.tabs import patient_tabs

#: The history as the record trail names it.
PART = "history"


@access(Permission.VIEW_PATIENTS)
@require_safe
def patient(request: ClinicRequest, pk: int) -> HttpResponse:
    """One patient: who it is, what is next, and what is on record, a line each."""
    today = clock.today(request.actor.site)
    overview = overview_for(request.actor, pk, today)
    if overview is None:
        raise Http404("no such patient at this site")
    shown = overview.patient
    record_read(by=request.actor, subject=shown, patient=shown)
    facts = without_refused(overview.facts)
    on_the_way = sees_the_way(request.actor) and not shown.deceased
    steps, following = way(facts) if on_the_way else ([], None)
    context: dict[str, Any] = {
        "patient": shown,
        "age_years": age_on(shown, today),
        "tabs": patient_tabs(request.actor, shown, "patient"),
        "known": overview.alerts,
        "facts": facts,
        "steps": steps,
        "following": following,
        "halts": halts(facts, following) if on_the_way else [],
        "may_edit": request.actor.may(Permission.REGISTER_PATIENTS),
    }
    return render(request, "patients/registry/patient.html", context)


@access(Permission.VIEW_PATIENTS)
@require_safe
def patient_history(request: ClinicRequest, pk: int) -> HttpResponse:
    """All that is on record of one patient, in lists; a constant number of queries."""
    at = clock.now()
    overview = overview_for(request.actor, pk, clock.local(at, request.actor.site).date())
    if overview is None:
        raise Http404("no such patient at this site")
    shown, closed = overview.patient, refused(overview.facts)
    record_read(by=request.actor, subject=shown, patient=shown, part=PART)
    sections = [
        replace(section, action=None) if section.action and section.action.url in closed else section
        for section in sections_for(request.actor, shown, at)
    ]
    context: dict[str, Any] = {
        "patient": shown,
        "age_years": age_on(shown, clock.local(at, request.actor.site).date()),
        "tabs": patient_tabs(request.actor, shown, "patient_history"),
        "known": overview.alerts,
        "sections": sections,
    }
    return render(request, "patients/registry/history.html", context)
