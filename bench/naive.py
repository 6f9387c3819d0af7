"""The floors of the pages: what a first attempt writes, in the same frame, behind the same sign-in and middleware."""

from functools import cache
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template import engines
from django.urls import path

from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.urls import urlpatterns as clinic_urls
from clinic.web.paging import PAGE_SIZE
from patients.registry.models import Patient, Sex

LIST = """
{% extends "base.html" %}{% load crispy_forms_tags %}
{% block content %}
<h1>Patients</h1>
{% crispy form %}
<table class="table"><thead><tr><th>Name</th><th>Record</th><th>Born</th><th>Sex</th><th>Telephone</th></tr></thead>
<tbody>{% for patient in page %}<tr>
<td><a href="{% url "patient" patient.pk %}">{{ patient.family_name }}, {{ patient.given_name }}</a></td>
<td>{{ patient.record_number }}</td><td>{{ patient.birth_date|date }}</td><td>{{ patient.get_sex_display }}</td>
<td>{{ patient.phone }}</td></tr>{% endfor %}</tbody></table>
<p>Page {{ page.number }} of {{ page.paginator.num_pages }}</p>
{% if page.has_next %}<a href="?page={{ page.next_page_number }}">Next</a>{% endif %}
{% endblock %}
"""
DETAIL = """
{% extends "base.html" %}
{% block content %}
<h1>{{ patient.given_name }} {{ patient.family_name }}</h1>
<dl><dt>Record</dt><dd>{{ patient.record_number }}</dd><dt>Born</dt><dd>{{ patient.birth_date|date }}</dd>
<dt>Sex</dt><dd>{{ patient.get_sex_display }}</dd><dt>Telephone</dt><dd>{{ patient.phone }}</dd>
<dt>E-mail</dt><dd>{{ patient.email }}</dd><dt>Address</dt><dd>{{ patient.address }}</dd></dl>
{% endblock %}
"""


class SearchForm(forms.Form):
    """The form above a naive list."""

    name = forms.CharField(required=False)
    record_number = forms.CharField(required=False)
    born = forms.DateField(required=False)
    sex = forms.ChoiceField(choices=[("", "Any"), *Sex.choices], required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.add_input(Submit("go", "Search"))


@cache
def _compiled(template: str) -> Any:
    """Return the template, compiled once per process, as those in files are."""
    return engines["django"].from_string(template)


def _page(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    return HttpResponse(_compiled(template).render(context, request))


@access(Permission.VIEW_PATIENTS)
def naive_list(request: ClinicRequest) -> HttpResponse:
    """Patients by the ORM and Django's Paginator, under a crispy form."""
    patients = Patient.objects.for_site(request.actor.site).order_by("sort_name", "id")
    page = Paginator(patients, PAGE_SIZE).get_page(request.GET.get("page"))
    return _page(request, LIST, {"page": page, "form": SearchForm(request.GET)})


@access(Permission.VIEW_PATIENTS)
def bare_patient(request: ClinicRequest, pk: int) -> HttpResponse:
    """One patient's row, and nothing around it: no sections, no entry in the trail."""
    patient = get_object_or_404(Patient.objects.for_site(request.actor.site), pk=pk)
    return _page(request, DETAIL, {"patient": patient})


urlpatterns = [
    *clinic_urls,
    path("bench/patients/", naive_list, name="bench_naive_list"),
    path("bench/patients/<int:pk>/", bare_patient, name="bench_bare_patient"),
]
