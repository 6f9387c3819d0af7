"""Taking and correcting an intake."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.trail.unit import record_read
from clinic.web.forms import posted
from patients.intake.forms import CorrectionForm, IntakeForm
from patients.intake.models import Intake
from patients.intake.queries import current_intake
from patients.intake.services import take_intake
from patients.intake.staging import Pathway
from patients.registry.identity import age_on
from patients.registry.models import Patient


@access(Permission.RECORD_INTAKE)
@require_http_methods(["GET", "HEAD", "POST"])
def intake_new(request: ClinicRequest, pk: int) -> HttpResponse:
    """Take a new intake of a patient."""
    patient = get_object_or_404(Patient.objects.for_site(request.actor.site), pk=pk)
    form = IntakeForm(posted(request), patient=patient, row_version=_number(current_intake(patient)))
    return _answer(request, patient, form, corrects=None)


@access(Permission.RECORD_INTAKE)
@require_http_methods(["GET", "HEAD", "POST"])
def intake_correct(request: ClinicRequest, pk: int) -> HttpResponse:
    """Correct an intake by a new one."""
    intakes = Intake.objects.for_site(request.actor.site).select_related("patient")
    corrects = get_object_or_404(intakes, pk=pk)
    form = CorrectionForm(posted(request), patient=corrects.patient, initial=CorrectionForm.shown(corrects))
    return _answer(request, corrects.patient, form, corrects=corrects)


def _number(intake: Intake | None) -> int:
    """The number of the latest intake, which a form carries in place of a row version; 0 before the first."""
    return intake.pk if intake is not None else 0


def _answer(request: ClinicRequest, patient: Patient, form: IntakeForm, *, corrects: Intake | None) -> HttpResponse:
    at = clock.now()
    if request.method != "POST":
        record_read(by=request.actor, subject=patient, patient=patient)

    def take() -> Intake:
        return take_intake(
            by=request.actor, patient=patient, corrects=corrects, submission_key=form.key, at=at,
            seen=form.cleaned_data.get("row_version") or 0, **form.values(),
        )  # fmt: skip

    if request.method == "POST" and (intake := form.carry_out(take)):
        if intake.pathway == Pathway.SURGICAL_ASSESSMENT:
            messages.warning(request, _("%(stage)s: refer for surgical assessment.") % {"stage": intake})
        else:
            messages.success(request, _("Intake saved: %(stage)s.") % {"stage": intake})
        return redirect("patient", patient.pk)
    if form.stale and corrects is None:
        form.carry_version(_number(current_intake(patient)))
    context = {
        "form": form, "patient": patient, "corrects": corrects,
        "age_years": age_on(patient, clock.local(at, request.actor.site).date()),
    }  # fmt: skip
    return render(request, "patients/intake/form.html", context, status=form.status)
