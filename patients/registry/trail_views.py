"""The record trail of one patient."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.trail.forms import TrailFilterForm
from clinic.trail.unit import record_read
from clinic.trail.views import PART, trail_context
from patients.registry.identity import age_on
from patients.registry.models import Patient
from patients.registry.tabs import patient_tabs


@access(Permission.VIEW_TRAIL)
@require_safe
def patient_trail(request: ClinicRequest, pk: int) -> HttpResponse:
    """Who did or looked at what of this patient; reading it is recorded as well."""
    shown = get_object_or_404(Patient.objects.for_site(request.actor.site), pk=pk)
    record_read(by=request.actor, subject=shown, patient=shown, part=PART)
    filters = TrailFilterForm(request.GET, site=request.actor.site, of_patient=True)
    context = trail_context(request, filters, patient_id=shown.pk)
    if context["alone"]:
        return render(request, "trail/rows.html", context)
    context |= {
        "patient": shown,
        "age_years": age_on(shown, clock.today(request.actor.site)),
        "tabs": patient_tabs(request.actor, shown, "patient_trail"),
    }
    return render(request, "patients/registry/trail.html", context)
