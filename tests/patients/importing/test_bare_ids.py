"""A resource's bare id is no number of a person: every sender has a patient 1."""

import json
from pathlib import Path
from typing import Any

import pytest

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.importing.entries import NO_NAME
from patients.importing.services import Summary, import_patients
from patients.registry.models import Patient, ReportedFact
from tests.factories import make_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def importer(site: Site) -> Actor:
    """Who may register patients."""
    return make_actor(site, Role.MANAGER)


def taken_in(importer: Actor, folder: Path, file: str, *conditions: str, **patient: Any) -> Summary:
    entries: list[dict[str, Any]] = [{"resource": {"resourceType": "Patient"} | {"id": "1"} | patient}]
    entries += [
        {
            "resource": {
                "resourceType": "Condition", "id": f"c{number}", "subject": {"reference": "Patient/1"},
                "code": {"text": text},
                "clinicalStatus": {"coding": [{"code": "active"}]},
            }
        }
        for number, text in enumerate(conditions)
    ]  # fmt: skip
    path = folder / f"{file}.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return import_patients(by=importer, source=path, at=clock.now())


ANNA = {"name": [{"family": "Alpha", "given": ["Anna"]}], "birthDate": "1980-01-01", "gender": "female"}
DORA = {"name": [{"family": "Delta", "given": ["Dora"]}], "birthDate": "1980-01-01", "gender": "female"}


def test_a_nameless_patient_doesnt_become_somebody_elses(importer: Actor, tmp_path: Path) -> None:
    assert taken_in(importer, tmp_path, "nameless", gender="female").created == 1
    summary = taken_in(importer, tmp_path, "anna", **ANNA)
    assert (summary.created, summary.already_there) == (0, 0)
    assert "Nothing but the resource's id" in summary.refused[0].reason
    assert Patient.objects.get().family_name == NO_NAME


def test_facts_of_one_person_dont_get_to_another_with_the_same_birth_date(importer: Actor, tmp_path: Path) -> None:
    assert taken_in(importer, tmp_path, "anna", **ANNA).created == 1
    summary = taken_in(importer, tmp_path, "dora", "Hemophilia A", **DORA)
    assert len(summary.refused) == 1
    assert not ReportedFact.objects.exists()


def test_the_same_source_again_is_the_same_person(importer: Actor, tmp_path: Path) -> None:
    for _time in range(2):
        summary = taken_in(importer, tmp_path, "anna", "Asthma", **ANNA)
        assert not summary.refused
    assert Patient.objects.count() == 1
    assert ReportedFact.objects.count() == 1
    for _time in range(2):
        assert not taken_in(importer, tmp_path, "nameless", id="2", gender="female").refused
    assert Patient.objects.count() == 2


def test_a_number_with_its_system_outlives_another_name_and_says_so(importer: Actor, tmp_path: Path) -> None:
    number = {"identifier": [{"system": "https://numbers.example", "value": "4711"}]}
    taken_in(importer, tmp_path, "anna", **ANNA, **number)
    summary = taken_in(importer, tmp_path, "married", "Asthma", **DORA, **number)
    assert summary.already_there == 1
    assert ReportedFact.objects.count() == 1
    assert any("called Dora Delta in the source" in remark for _place, _number, remark in summary.remarks)
