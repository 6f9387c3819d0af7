"""Pages of the consent."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.documents.queries import documents_about
from clinic.trail.unit import record_read
from patients.consents.forms import ConsentForm, WithdrawForm
from patients.consents.models import Consent
from patients.consents.queries import consent_in_force
from patients.consents.services import take_consent, withdraw_consent
from patients.registry.models import Patient
from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.queries import active


@access(Permission.TAKE_CONSENT)
@require_http_methods(["GET", "POST"])
def consent_new(request: ClinicRequest, patient_id: int) -> HttpResponse:
    """Take the consent of a patient to the script in force."""
    patient = get_object_or_404(Patient.objects.for_site(request.actor.site), pk=patient_id)
    script = active(ConsentScriptVersion, request.actor.site)
    if script is None:
        return render(request, "patients/consents/no_script.html", {"patient": patient})
    form = ConsentForm(request.POST or None, script=script, initial={"signed_name": patient.full_name})
    if request.method == "POST":
        made = form.carry_out(
            lambda: take_consent(
                by=request.actor,
                patient=patient,
                script_version=get_object_or_404(
                    ConsentScriptVersion.objects.for_site(request.actor.site), pk=form.cleaned_data["script"]
                ),
                statements=form.cleaned_data["statements"],
                drawing_png=form.cleaned_data["signature_image"],
                signed_name=form.cleaned_data["signed_name"],
                photos_for_record=form.cleaned_data["photos_for_record"],
                photos_for_teaching=form.cleaned_data["photos_for_teaching"],
                submission_key=form.key,
                at=clock.now(),
            )
        )
        if made is not None:
            return redirect("consent", made.pk)
    return render(
        request,
        "patients/consents/new.html",
        {"patient": patient, "script": script, "form": form, "in_force": consent_in_force(patient)},
        status=form.status,
    )


@access(Permission.VIEW_PATIENTS)
@require_http_methods(["GET", "POST"])
def consent(request: ClinicRequest, pk: int) -> HttpResponse:
    """One consent, as it was given; and its withdrawal."""
    found = get_object_or_404(
        Consent.objects.for_site(request.actor.site).select_related(
            "patient", "script_version", "signature", "withdrawal", "witnessed_by"
        ),
        pk=pk,
    )
    may_withdraw = request.actor.may(Permission.TAKE_CONSENT)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST":
        done = form.carry_out(
            lambda: withdraw_consent(
                by=request.actor, consent=found, reason=form.cleaned_data["reason"], at=clock.now()
            )
        )
        if done is not None:
            return redirect("consent", found.pk)
    else:
        record_read(by=request.actor, subject=found, patient=found.patient)
    return render(
        request,
        "patients/consents/consent.html",
        {
            "consent": found,
            "patient": found.patient,
            "withdrawal": getattr(found, "withdrawal", None),
            "documents": documents_about(found),
            "form": form,
            "may_withdraw": may_withdraw and not hasattr(found, "withdrawal"),
        },
        status=form.status,
    )
