"""Whatever lies at the path: a named reason, the other files read, and no exception."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from patients.importing.limits import Limits
from patients.importing.sources import Format
from tests.patients.importing.samples import Reading, bundle, condition, patient, read_all

Read = Callable[..., Reading]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "The file is empty"),
        (" \n\t ", "The file is empty"),
        ("{", "not valid JSON: line 1, column 2"),
        ('{"resourceType": "Patient",}', "not valid JSON"),
        ("// a comment\n{}", "not valid JSON"),
        ('{"resourceType": "Patient", "id": NaN}', "“NaN” is not a number"),
        ('{"resourceType": "Patient", "id": -Infinity}', "is not a number"),
        (
            '{"resourceType": "Patient", "birthDate": "1990-01-01", "birthDate": "1991-01-01"}',
            "“birthDate” stands twice",
        ),
        ("[" * 200_000, "nested more than 64 levels deep"),
        ('{"a":' * 200_000, "nested more than 64 levels deep"),
        ("[" * 65 + "]" * 65, "nested more than 64 levels deep"),
        ("[]", "no FHIR resource"),
        ("null", "no FHIR resource"),
        ("12", "no FHIR resource"),
        ('"Patient"', "no FHIR resource"),
        ("{}", "no FHIR resource"),
        ('{"resourceType": 7}', "no FHIR resource"),
        (b"\xff\xfe\xff", "not text"),
        (b'{"resourceType": "Patient", "id": "\xe9"}', "byte 36 can't be read"),
        (b"\x00\x01\x02", "not valid JSON"),
        (gzip.compress(b"{}", mtime=0), "packed"),
        (b"PK\x03\x04rest", "packed"),
        (b"%PDF-1.7", "PDF"),
        ('<?xml version="1.0"?><Patient/>', "This is XML"),
        ('\ufeff<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient>&x;</Patient>', "This is XML"),
        ("<Patient/>".encode("utf-16"), "This is XML"),
    ],
)
def test_an_unreadable_file_is_refused_by_name_with_a_reason(read_value: Read, content: Any, reason: str) -> None:
    reading = read_value(content)
    assert [type(found).__name__ for found in reading] == ["Refusal"]
    assert reason in reading.reasons
    assert reading.reasons.startswith("given.json ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_unicode_encoding_with_its_mark_is_read(read_value: Read, encoding: str) -> None:
    text = json.dumps(patient(name=[{"text": "Łucja Ødegård 王大明"}]), ensure_ascii=False)
    (found,) = read_value(text.encode(encoding)).patients
    assert found.name.full == "Łucja Ødegård 王大明"


def test_digits_without_end_stay_text_and_do_no_harm(read_value: Read) -> None:
    digits = "9" * 100_000
    text = json.dumps(patient()).replace('"p1"', digits)
    assert "nobody could be recognised" in read_value(text).reasons
    (found,) = read_value(json.dumps(patient(birthDate=7)).replace("7", digits)).patients
    assert found.birth_date is None
    (huge,) = read_value('{"resourceType": "Patient", "id": 1e99999, "multipleBirthInteger": -1e-999}').patients
    assert huge.identifiers[0].value == "1e99999"


def test_what_postgres_refuses_never_gets_into_a_text(read_value: Read) -> None:
    given = patient(name=[{"family": "De\u0000mo\ud800", "given": ["Al\u202ema\u0007"]}], id="p\u00001")
    facts = condition("a\u0000b\udfff", id="c\u0000", note=[{"text": "n\u0000\u2066"}])
    (found,) = read_value(bundle(given, facts | {"subject": {"reference": "Patient/p\u00001"}})).patients
    (fact,) = found.facts
    assert found.name.full == "Al ma De mo"
    assert fact.text == "a b"
    everything = repr((found, fact))
    assert "\x00" not in everything
    for text in (found.name.full, fact.text, fact.excerpt, fact.detail, fact.resource_id, found.identifiers[0].value):
        assert text.encode() == text.encode("utf-8", "strict")
        assert not set(text) & set("\x00\x07\u202e\u2066")


def test_markup_in_a_name_stays_text(read_value: Read) -> None:
    (found,) = read_value(patient(name=[{"text": "<script>alert(1)</script>"}])).patients
    assert found.name.full == "<script>alert(1)</script>"


@pytest.mark.parametrize("wrong", [None, True, 0, 1.5, "x", [], ["x"], [[["x"]]], {}, {"a": {"b": []}}, [None, 1, {}]])
def test_wrong_types_count_as_absent(read_value: Read, wrong: Any) -> None:
    elements = (
        "name gender birthDate identifier telecom address deceasedBoolean deceasedDateTime extension active link meta"
    )
    given = {"resourceType": "Patient", "id": "p1"} | dict.fromkeys(elements.split(), wrong)
    names = (
        "id code clinicalStatus verificationStatus subject onsetDateTime onsetPeriod abatementString note bodySite"
        " severity status medicationCodeableConcept medicationReference medication dosage dosageInstruction"
        " reaction criticality valueCodeableConcept valueBoolean condition relationship contained text meta"
        " recordedDate doNotPerform"
    )
    kinds = (
        "Condition AllergyIntolerance MedicationStatement MedicationRequest Observation FamilyMemberHistory Medication"
    )
    facts = [{"resourceType": kind} | dict.fromkeys(names.split(), wrong) for kind in kinds.split()]
    reading = read_value(bundle(given, *facts, {"resource": wrong, "fullUrl": wrong}, {"resource": given}))
    assert reading.patients[0].identifiers[0].value
    for name in elements.split():
        assert read_value({"resourceType": "Patient", "id": "p1", name: wrong}).patients
    assert read_value({"resourceType": "Bundle", "entry": wrong}) is not None
    assert read_value({"resourceType": "Patient", "id": wrong, "contained": wrong}) is not None


def test_references_that_run_in_circles_end(read_value: Read) -> None:
    given = patient(link=[{"other": {"reference": "Patient/p1"}, "type": "seealso"}])
    medicine = {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "medicationReference": {"reference": "MedicationRequest/m"},
        "subject": {"reference": "Patient/p1"},
        "contained": [
            {"resourceType": "Medication", "id": "m", "ingredient": [{"itemReference": {"reference": "#m"}}]}
        ],
    }
    ring = medicine | {"id": "n", "medicationReference": {"reference": "#m"}}
    (found,) = read_value(bundle(given, medicine, ring)).patients
    assert [fact.text for fact in found.facts] == ["no description given", "no description given"]


def test_bundles_in_bundles_are_read_down_to_the_depth_of_the_file(read_value: Read) -> None:
    value: Any = bundle(patient(), condition("pregnancy"))
    for _level in range(10):
        value = bundle(value)
    (found,) = read_value(value).patients
    assert [fact.text for fact in found.facts] == ["pregnancy"]
    assert found.place.where.count("entry 1") == 11


def test_a_bad_entry_is_refused_and_the_rest_of_the_bundle_goes_in(read_value: Read) -> None:
    value = bundle(patient())
    value["entry"] += ["nonsense", {"resource": 5}, {"response": {"status": "204"}}]
    reading = read_value(value)
    assert len(reading.patients) == 1
    assert [refusal.place.where for refusal in reading.refusals] == ["entry 2", "entry 3"]


def test_limits_are_kept_and_named(read_value: Read, tmp_path: Path) -> None:
    assert "bigger than 100 bytes" in read_value("x" * 101, limits=Limits(file_bytes=100)).reasons
    lines = "\n".join([json.dumps(patient()), "x" * 5000, json.dumps(patient(id="p2"))])
    reading = read_value(lines, "given.ndjson", limits=Limits(line_bytes=1000))
    assert [found.place.where for found in reading.patients] == ["line 1", "line 3"]
    assert "line 2: The line is bigger than 1000 bytes" in reading.reasons
    many = bundle(*(patient(id=f"p{number}") for number in range(5)))
    reading = read_value(many, limits=Limits(entries=3))
    assert len(reading.patients) == 3
    assert "more than 3 records" in reading.reasons


def test_a_bad_line_of_ndjson_is_refused_and_the_others_go_in(read_value: Read) -> None:
    lines = [json.dumps(patient()), "{broken", "", json.dumps(patient(id="p2")), '{"resourceType": "Patient"}']
    reading = read_value("\r\n".join(lines), "given.ndjson")
    assert [found.place.where for found in reading.patients] == ["line 1", "line 4"]
    assert [refusal.place.where for refusal in reading.refusals] == ["line 2", "line 5"]


def test_a_folder_with_every_odd_thing_in_it_is_read_to_the_end(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(patient()))
    (tmp_path / "b.json").write_text("{")
    (tmp_path / ".hidden.json").write_text("{")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "d.json").write_text(json.dumps(patient(id="p2")))
    (tmp_path / "link.json").symlink_to("/etc/hostname")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "z.xml").write_text("<Patient/>")
    (tmp_path / "sheet.csv").write_text("family_name,given_name,birth_date\nDemo,Bo,1980-01-02\n")
    reading = read_all(tmp_path)
    assert sorted(found.place.file for found in reading.patients) == ["a.json", "c/d.json", "sheet.csv"]
    reasons = {refusal.place.file: refusal.reason for refusal in reading.refusals}
    assert set(reasons) == {".hidden.json", "b.json", "link.json", "loop", "pipe.json", "z.xml"}
    assert "Hidden" in reasons[".hidden.json"]
    assert "link" in reasons["link.json"]
    assert "link" in reasons["loop"]
    assert "ordinary file" in reasons["pipe.json"]


def test_a_path_that_is_not_there_is_a_refusal(tmp_path: Path) -> None:
    assert "No such file" in read_all(tmp_path / "nowhere.json").reasons
    assert "No file can have this name" in read_all(Path("bad\x00name.json")).reasons
    assert "No such file" in read_all(tmp_path / "nowhere.csv", Format.CSV).reasons
    assert "too long" in read_all(tmp_path / ("n" * 5000)).reasons
    (tmp_path / "empty").mkdir()
    assert read_all(tmp_path / "empty") == []


def test_too_many_files_and_too_deep_folders_are_named(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.json").write_text(json.dumps(patient(id=f"p{number}")))
    reading = read_all(tmp_path, limits=Limits(files=3))
    assert len(reading.patients) == 3
    assert "more than 3 files" in reading.reasons
    deep = tmp_path / "1" / "2" / "3"
    deep.mkdir(parents=True)
    (deep / "x.json").write_text(json.dumps(patient(id="deep")))
    reading = read_all(tmp_path, limits=Limits(folder_depth=2))
    assert len(reading.patients) == 4
    assert "too deep" in reading.reasons


def test_a_file_that_cannot_be_opened_is_a_refusal(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    file = tmp_path / "a.json"
    file.write_text("{}")
    file.chmod(0)
    assert "Permission denied" in read_all(file).reasons
