"""`import_patients` on real files: what it prints, and what the records hold afterwards."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from clinic.accounts.actors import SERVICE_EMAIL
from clinic.accounts.models import Site
from clinic.trail.models import TrailEvent
from clinic.trail.verify import verify_chain
from patients.registry.models import NameToken, Patient, ReportedFact, SourceIdentifier
from patients.registry.names import search_tokens


def run(*args: str) -> dict[str, Any]:
    """Run the command and return its summary."""
    out = io.StringIO()
    call_command("import_patients", *args, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def rows() -> dict[str, int]:
    """How many rows there are."""
    models = (Patient, NameToken, SourceIdentifier, ReportedFact, TrailEvent)
    return {model.__name__: model._default_manager.count() for model in models}


@pytest.mark.parametrize("folder", ["fhir_bundles", "fhir_resources"])
def test_every_patient_of_the_real_files_is_registered_with_name_sex_birth_date_and_facts(
    site: Site, shared_data: Path, folder: str
) -> None:
    truth = json.loads((shared_data / "FHIR_GROUND_TRUTH.json").read_text(encoding="utf-8"))
    expected = [
        (Path(name).relative_to(folder), person)
        for name, content in truth.items()
        if name.startswith(f"{folder}/")
        for person in content["patients"]
    ]
    summary = run(str(shared_data / folder))
    assert summary["read"] == len(expected)
    assert summary["created"] + summary["already_there"] == len(expected)
    for file, person in expected:
        candidates = Patient.objects.filter(registered_by__email=SERVICE_EMAIL, deceased=person["deceased"])
        if person["birthDate"]:
            candidates = candidates.filter(birth_date=person["birthDate"])
        if person["gender"]:
            candidates = candidates.filter(sex=person["gender"])
        words = {word for name in person["name"] for word in search_tokens(name)}
        for word in words:
            candidates = candidates.filter(name_tokens__token=word)
        assert candidates.exists(), (file, person)
        first = set(search_tokens(person["name"][0])) if person["name"] else set()
        assert any(len(first & set(search_tokens(found.full_name))) >= min(2, len(first)) for found in candidates)
    facts = ReportedFact.objects.exclude(category="").values_list("source", flat=True)
    flagged = {name for name, content in truth.items() if name.startswith(f"{folder}/") and content["flags"]}
    told_of = {source.partition(".json")[0] + ".json" for source in facts}
    refused = {item["file"] for item in summary["refused"]}
    assert {str(Path(name).relative_to(folder)) for name in flagged} <= told_of | refused
    assert verify_chain() is None


def test_two_files_about_one_passport_complete_one_patient(site: Site, shared_data: Path) -> None:
    run(str(shared_data / "fhir_resources" / "hl7au+au-fhir-test-data"))
    sofia = Patient.objects.get(family_name="Italia")
    assert (sofia.given_name, sofia.sex, str(sofia.birth_date)) == ("Sofia", "female", "1989-05-07")


def test_running_it_again_creates_nothing(site: Site, shared_data: Path) -> None:
    folder = str(shared_data / "fhir_bulk_ndjson")
    first = run(folder)
    before = rows()
    second = run(folder)
    assert (first["read"], first["created"]) == (13, 13)
    assert (second["read"], second["created"], second["already_there"]) == (13, 0, 13)
    assert second["facts"] == {
        "created": 0,
        "already_there": first["facts"]["created"] + first["facts"]["already_there"],
    }
    assert rows() == before
    assert [item["file"] for item in first["passed_over"]] == ["10-patients/Immunization.000.ndjson"]


def test_odd_and_invalid_files_leave_the_records_whole(site: Site, shared_data: Path) -> None:
    folder = shared_data / "fhir_invalid_or_odd"
    expected = json.loads((folder / "EXPECTED.json").read_text(encoding="utf-8"))
    for name in expected:
        run(str(shared_data / name))
    summary = run(str(folder))
    refused = {f"fhir_invalid_or_odd/{item['file']}" for item in summary["refused"]}
    unreadable = {
        name
        for name, facts in expected.items()
        if name.endswith(".xml") or facts.get("strict_json", "parses") != "parses" or facts.get("duplicate_keys")
    }
    assert unreadable <= refused
    assert all(item["reason"] for item in summary["refused"])
    assert summary["created"] == 0
    assert verify_chain() is None
    assert Patient.objects.filter(family_name="").count() == 0


def test_a_malformed_file_is_refused_by_name_and_the_rest_go_in(site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"resourceType": "Patient", "id": "1", "name": [{"family": "Demo"}]}')
    (tmp_path / "b.json").write_text("{")
    summary = run(str(tmp_path))
    assert (summary["created"], [item["file"] for item in summary["refused"]]) == (1, ["b.json"])
    assert summary["to_look_at"] == [
        {"file": "a.json", "where": "", "patient": "N-00001", "remark": "The source gives no birth date."}
    ]


def test_a_dry_run_prints_the_same_and_writes_nothing(site: Site, shared_data: Path) -> None:
    folder = str(shared_data / "fhir_resources")
    before = rows()
    rehearsed = run(folder, "--dry-run")
    assert rows() == before
    done = run(folder)
    assert {**rehearsed, "dry_run": False} == done
    assert (rehearsed["dry_run"], done["created"]) == (True, 5)


def test_csv_goes_in_line_by_line_and_once(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "patients.csv"
    file.write_text(
        "record_number;family_name;given_name;birth_date;sex;phone;email\n"
        "A-1;Demo;Alma;1980-04-03;f;+49 30 5550100;alma@example.org\n"
        ";Demo;Bo;03.04.1985;m;;\n"
        ";Demo;;someday;;;\n"
    )
    summary = run(str(file), "--format", "csv")
    assert (summary["read"], summary["created"]) == (2, 2)
    assert [(item["file"], item["where"]) for item in summary["refused"]] == [("patients.csv", "line 4")]
    assert run(str(file))["already_there"] == 2
    assert list(Patient.objects.order_by("id").values_list("given_name", "sex", "phone")) == [
        ("Alma", "female", "+49 30 5550100"),
        ("Bo", "male", ""),
    ]


def test_what_keeps_it_from_beginning_is_one_clear_line(site: Site, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is nothing at"):
        run(str(tmp_path / "nowhere"))
    with pytest.raises(CommandError, match="there is no site X; one of: N"):
        run(str(tmp_path), "--site", "X")
    site.delete()
    with pytest.raises(CommandError, match="there is no site yet"):
        run(str(tmp_path))


def test_the_first_site_is_meant_unless_another_is_named(site: Site, other_site: Site, tmp_path: Path) -> None:
    told = io.StringIO()
    call_command("import_patients", str(tmp_path), stdout=io.StringIO(), stderr=told)
    assert told.getvalue() == "Importing into N (Site North); --site chooses another site.\n"
    assert run(str(tmp_path))["site"] == "N"
    assert run(str(tmp_path), "--site", "S")["site"] == "S"


@pytest.mark.parametrize("path", ["", " "])
def test_no_path_is_refused_rather_than_read_as_the_present_folder(site: Site, path: str) -> None:
    with pytest.raises(CommandError, match="name a file or a folder"):
        run(path)
