"""A prescriber's clearance: asked for, given by signature, read, withdrawn."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.amending.beside import Amending
from clinic.codes import words_of
from clinic.passkeys.identify import identify
from clinic.trail.unit import record_read
from clinic.web.forms import posted
from patients.importing.queries import facts_by_rule
from patients.registry.identity import age_on
from patients.registry.models import Patient
from patients.screening.forms import ClearanceForm, TakeBackForm, WithdrawForm
from patients.screening.models import ChecklistAnswer, Clearance, ClearanceWithdrawal
from patients.screening.queries import clearances_of, newest_decision, stricter_than_floor, with_standing
from patients.screening.reported import facts_in_words
from patients.screening.services import give_clearance, withdraw_clearance
from patients.screening.standing import asked_words, gone_of, standing_chip
from protocols.checklists.floor import leaves_to_prescriber
from protocols.checklists.models import Rule


@access(Permission.GIVE_CLEARANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def clearance_new(request: ClinicRequest, pk: int, rule: str) -> HttpResponse:
    """Decide on one question of a patient's checklist, by signature."""
    at, actor = clock.now(), request.actor
    if not leaves_to_prescriber(rule):
        raise Http404("no such question")
    patient = get_object_or_404(Patient.objects.for_site(actor.site), pk=pk)
    today = clock.local(at, actor.site).date()
    if request.method != "POST":
        record_read(by=actor, subject=patient, patient=patient)
    newest = newest_decision(patient, rule)
    seen = newest.pk if newest is not None else 0
    form = ClearanceForm(
        posted(request), today=today, rule=rule,
        initial={"valid_from": today, "prescriber": actor.name, "seen": seen},
    )  # fmt: skip

    def give() -> Clearance:
        confirmed = identify(request, form)
        return give_clearance(
            by=actor, patient=patient, rule=rule, confirmed=confirmed, submission_key=form.key, at=clock.now(),
            **form.values(),
        )  # fmt: skip

    if request.method == "POST" and (clearance := form.carry_out(give)):
        text = _("The clearance is signed.") if clearance.granted else _("The refusal is signed.")
        messages.success(request, text)
        return redirect("clearance", clearance.pk)
    if form.stale and (since := newest_decision(patient, rule)) is not None:
        form.carry("seen", since.pk)  # signing once more is a choice
    context = {
        "form": form, "patient": patient, "rule": Rule(rule).label, "age_years": age_on(patient, today),
        "asked": _asked(patient, rule),
        "stricter": stricter_than_floor(actor.site, rule),
        "facts": facts_in_words(facts_by_rule(patient).get(rule, [])),
        "earlier": [(row, standing_chip(row, today)) for row in clearances_of(patient).filter(rule=rule)[:5]],
    }  # fmt: skip
    return render(request, "patients/screening/clearance_new.html", context, status=form.status)


@access(Permission.SCREEN_PATIENTS, Permission.GIVE_CLEARANCE, Permission.VIEW_DOCUMENTS)
@require_safe
def clearance(request: ClinicRequest, pk: int) -> HttpResponse:
    """One clearance or refusal, with its signature."""
    shown = _clearance(request, pk)
    record_read(by=request.actor, subject=shown, patient=shown.patient_id)
    today = clock.local(clock.now(), request.actor.site).date()
    context = {
        "clearance": shown, "patient": shown.patient, "rule": words_of(Rule, shown.rule),
        "age_years": age_on(shown.patient, today), "withdrawal": getattr(shown, "withdrawal", None),
        "standing": standing_chip(shown, today), "amending": Amending([], gone=gone_of(shown)),
        "may_withdraw": request.actor.may(Permission.GIVE_CLEARANCE),
    }  # fmt: skip
    return render(request, "patients/screening/clearance.html", context)


@access(Permission.GIVE_CLEARANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def clearance_withdraw(request: ClinicRequest, pk: int) -> HttpResponse:
    """End a clearance, or take a refusal back, with the reason."""
    shown = _clearance(request, pk)
    form = (WithdrawForm if shown.granted else TakeBackForm)(posted(request))

    def withdraw() -> ClearanceWithdrawal:
        return withdraw_clearance(by=request.actor, clearance=shown, reason=form.cleaned_data["reason"], at=clock.now())

    if request.method == "POST" and form.carry_out(withdraw) is not None:
        told = _("The clearance is withdrawn. It no longer counts.")
        messages.success(
            request, told if shown.granted else _("The decision is taken back: the question is open again.")
        )
        return redirect("clearance", shown.pk)
    context = {"form": form, "clearance": shown, "patient": shown.patient, "rule": words_of(Rule, shown.rule)}
    return render(request, "patients/screening/clearance_withdraw.html", context, status=form.status)


def _clearance(request: ClinicRequest, pk: int) -> Clearance:
    clearances = with_standing(Clearance.objects.for_site(request.actor.site))
    return get_object_or_404(clearances.select_related("patient", "site"), pk=pk)


def _asked(patient: Patient, rule: str) -> str:
    """Return what was answered to the question last, in words; nothing when it was never a yes."""
    answers = ChecklistAnswer.objects.filter(checklist__patient=patient, item__rule=rule)
    answer = answers.select_related("item", "answered_by", "checklist").order_by("-answered_at", "-id").first()
    return asked_words(answer) if answer else ""
