"""The checklist in the treatment room: begun, answered field by field, read through and signed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.amending.beside import amending_of
from clinic.codes import unknown
from clinic.documents.queries import documents_about
from clinic.errors import Refused, StaleWrite
from clinic.passkeys.identify import identify
from clinic.trail.unit import record_read
from clinic.web import autosave
from clinic.web.forms import SignatureForm, posted
from patients.importing.queries import facts_by_rule
from patients.intake.queries import current_intake
from patients.intake.staging import Pathway
from patients.paper.pictures import pictures_of_form
from patients.registry.following import next_or_under_way
from patients.registry.identity import age_on
from patients.registry.models import Patient
from patients.screening.chips import chip_of
from patients.screening.contraindications import judge
from patients.screening.ended import rested_on_words
from patients.screening.forms import ChecklistForm, StartForm, answer_name
from patients.screening.loading import Loaded, load
from patients.screening.models import ChecklistStatus, PatientChecklist
from patients.screening.queries import answers_of, ended_under, open_checklist, with_later, with_names
from patients.screening.screen import ChecklistScreen, checklist_screen, saved_at, signed_instructions, signed_reasons
from patients.screening.services import (
    REPLACED,
    AlreadyOpen,
    answer_item,
    choose_formulation,
    require_open_today,
    sign_checklist,
    start_checklist,
    way_to_new,
)
from protocols.formulations.queries import active_versions

READS = (Permission.SCREEN_PATIENTS, Permission.VIEW_DOCUMENTS)


@access(Permission.SCREEN_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def checklist_start(request: ClinicRequest, pk: int) -> HttpResponse:
    """Begin today's checklist of a patient, or go on with the one that is open."""
    at, actor = clock.now(), request.actor
    patient = get_object_or_404(Patient.objects.for_site(actor.site), pk=pk)
    on = clock.local(at, actor.site).date()
    if request.method != "POST" and (draft := open_checklist(patient, on)):
        return redirect("checklist", draft.pk)
    if request.method != "POST":
        record_read(by=actor, subject=patient, patient=patient)
    intake = current_intake(patient)
    if intake is None:
        return _without_intake(request, patient, on)
    versions = active_versions(actor.site)
    form = StartForm(posted(request), formulations=versions)

    def start() -> PatientChecklist:
        try:
            return start_checklist(
                by=actor, patient=patient, formulation_version=form.chosen, submission_key=form.key, at=at
            )
        except AlreadyOpen as already:
            messages.info(request, already.message)
            return already.checklist

    if request.method == "POST" and (checklist := form.carry_out(start)):
        return redirect("checklist", checklist.pk)
    context = {
        "form": form, "patient": patient, "formulations": versions, "age_years": age_on(patient, on),
        "surgical": intake if intake.pathway == Pathway.SURGICAL_ASSESSMENT else None,
        "may_print": actor.may(Permission.HANDLE_PAPER),
    }  # fmt: skip
    return render(request, "patients/screening/start.html", context, status=form.status)


def _without_intake(request: ClinicRequest, patient: Patient, on: date) -> HttpResponse:
    """Say what is missing before a checklist makes sense, with the way there for whoever may take it."""
    url = reverse("intake_new", args=[patient.pk]) if request.actor.may(Permission.RECORD_INTAKE) else ""
    context = {
        "patient": patient, "age_years": age_on(patient, on), "intake_missing": True, "intake_url": url,
        "intake_action": _("Take the intake") if url else "",
    }  # fmt: skip
    status = 409 if request.method == "POST" else 200
    return render(request, "patients/screening/start.html", context, status=status)


@access(*READS)
@require_http_methods(["GET", "HEAD", "POST"])
def checklist(request: ClinicRequest, pk: int) -> HttpResponse:
    """One checklist: to be answered while it is today's draft, to be read ever after.

    A POST saves the whole form, for a browser without scripts.
    """
    at, shown = clock.now(), _checklist(request, pk)
    today = clock.local(at, request.actor.site).date()
    if request.method == "POST":
        request.actor.require(Permission.SCREEN_PATIENTS)
        form = ChecklistForm(request.POST, loaded=load(shown, shown.on))
        form.carry_out(lambda: _save(request, form, [name for name in form.fields if form.item_of(name)]))
        if form.is_valid():
            messages.success(request, _("The answers are saved."))
            return redirect("checklist", shown.pk)
        return _answering(request, _checklist(request, pk), form, status=form.status)
    record_read(by=request.actor, subject=shown, patient=shown.patient_id)
    open_today = shown.status == ChecklistStatus.DRAFT and shown.on == today and not shown.is_replaced
    if open_today and request.actor.may(Permission.SCREEN_PATIENTS):
        return _answering(request, shown, None)
    return _reading(request, shown, today)


@access(Permission.SCREEN_PATIENTS)
@require_POST
def checklist_save(request: ClinicRequest, pk: int) -> HttpResponse:
    """Save the fields that changed, as the browser sends them; see `clinic.web.autosave`."""
    shown = _checklist(request, pk)
    form = ChecklistForm(request.POST, loaded=load(shown, shown.on))
    form.is_valid()
    names = [name for name in autosave.changed_fields(request) if form.item_of(name)]
    at = clock.now()
    try:
        _save(request, form, names)
    except StaleWrite:
        shown.refresh_from_db(fields=["row_version"])
        return autosave.stale(row_version=shown.row_version, **_newest(request, form.loaded))
    except Refused as refused:
        # Signed or of an earlier day: nothing of this page can be saved any more.
        return autosave.closed(refused.message, way=refused.way)
    shown.refresh_from_db(fields=["row_version"])
    errors = {name: [str(text) for text in form.errors[name]] for name in names if name in form.errors}
    values = _newest(request, form.loaded)["values"]
    return autosave.saved(at=at, row_version=shown.row_version, errors=errors, values=values)


def _newest(request: ClinicRequest, loaded: Loaded) -> dict[str, Any]:
    """Return what is saved of every field now, and who answered each question; one query."""
    answers = answers_of(loaded.checklist)
    form = ChecklistForm(loaded=replace(loaded, answers=answers))
    authors = {
        answer_name(answer.item): autosave.author(
            by=answer.answered_by.full_name, at=answer.answered_at,
            yourself=answer.answered_by_id == request.actor.user.pk,
        )
        for answer in answers.values()
    }  # fmt: skip
    return {"values": autosave.values_of(form), "authors": authors}


@access(Permission.SCREEN_PATIENTS)
@require_safe
def checklist_state(request: ClinicRequest, pk: int) -> HttpResponse:
    """What the answers come to now: the parts of the page that change with each answer."""
    shown = _checklist(request, pk)
    loaded = load(shown, shown.on)
    context = {
        "checklist": shown, "patient": shown.patient, "partial": True,
        "screen": _screen(request, loaded, ChecklistForm(loaded=loaded)),
    }  # fmt: skip
    return render(request, "patients/screening/state.html", context)


@access(Permission.SCREEN_PATIENTS)
@require_POST
def checklist_formulation(request: ClinicRequest, pk: int) -> HttpResponse:
    """Choose another formulation on an open checklist."""
    shown = _checklist(request, pk)
    form = StartForm(request.POST, formulations=active_versions(request.actor.site))

    def choose() -> PatientChecklist:
        return choose_formulation(by=request.actor, checklist=shown, formulation_version=form.chosen, at=clock.now())

    if form.carry_out(choose) is None:
        for error in [text for texts in form.errors.values() for text in texts]:
            messages.error(request, str(error))
    return redirect("checklist", shown.pk)


@access(Permission.SCREEN_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def checklist_sign(request: ClinicRequest, pk: int) -> HttpResponse:
    """Read the checklist through, and sign it."""
    at, shown = clock.now(), _checklist(request, pk)
    if shown.is_replaced or (shown.status == ChecklistStatus.SIGNED and request.method != "POST"):
        return redirect("checklist", shown.pk)  # which says what to do
    form = SignatureForm(posted(request), row_version=shown.row_version)

    def sign() -> PatientChecklist:
        confirmed = identify(request, form)
        return sign_checklist(
            by=request.actor, checklist=shown, confirmed=confirmed, row_version=form.cleaned_data["row_version"] or 0,
            at=clock.now(),
        )  # fmt: skip

    if request.method == "POST" and form.carry_out(sign) is not None:
        messages.success(request, _("The checklist is signed. Its document is being made."))
        return redirect("checklist", shown.pk)
    if form.stale:
        shown.refresh_from_db(fields=["row_version"])
        form.carry_version(shown.row_version)
    loaded = load(shown, shown.on)
    context = {
        "checklist": shown, "patient": shown.patient, "form": form, "age_years": _age(shown, at),
        "screen": _screen(request, loaded, ChecklistForm(loaded=loaded)),
    }  # fmt: skip
    return render(request, "patients/screening/sign.html", context, status=form.status)


def _checklist(request: ClinicRequest, pk: int) -> PatientChecklist:
    return get_object_or_404(with_later(with_names(PatientChecklist.objects.for_site(request.actor.site))), pk=pk)


def _age(shown: PatientChecklist, at: datetime) -> int | None:
    return age_on(shown.patient, clock.local(at, shown.site).date())


def _screen(request: ClinicRequest, loaded: Loaded, form: ChecklistForm) -> ChecklistScreen:
    facts = facts_by_rule(loaded.checklist.patient)
    return checklist_screen(loaded, judge(loaded.case), form, facts=facts, actor=request.actor)


def _answering(
    request: ClinicRequest, shown: PatientChecklist, form: ChecklistForm | None, *, status: int = 200
) -> HttpResponse:
    """Show the checklist to be answered: with the answers saved, or with a form that came back."""
    loaded = load(shown, shown.on)
    if form is not None and form.stale:
        form.carry_version(shown.row_version)
    form = form or ChecklistForm(loaded=loaded)
    context = {
        "checklist": shown, "patient": shown.patient, "form": form, "screen": _screen(request, loaded, form),
        "saved_at": saved_at(loaded), "age_years": _age(shown, clock.now()),
        "pictures": pictures_of_form(shown.paper_entry.form) if loaded.paper_code else [],
    }  # fmt: skip
    return render(request, "patients/screening/checklist.html", context, status=status)


def _reading(request: ClinicRequest, shown: PatientChecklist, today: date) -> HttpResponse:
    """Show a checklist that can't be answered: what was signed, and what it comes to today."""
    loaded = load(shown, today if shown.on == today else shown.on)
    signed, now = shown.status == ChecklistStatus.SIGNED, judge(loaded.case)
    # Of today also when only the reason is another: a clearance came that has to be confirmed.
    words = [reason.words for reason in now.deciding()]
    differs = now.outcome != shown.outcome or (shown.on == today and sorted(words) != sorted(signed_reasons(shown)))
    documents = list(documents_about(shown)) if signed else []
    amending = amending_of(request.actor, shown, documents)
    outcome = chip_of(shown.outcome) if signed else None
    later = vars(shown)["later"]  # annotated, which no type knows
    is_of_today = signed and not later and shown.on == today
    gone = ended_under(shown, today) if is_of_today and differs else {}
    # What was amended, replaced or left without its clearance holds no longer, whatever it came to.
    holds = not (amending.amendments or amending.gone or later or gone)
    context = {
        "checklist": shown, "patient": shown.patient, "age_years": _age(shown, clock.now()),
        "screen": _screen(request, loaded, ChecklistForm(loaded=loaded)),
        "signed": signed,
        "unknown_state": unknown(ChecklistStatus, shown.status),
        "outcome": outcome,
        "replaced": REPLACED if shown.is_replaced and shown.on == today else "",
        "holds": holds,
        "later": later,
        "ended": [rested_on_words(each, shown.site, today) for each in gone.values()],
        "reasons": signed_reasons(shown),
        "instructions": signed_instructions(shown),
        "paper_code": loaded.paper_code,
        "differs": signed and differs and not later,
        "to_confirm": any(reason.offered for reason in now.deciding()),
        "amending": amending,
        "document": documents[0] if documents else None,
        "is_today": shown.on == today,
        "following": next_or_under_way(request.actor, shown.patient_id, today, fresh=is_of_today),
        "may_screen": request.actor.may(Permission.SCREEN_PATIENTS),
    }  # fmt: skip
    return render(request, "patients/screening/read.html", context)


def _save(request: ClinicRequest, form: ChecklistForm, names: Iterable[str]) -> None:
    """Save the valid ones of the fields `names`, question by question; what is wrong becomes the field's error.

    Raises StaleWrite when somebody else answered since, and Refused when the checklist can't be answered.
    """
    if form.loaded.checklist.is_replaced:
        raise Refused(str(REPLACED), way=way_to_new(form.loaded.checklist))
    at = clock.now()
    # Also where nothing is sent that could be refused: "saved" is said of an open checklist alone.
    require_open_today(request.actor, form.loaded.checklist, at)
    version = form.cleaned_data.get("row_version") or 0
    by_item: dict[int, list[str]] = {}
    for name in names:
        item = form.item_of(name)
        if item is not None and name not in form.errors:
            by_item.setdefault(item.pk, []).append(name)
    for item in form.loaded.items:
        sent = by_item.get(item.pk, [])
        given = form.given(item, sent)
        if not sent or (not any(form.cleaned_data.get(name) for name in sent) and not given["answer"]):
            continue
        if not given["answer"]:
            form.add_error(answer_name(item), _("Choose yes, no or not sure first."))
            continue
        try:
            row = answer_item(
                by=request.actor, checklist=form.loaded.checklist, item=item, row_version=version, at=at, **given
            )
        except Refused as refused:
            if not refused.field:
                raise
            form.add_error(f"{answer_name(item)}-{refused.field}".removesuffix("-answer"), refused.message)
        else:
            version = row.checklist.row_version
