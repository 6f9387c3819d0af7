"""Whom of a site's patients a source means: never a second record without a word about the first."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import clock
from clinic.accounts.actors import service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from patients.importing.services import import_patients
from patients.registry.models import Patient, SourceIdentifier
from tests.patients.builders import registered_patient
from tests.patients.importing.samples import bundle, patient

FARID = "family_name,given_name,birth_date,sex\nProbe,Farid,1983-09-05,male\n"
NUMBERED = "record_number,family_name,given_name,birth_date,sex\nA-1,Probe,Farid,1983-09-05,male\n"
BORN = date(1983, 9, 5)

Take = Callable[..., dict[str, Any]]


@pytest.fixture
def take(site: Site, tmp_path: Path) -> Take:
    """Import a text as CSV, or any other value as FHIR, and return the summary as it is printed."""

    def take_it(value: Any, *, at_site: Site = site) -> dict[str, Any]:
        file = tmp_path / ("given.csv" if isinstance(value, str) else "given.json")
        file.write_text(value if isinstance(value, str) else json.dumps(value))
        by = service_actor(at_site, permissions=[Permission.REGISTER_PATIENTS])
        return import_patients(by=by, source=file, at=clock.now()).as_json()

    return take_it


def farid(site: Site, **changed: Any) -> Patient:
    """Farid Probe, registered at the desk."""
    return registered_patient(site, **{"family_name": "Probe", "given_name": "Farid", "birth_date": BORN} | changed)


@pytest.mark.parametrize(
    "line",
    ["Probe,Farid,1983-09-05,male", "PROBE,Fárid,05.09.1983,", "Farid,Probe,1983-09-05,m", ",Farid Probe,1983-09-05,m"],
)
def test_a_line_without_a_number_means_whoever_is_registered_by_name_and_birth_date(
    take: Take, site: Site, line: str
) -> None:
    there = farid(site, sex="unknown", phone="030 5550100")
    summary = take(f"family_name,given_name,birth_date,sex\n{line}\n")
    assert (summary["created"], summary["already_there"], summary["to_look_at"]) == (0, 1, [])
    found = Patient.objects.get()
    assert (found.pk, found.full_name, found.phone) == (there.pk, "Farid Probe", "030 5550100")
    assert found.sex == ("unknown" if line.endswith(",") else "male")  # a gap is filled, nothing else changes


def test_they_are_known_again_by_that_line_after_the_name_was_corrected(take: Take, site: Site) -> None:
    farid(site)
    take(FARID)
    Patient.objects.update(family_name="Probst")
    summary = take(FARID)
    assert (summary["created"], summary["already_there"]) == (0, 1)


def test_a_line_without_a_number_means_a_patient_imported_from_elsewhere_too(take: Take) -> None:
    take(patient(name=[{"family": "Probe", "given": ["Farid"]}], birthDate="1983-09-05"))
    assert take(FARID)["already_there"] == 1
    assert Patient.objects.count() == 1


@pytest.mark.parametrize(
    "changed", [{"birth_date": date(1983, 9, 6)}, {"given_name": "Samir"}, {"family_name": "Probe-Demo"}]
)
def test_another_name_or_birth_date_is_somebody_else(take: Take, site: Site, changed: dict[str, Any]) -> None:
    farid(site, **changed)
    assert take(FARID)["created"] == 1


def test_nobody_of_another_site_is_meant_or_told_of(take: Take, other_site: Site) -> None:
    farid(other_site)
    summary = take(FARID)
    assert (summary["created"], summary["to_look_at"]) == (1, [])


def test_a_line_that_can_mean_several_is_refused_and_names_them(take: Take, site: Site) -> None:
    numbers = [farid(site).record_number for _time in range(2)]
    summary = take(FARID)
    (refused,) = summary["refused"]
    assert f"Several patients here have this name and birth date: {', '.join(numbers)}." in refused["reason"]
    assert Patient.objects.count() == 2
    assert not SourceIdentifier.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        NUMBERED,
        patient(name=[{"family": "Probe", "given": ["Farid"]}], birthDate="1983-09-05"),
        patient(name=[{"family": "Prohbe", "given": ["Fareed"]}, {"text": "F. Probe"}], birthDate="1983-09-05"),
    ],
)
def test_whoever_is_like_a_patient_and_has_a_number_of_their_own_comes_in_and_is_told_of(
    take: Take, site: Site, given: Any
) -> None:
    there = farid(site)
    summary = take(given)
    assert summary["created"] == 1
    (told,) = summary["to_look_at"]
    made = Patient.objects.exclude(pk=there.pk).get()
    assert (told["file"], told["patient"]) == ("given.csv" if isinstance(given, str) else "given.json", "N-00002")
    assert told["remark"].startswith(f"{made.full_name} has the birth date of {there.record_number} and the same name")
    again = take(given)
    assert (again["created"], again["already_there"], Patient.objects.count()) == (0, 1, 2)


def test_several_of_one_name_and_birth_date_in_a_file_are_told_of(take: Take) -> None:
    summary = take(bundle(patient(id="a"), patient(id="b"), patient(id="c"), patient(id="d", birthDate="1990-02-04")))
    assert summary["created"] == 4
    told = {item["patient"]: item["remark"] for item in summary["to_look_at"]}
    assert set(told) == {"N-00002", "N-00003"}
    assert "N-00001, N-00002" in told["N-00003"]


@pytest.mark.parametrize("sex", ["female", "unknown"])
def test_another_sex_than_that_of_whom_a_line_means_is_told(take: Take, site: Site, sex: str) -> None:
    farid(site, sex=sex)
    told = [item["remark"] for item in take(FARID)["to_look_at"]]
    assert told == {
        "female": ["sex “Male” in the source, “Female” here. Look whether it is the same person."], "unknown": [],
    }[sex]  # fmt: skip
    assert Patient.objects.get().sex == {"female": "female", "unknown": "male"}[sex]


def test_those_of_the_very_name_are_told_first_and_no_endless_list(take: Take, site: Site) -> None:
    for number in range(12):
        farid(site, given_name=f"Other{chr(97 + number)}")
    farid(site)
    (told,) = take(NUMBERED)["to_look_at"]
    assert "N-00013, N-00001, N-00002" in told["remark"]
    assert "N-00009 …" in told["remark"]


def test_looking_for_those_alike_costs_no_query(take: Take, site: Site) -> None:
    def queries(given: Any) -> int:
        with CaptureQueriesContext(connection) as done:
            take(given)
        return len(done)

    take(patient(id="warm", name=[{"family": "Warm"}], birthDate="1970-01-01"))
    alone = queries(patient(id="a", name=[{"family": "Sole"}], birthDate="1971-01-01"))
    for _time in range(5):
        farid(site)
    beside = queries(patient(id="b", name=[{"family": "Probe"}], birthDate="1983-09-05"))
    assert beside == alone
