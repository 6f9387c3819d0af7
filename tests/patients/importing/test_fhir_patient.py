"""Who a Patient resource describes."""

from collections.abc import Callable
from datetime import date

import pytest

from patients.importing.records import Identifier, Precision, Sex
from tests.patients.importing.samples import Reading, bundle, patient

Read = Callable[..., Reading]


@pytest.mark.parametrize(
    ("given", "first_day", "precision"),
    [
        ("1974-12-25", date(1974, 12, 25), Precision.DAY),
        ("1974-12-25T14:35:45-05:00", date(1974, 12, 25), Precision.DAY),
        ("1974-12", date(1974, 12, 1), Precision.MONTH),
        ("1974", date(1974, 1, 1), Precision.YEAR),
        (1974, date(1974, 1, 1), Precision.YEAR),
    ],
)
def test_a_birth_date_keeps_its_precision(read_value: Read, given: object, first_day: date, precision: str) -> None:
    (found,) = read_value(patient(birthDate=given)).patients
    assert found.birth_date is not None
    assert (found.birth_date.first_day, found.birth_date.precision) == (first_day, precision)
    assert found.birth_date.text == str(given).partition("T")[0]


@pytest.mark.parametrize("given", ["25.12.1974", "1974-13-01", "1974-02-30", "74", "0000-01-01", "soon", "1974-1-1"])
def test_a_birth_date_that_is_none_is_left_out_with_a_note(read_value: Read, given: str) -> None:
    (found,) = read_value(patient(birthDate=given)).patients
    assert found.birth_date is None
    assert any(given in note for note in found.notes)


def test_nobody_is_born_after_the_day_of_the_import(read_value: Read) -> None:
    (found,) = read_value(patient(birthDate="2026-11-23")).patients
    assert found.birth_date is None
    assert "lies in the future" in found.notes[0]
    (today,) = read_value(patient(birthDate="2026-11-22")).patients
    assert today.birth_date is not None


@pytest.mark.parametrize(
    ("given", "sex", "noted"),
    [
        ("female", Sex.FEMALE, False),
        ("Male", Sex.MALE, False),
        ("F", Sex.FEMALE, False),
        ("other", Sex.OTHER, False),
        ("unknown", Sex.UNKNOWN, False),
        (None, Sex.UNKNOWN, False),
        ("asdfafafafd", Sex.UNKNOWN, True),
    ],
)
def test_sex_is_one_we_know_or_unknown_with_a_note(read_value: Read, given: str | None, sex: Sex, noted: bool) -> None:
    (found,) = read_value(patient(gender=given)).patients
    assert found.sex is sex
    assert any("sex" in note for note in found.notes) is noted


def test_the_official_name_is_used_and_the_maiden_name_only_for_want_of_another(read_value: Read) -> None:
    official = {"use": "official", "family": "Chalmers", "given": ["Peter", "James"]}
    usual, maiden = {"use": "usual", "given": ["Jim"]}, {"use": "maiden", "family": "Windsor", "given": ["Peter"]}
    (found,) = read_value(patient(name=[usual, maiden, official])).patients
    assert found.name.full == "Peter James Chalmers"
    assert [name.full for name in found.names] == ["Jim", "Peter Windsor", "Peter James Chalmers"]
    (found,) = read_value(patient(name=[maiden])).patients
    assert found.name.full == "Peter Windsor"
    (found,) = read_value(patient(name={"text": "One Text"})).patients
    assert found.name.full == "One Text"


def test_a_patient_without_a_name_or_birth_date_comes_in_with_notes(read_value: Read) -> None:
    (found,) = read_value({"resourceType": "Patient", "id": "x"}).patients
    assert found.name.full == ""
    assert found.notes == ("The source gives no birth date.", "The source gives no name.")


@pytest.mark.parametrize(
    ("given", "full_url", "expected"),
    [
        ({"identifier": [{"system": "urn:mrn", "value": "7"}], "id": "1"}, "urn:uuid:1", ("urn:mrn", "7")),
        ({"identifier": [{"type": {"text": "Passport"}, "value": "7"}]}, "", ("type:passport", "7")),
        ({"identifier": [{"value": "7"}, {"system": "urn:mrn"}], "id": "1"}, "", ("fhir:Patient.id", "1")),
        ({"identifier": [{"system": "urn:mrn", "value": "7", "use": "temp"}], "id": "1"}, "", ("fhir:Patient.id", "1")),
        ({"id": "1"}, "urn:uuid:5f0c", ("fhir:fullUrl", "urn:uuid:5f0c")),
        ({"id": "1"}, "Patient/1", ("fhir:Patient.id", "1")),
        ({"identifier": {"system": "urn:mrn", "value": 7}}, "", ("urn:mrn", "7")),
    ],
)
def test_a_patient_is_known_by_identifier_else_by_address_else_by_id(
    read_value: Read, given: dict[str, object], full_url: str, expected: tuple[str, str]
) -> None:
    entry = {"fullUrl": full_url, "resource": {"resourceType": "Patient", **given}}
    (found,) = read_value(bundle(entry)).patients
    assert found.identifiers == (Identifier(*expected),)


def test_a_patient_that_nothing_identifies_is_refused(read_value: Read) -> None:
    reading = read_value({"resourceType": "Patient", "name": [{"text": "Somebody"}]})
    assert not reading.patients
    assert "no identifier and no id" in reading.reasons


def test_circumstances_are_noted(read_value: Read) -> None:
    given = patient(
        active=False,
        link=[{"type": "replaced-by", "other": {"reference": "Patient/2"}}],
        extension=[{"url": "http://hl7.org/fhir/StructureDefinition/patient-animal"}],
        meta={"security": [{"code": "R"}]},
    )
    (found,) = read_value(given).patients
    assert len(found.notes) == 4


@pytest.mark.parametrize(
    ("given", "deceased", "when"),
    [
        ({}, False, ""),
        ({"deceasedBoolean": False}, False, ""),
        ({"deceasedBoolean": True}, True, ""),
        ({"deceasedDateTime": "2020-01"}, True, "2020-01"),
        ({"deceasedBoolean": "true"}, False, ""),
    ],
)
def test_death_is_read_from_both_elements(
    read_value: Read, given: dict[str, object], deceased: bool, when: str
) -> None:
    (found,) = read_value(patient(**given)).patients
    assert (found.deceased, found.deceased_on) == (deceased, when)


@pytest.mark.parametrize(
    ("given", "told"), [("true", "“true”"), ("no", "“no”"), (1, "“1”"), ([True], "“[true]”"), (True, ""), (False, "")]
)
def test_what_cant_be_read_of_a_death_is_told(read_value: Read, given: object, told: str) -> None:
    (found,) = read_value(patient(deceasedBoolean=given)).patients
    said = [note for note in found.notes if "has died can't be read" in note]
    assert [told in note for note in said] == ([True] if told else [])


def test_contacts_come_by_rank_without_the_old_ones(read_value: Read) -> None:
    telecom = [
        {"use": "home"},
        {"system": "phone", "value": "(03) 3410 5613", "use": "mobile", "rank": 2},
        {"system": "phone", "value": "(03) 5555 6473", "use": "work", "rank": 1},
        {"system": "phone", "value": "(03) 5555 8834", "use": "old"},
        {"system": "email", "value": "alma@example.org"},
    ]
    (found,) = read_value(patient(telecom=telecom)).patients
    assert [contact.value for contact in found.contacts] == ["(03) 5555 6473", "(03) 3410 5613", "alma@example.org"]


def test_an_address_keeps_its_parts(read_value: Read) -> None:
    given = {"line": ["1 Demo Street", ""], "city": "Demo", "postalCode": "3999", "country": "AU", "period": {}}
    (found,) = read_value(patient(address=[given, {"use": "old", "city": "Gone"}, {}])).patients
    (address,) = found.addresses
    assert (address.lines, address.city, address.postal_code) == (("1 Demo Street",), "Demo", "3999")
