"""The list of patients, registering and changing an entry."""

from collections.abc import Iterable
from functools import partial
from typing import Any, TypedDict

from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.components.records import Change
from clinic.trail.queries import last_change_of
from clinic.trail.unit import record_read
from clinic.web.forms import posted
from clinic.web.paging import KeysetPage, page_of
from patients.registry.forms import PatientEditForm, RegistrationForm
from patients.registry.identity import born
from patients.registry.models import Patient, Sex
from patients.registry.queries import SEARCH_LIMIT, ListedPatient, listed, search
from patients.registry.services import SimilarPatients, register_patient, update_patient


class PatientRow(TypedDict):
    """A patient as a list shows them: what a template looks up quickest."""

    url: str
    record_number: str
    name: str
    born: str
    sex: str
    phone: str
    deceased: bool


def _rows(patients: Iterable[Patient | ListedPatient]) -> list[PatientRow]:
    """Return the rows of a list; what is the same in all of them is looked up once."""
    sexes = {value: str(label) for value, label in Sex.choices}
    url = reverse("patient", args=[0])
    return [
        PatientRow(
            url=url.replace("/0/", f"/{patient.pk}/"), record_number=patient.record_number,
            name=_listed_name(patient), born=born(patient) or "–", sex=sexes[patient.sex],
            phone=patient.phone or "–", deceased=patient.deceased,
        )
        for patient in patients
    ]  # fmt: skip


def _listed_name(patient: Patient | ListedPatient) -> str:
    return f"{patient.family_name}, {patient.given_name}" if patient.given_name else patient.family_name


@access(Permission.VIEW_PATIENTS)
@require_safe
def patient_list(request: ClinicRequest) -> HttpResponse:
    """All patients of the site page by page, or those that a search finds; an htmx request gets the rows alone."""
    text = request.GET.get("q", "").replace("\x00", "").strip()
    site = request.actor.site
    found: list[ListedPatient] = []
    if text:
        found = search(site, text, SEARCH_LIMIT + 1)
        page = KeysetPage(rows=_rows(found[:SEARCH_LIMIT]), next_url="", previous_url="")
    else:
        whole = page_of(partial(listed, site), request, names=["sort_name", "pk"])
        page = KeysetPage(_rows(whole.rows), whole.next_url, whole.previous_url)
    template = "patients/registry/rows.html" if request.headers.get("HX-Request") else "patients/registry/list.html"
    may_register = request.actor.may(Permission.REGISTER_PATIENTS)
    context = {
        "page": page, "text": text, "more": len(found) > SEARCH_LIMIT, "may_register": may_register,
        "may_handle_paper": request.actor.may(Permission.HANDLE_PAPER),
    }  # fmt: skip
    return render(request, template, context)


@access(Permission.VIEW_PATIENTS)
@require_safe
def patient_search(request: ClinicRequest) -> HttpResponseBase:
    """The rows that a search finds; without htmx, the list with that search."""
    if request.headers.get("HX-Request"):
        return patient_list(request)
    return redirect(reverse("patient_list", query=request.GET))


@access(Permission.REGISTER_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def patient_new(request: ClinicRequest) -> HttpResponse:
    """Register a patient; somebody similar is shown first, and the button then registers all the same.

    It names whom it was shown beside: what was typed anew and is like somebody else is asked about again.
    """
    at = clock.now()
    form = RegistrationForm(posted(request), today=clock.local(at, request.actor.site).date())
    similar: list[Patient] = []

    def register() -> Patient:
        try:
            return register_patient(
                by=request.actor, submission_key=form.key, at=at, look_for_similar=True,
                compared=_numbers(request.POST.get("all_the_same", "")), **form.values(),
            )  # fmt: skip
        except SimilarPatients as found:
            similar.extend(found.patients)
            raise

    if request.method == "POST" and (patient := form.carry_out(register)):
        return redirect("patient", patient.pk)
    status, rows = form.status, _rows(similar)
    if similar:
        del form.errors[NON_FIELD_ERRORS]  # the page asks it in a box of its own
    context = {
        "form": form, "similar": rows, "compared": " ".join(str(patient.pk) for patient in similar),
        "only": rows[0] if len(rows) == 1 else None,
    }  # fmt: skip
    return render(request, "patients/registry/new.html", context, status=status)


#: A key has no more.
MOST_DIGITS = 18


def _numbers(text: str) -> set[int]:
    """Return the keys in what a button sent; whatever else it holds is nobody's."""
    return {int(part) for part in text.split() if part.isascii() and part.isdecimal() and len(part) <= MOST_DIGITS}


@access(Permission.REGISTER_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def patient_edit(request: ClinicRequest, pk: int) -> HttpResponse:
    """Change a patient's entry; after somebody else's save the newest entry is shown beside what was typed."""
    at = clock.now()
    shown = get_object_or_404(Patient.objects.for_site(request.actor.site), pk=pk)
    if request.method != "POST":
        record_read(by=request.actor, subject=shown, patient=shown)
    form = PatientEditForm.of(shown, posted(request), today=clock.local(at, request.actor.site).date())

    def update() -> Patient:
        cleaned = form.cleaned_data
        return update_patient(
            by=request.actor, patient=shown, row_version=cleaned["row_version"] or 0, deceased=cleaned["deceased"],
            reason=cleaned["reason"], at=at, **form.values(),
        )  # fmt: skip

    if request.method == "POST" and form.carry_out(update) is not None:
        return redirect("patient", shown.pk)
    context: dict[str, Any] = {"form": form, "patient": shown}
    if form.stale:
        shown.refresh_from_db()
        form.carry_version(shown.row_version)
        context |= {"changes": _differences(form, shown), "changed_by": last_change_of(shown)}
    return render(request, "patients/registry/edit.html", context, status=form.status)


def _differences(form: PatientEditForm, newest: Patient) -> list[Change]:
    """Return what the newest entry and what was typed say differently, field by field."""
    return [
        Change(str(form[name].label), _said(form, name, getattr(newest, name)), _said(form, name, typed))
        for name, typed in form.cleaned_data.items()
        if name in form.initial and typed != getattr(newest, name)
    ]


def _said(form: PatientEditForm, name: str, value: Any) -> str:
    """Return a value of the entry as the form shows it."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    choices = dict(getattr(form.fields[name], "choices", ()))
    return str(choices.get(value, form.fields[name].prepare_value(value))) if value else _("nothing")
