"""Finding patients, and what is reported of them."""

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from django.db.models import QuerySet

from clinic.accounts.models import Site
from patients.registry.models import FactStatus, Patient, ReportedFact
from patients.registry.names import index_tokens
from patients.registry.searching import matches

SEARCH_LIMIT = 25
#: How alike two names written out must be to be shown as perhaps the same (1 is equal).
ALIKE = 0.8
_SAME_DAY_AT_MOST = 200


def patient_for(site: Site, pk: int) -> Patient:
    """Return the patient `pk` of `site`; raises Patient.DoesNotExist for any other."""
    patient: Patient = Patient.objects.for_site(site).get(pk=pk)
    return patient


def search(site: Site, text: str, limit: int = SEARCH_LIMIT) -> list[Patient]:
    """Return at most `limit` patients of `site` whom `text` can mean, by name; one query.

    `text` is the beginning of words of the name (any script, any order), a record number, a date of birth in
    many notations, or a telephone number; a year beside a name is the year of birth. Text that holds nothing to look
    for finds nobody.
    """
    found = matches(site, text, most=limit * 3)
    if found is None:
        return []
    return list(Patient.objects.filter(pk__in=found).only(*LIST_COLUMNS).order_by("sort_name", "id")[:limit])


#: What a list shows of a patient, and what it is ordered by.
LIST_COLUMNS = (
    "id", "site_id", "record_number", "family_name", "given_name", "sort_name", "birth_date", "birth_date_text", "sex",
    "phone", "deceased",
)  # fmt: skip


def listed(site: Site) -> QuerySet[Patient]:
    """Return the patients of `site` as a list shows them, to be ordered by sort name and id."""
    patients: QuerySet[Patient] = Patient.objects.for_site(site).only(*LIST_COLUMNS)
    return patients


def similar_patients(site: Site, values: Mapping[str, Any]) -> list[Patient]:
    """Return patients with the date of birth in `values` and a name that shares a word, or is nearly the same."""
    if values["birth_date"] is None:
        return []
    wanted = f"{values['family_name']} {values['given_name']}"
    words, joined = set(index_tokens(wanted)), " ".join(sorted(index_tokens(wanted)))
    same_day = Patient.objects.for_site(site).filter(birth_date=values["birth_date"]).order_by("sort_name", "id")
    return [
        patient
        for patient in same_day[:_SAME_DAY_AT_MOST]
        if (held := index_tokens(f"{patient.family_name} {patient.given_name}"))
        and (words & set(held) or SequenceMatcher(None, joined, " ".join(sorted(held))).ratio() >= ALIKE)
    ]


def open_facts(patient: Patient, category: str | None = None) -> QuerySet[ReportedFact]:
    """Return what is reported of `patient` and not stated absent, the latest first; perhaps of one category."""
    facts = ReportedFact.objects.filter(patient=patient).exclude(status=FactStatus.NEGATED)
    return facts if category is None else facts.filter(category=category)
