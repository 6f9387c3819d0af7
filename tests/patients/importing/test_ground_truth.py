"""Real FHIR files against what people found in them: who the patients are, and what is reported of them."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from patients.importing.categories import Category, Standing
from patients.importing.fhir import Gathering
from patients.importing.json_text import parse
from patients.importing.limits import Limits
from patients.importing.records import ReportedFact
from patients.importing.shelf import Shelf
from tests.patients.importing.samples import TODAY, Reading, read_all

NOT_FACTS = {"file", "patient_name", "gender", "birthDate", "deceased"}
# Columns of the table that we have, and categories of ours that it doesn't have.
OURS_ALONE = {Category.CANCER_TREATMENT, Category.FIVE_ARI_USE, Category.NO_INFORMATION}

# Where we differ from the table on purpose: file, column, what the table says, what we say.
DIFFERENCES = {
    # The allergy record says "No information about allergies" (IPS no-allergy-info). That nothing is known is not
    # that there is none, so we don't call it "none known": it has a category of its own.
    ("BR_may2024_connectathon.json", "stated_none_known", "stated", ""),
}


@pytest.fixture(scope="module")
def table(shared_data: Path) -> list[dict[str, str]]:
    """One row per file: patient, and how each category stands."""
    with (shared_data / "FHIR_GROUND_TRUTH_TABLE.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def truth(shared_data: Path) -> dict[str, Any]:
    """By file: patients, flags, counts by status, allergens."""
    found: dict[str, Any] = json.loads((shared_data / "FHIR_GROUND_TRUTH.json").read_text(encoding="utf-8"))
    return found


def every_fact(file: Path) -> list[ReportedFact]:
    """Every fact of one file, also about a patient who isn't in it (the table judges files)."""
    with Shelf() as shelf:
        gathering = Gathering(shelf, Limits())
        list(gathering.add(gathering.open(file.name, ""), parse(file.read_text(encoding="utf-8"), Limits())))
        return list(gathering.every_fact())


def standing_of(facts: list[ReportedFact], category: str) -> str:
    """How a category stands in a file: the strongest of its facts, as the table says it."""
    found = {fact.standing for fact in facts if fact.match is not None and fact.match.category == category}
    if category == Category.STATED_NONE_KNOWN:
        return "stated" if found else ""
    order = (Standing.PRESENT, Standing.CHECK, Standing.PAST, Standing.NEGATED)
    return next((str(standing) for standing in order if standing in found), "")


def test_every_column_of_the_table_is_a_category_and_the_others_are_named(table: list[dict[str, str]]) -> None:
    columns = set(table[0]) - NOT_FACTS
    assert columns == {str(category) for category in set(Category) - OURS_ALONE}


def test_categories_and_standings_agree_with_the_table_cell_by_cell(
    table: list[dict[str, str]], shared_data: Path
) -> None:
    differing = set()
    judged = said = 0
    for row in table:
        facts = every_fact(shared_data / row["file"])
        for column in sorted(set(row) - NOT_FACTS):
            ours = standing_of(facts, column)
            judged += 1
            said += bool(row[column])
            if ours != row[column]:
                differing.add((Path(row["file"]).name, column, row[column], ours))
    assert differing == DIFFERENCES
    assert (judged, said) == (54 * 22, 60)


def test_every_piece_of_evidence_is_found_in_the_resource_it_names(shared_data: Path) -> None:
    standings = {
        "active": Standing.PRESENT,
        "observed": Standing.PRESENT,
        "inactive": Standing.PAST,
        "negated": Standing.NEGATED,
        "unspecified": Standing.CHECK,
        "undetermined": Standing.CHECK,
    }
    with (shared_data / "FHIR_GROUND_TRUTH_EVIDENCE.csv").open(encoding="utf-8", newline="") as file:
        evidence = list(csv.DictReader(file))
    files = {row["file"] for row in evidence}
    expected = Counter(
        (row["file"], row["resource_type"], row["category"], standings[row["status"]]) for row in evidence
    )
    found = Counter(
        (name, fact.resource_type, str(fact.match.category), fact.standing)
        for name in files
        for fact in every_fact(shared_data / name)
        if fact.match is not None and fact.match.category not in {*OURS_ALONE, Category.STATED_NONE_KNOWN}
    )
    assert found == expected
    assert expected.total() == 71


def test_allergens_are_named_as_the_sources_name_them(truth: dict[str, Any], shared_data: Path) -> None:
    for name, expected in truth.items():
        facts = every_fact(shared_data / name)
        allergens = {fact.text for fact in facts if fact.match is not None and fact.match.category == Category.ALLERGY}
        assert allergens == set(expected["allergens"]), name


def imports(truth: dict[str, Any], shared_data: Path) -> Iterator[tuple[str, Reading, list[dict[str, Any]]]]:
    """Each file of the truth, read as a person would import it, with the patients expected."""
    for name, expected in truth.items():
        yield name, read_all(shared_data / name), expected["patients"]


def test_every_patient_comes_in_with_names_sex_birth_date_and_death(truth: dict[str, Any], shared_data: Path) -> None:
    for name, reading, expected in imports(truth, shared_data):
        found = [
            {
                "name": [one.full for one in patient.names],
                "gender": None if patient.sex == "unknown" else str(patient.sex),
                "birthDate": patient.birth_date.text if patient.birth_date else None,
                "deceased": patient.deceased,
            }
            for patient in reading.patients
        ]
        wanted = [
            {
                "name": [one for one in patient["name"] if one],
                **{key: patient.get(key) for key in ("gender", "birthDate", "deceased")},
            }
            for patient in expected
        ]
        assert found == wanted, name


def test_facts_reach_the_one_patient_of_their_file_except_where_the_source_names_another(
    truth: dict[str, Any], shared_data: Path
) -> None:
    lost = {}
    for name, reading, expected in imports(truth, shared_data):
        reached = sum(len(patient.facts) for patient in reading.patients)
        missing = len(every_fact(shared_data / name)) - reached
        if expected and missing:
            lost[Path(name).name] = (missing, [refusal.reason for refusal in reading.refusals])
    # Two prescriptions are about "Patient/2" in a bundle whose only patient is "Patient/12".
    assert lost == {
        "UK_NHSx_IPS_Example_02-modified.json": (2, ["2 records about Patient/2, who is not in this import."]),
    }


def test_a_record_about_somebody_who_is_not_there_is_refused_by_name(shared_data: Path) -> None:
    reading = read_all(shared_data / "fhir_resources" / "google+fhir" / "Condition-f202.json")
    assert reading.reasons == "Condition-f202.json : 1 record about Patient/f201, who is not in this import."


def test_a_folder_joins_a_loose_record_to_the_patient_in_the_next_file(shared_data: Path) -> None:
    reading = read_all(shared_data / "fhir_resources" / "hl7au+au-fhir-test-data")
    belger = next(patient for patient in reading.patients if patient.name.family == "BELGER")
    assert [(fact.match and fact.match.category, fact.standing) for fact in belger.facts] == [
        (Category.PREGNANCY, Standing.PRESENT)
    ]
    assert (
        reading.reasons == "Condition-lymphoma.json : 1 record about Patient/howe-deangelo, who is not in this import."
    )


def test_a_bulk_export_joins_its_files(shared_data: Path) -> None:
    folder = shared_data / "fhir_bulk_ndjson" / "10-patients"
    expected = json.loads((folder / "EXPECTED.json").read_text(encoding="utf-8"))
    reading = read_all(folder)
    found = {patient.place.where: patient for patient in reading.patients}
    assert len(found) == expected["patients"] == 13
    by_id = {next(i.value for i in p.identifiers if i.system.endswith("synthea")): p for p in reading.patients}
    for number, wanted in expected["by_patient"].items():
        patient = by_id[number]
        assert (patient.name.full, patient.sex, patient.birth_date and patient.birth_date.text, patient.deceased) == (
            wanted["name"], wanted["gender"], wanted["birthDate"], wanted["deceased"],
        )  # fmt: skip
        allergies = [fact for fact in patient.facts if fact.kind == "allergy"]
        assert sorted((fact.codes[0].code, fact.text) for fact in allergies) == sorted(
            (code, text) for _system, code, text, _status in wanted["allergies"]
        )
        assert {fact.standing for fact in allergies} <= {Standing.PRESENT}
        conditions = Counter(
            f"{fact.codes[0].code} {fact.text} [{'active' if fact.standing == Standing.PRESENT else 'resolved'}]"
            for fact in patient.facts
            if fact.kind == "condition"
        )
        assert {label: conditions[label] for label in wanted["conditions"]} == wanted["conditions"]


def test_odd_and_invalid_files_are_refused_or_read_and_none_raises(shared_data: Path) -> None:
    folder = shared_data / "fhir_invalid_or_odd"
    expected = json.loads((folder / "EXPECTED.json").read_text(encoding="utf-8"))
    for name, facts in expected.items():
        reading = read_all(shared_data / name)
        must_refuse = (
            facts.get("strict_json", "parses") != "parses" or name.endswith(".xml") or facts.get("duplicate_keys")
        )
        assert reading, name
        if must_refuse or facts.get("resourceType") == "":
            assert reading.refusals, name
            assert not reading.patients, name
        elif facts["resourceType"] in {"Patient", "Bundle"}:
            assert reading.patients, name
            assert not reading.refusals, name
        else:
            assert not reading.patients, name


def test_a_hostile_xml_is_refused_before_anything_parses_it(shared_data: Path) -> None:
    file = shared_data / "fhir_invalid_or_odd" / "FHIR+fhir-test-cases" / "list-xhtml-xxe1.xml"
    assert "This is XML" in read_all(file).reasons


def test_a_record_that_must_not_be_disclosed_says_so(shared_data: Path) -> None:
    file = shared_data / "fhir_invalid_or_odd" / "FHIR+fhir-test-cases" / "patient-with-turvakielto.json"
    (patient,) = read_all(file).patients
    assert any("non-disclosure" in note for note in patient.notes)


def test_reading_is_on_the_day_it_is_told(shared_data: Path) -> None:
    assert TODAY.year == 2026
    (patient,) = read_all(shared_data / "fhir_resources" / "google+fhir" / "Patient-example.json").patients
    assert patient.notes == ()
