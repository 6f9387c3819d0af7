"""What a resource reports, how it stands, and whom it is about."""

from collections.abc import Callable
from typing import Any

import pytest

from patients.importing.categories import Category, Kind, Standing
from patients.importing.records import ReportedFact
from tests.patients.importing.samples import Reading, bundle, condition, patient

Read = Callable[..., Reading]


@pytest.fixture
def fact_of(read_value: Read) -> Callable[..., ReportedFact]:
    """The only fact of the only patient."""

    def fact(resource: dict[str, Any], *others: dict[str, Any]) -> ReportedFact:
        about = {"subject": {"reference": "Patient/p1"}}
        (found,) = read_value(bundle(patient(), about | resource, *others)).patients
        (only,) = found.facts
        return only

    return fact


Fact = Callable[..., ReportedFact]


@pytest.mark.parametrize(
    ("more", "standing"),
    [
        ({"clinicalStatus": {"coding": [{"code": "active"}]}}, Standing.PRESENT),
        ({"clinicalStatus": {"coding": [{"code": "relapse"}]}}, Standing.PRESENT),
        ({"clinicalStatus": "active"}, Standing.PRESENT),
        ({"clinicalStatus": {"text": "Active"}}, Standing.PRESENT),
        ({"clinicalStatus": {"coding": [{"code": "remission"}]}}, Standing.PAST),
        ({"clinicalStatus": {"coding": [{"code": "resolved"}]}}, Standing.PAST),
        ({"clinicalStatus": None}, Standing.CHECK),
        ({"clinicalStatus": {"coding": [{"code": "whatever"}]}}, Standing.CHECK),
        ({"clinicalStatus": None, "abatementDateTime": "2020"}, Standing.PAST),
        ({"verificationStatus": {"coding": [{"code": "refuted"}]}}, Standing.NEGATED),
        ({"verificationStatus": {"coding": [{"code": "unconfirmed"}]}}, Standing.PRESENT),
    ],
)
def test_how_a_condition_stands(fact_of: Fact, more: dict[str, Any], standing: Standing) -> None:
    assert fact_of(condition("Psoriasis") | more).standing is standing


@pytest.mark.parametrize(
    ("kind", "more", "standing"),
    [
        ("MedicationStatement", {"status": "active"}, Standing.PRESENT),
        ("MedicationStatement", {"status": "completed"}, Standing.PAST),
        ("MedicationStatement", {"status": "stopped"}, Standing.PAST),
        ("MedicationStatement", {"status": "not-taken"}, Standing.NEGATED),
        ("MedicationStatement", {"status": "unknown"}, Standing.CHECK),
        ("MedicationStatement", {"status": "on-hold"}, Standing.CHECK),
        ("MedicationStatement", {}, Standing.CHECK),
        ("MedicationRequest", {"status": "active", "intent": "order"}, Standing.PRESENT),
        ("MedicationRequest", {"status": "active", "intent": "proposal"}, Standing.CHECK),
        ("MedicationRequest", {"status": "active", "doNotPerform": True}, Standing.NEGATED),
        ("MedicationRequest", {"status": "completed", "doNotPerform": True}, Standing.NEGATED),
        ("MedicationRequest", {"status": "cancelled"}, Standing.PAST),
        ("MedicationAdministration", {"status": "in-progress"}, Standing.PRESENT),
        ("MedicationAdministration", {"status": "not-done"}, Standing.NEGATED),
        ("MedicationDispense", {"status": "completed"}, Standing.CHECK),
    ],
)
def test_how_a_medicine_stands(fact_of: Fact, kind: str, more: dict[str, Any], standing: Standing) -> None:
    resource = {"resourceType": kind, "id": "m", "medicationCodeableConcept": {"text": "Warfarin"}, **more}
    fact = fact_of(resource)
    assert fact.standing is standing
    assert (fact.kind, fact.match and fact.match.category) == (Kind.MEDICATION, Category.ANTICOAGULANT_USE)


@pytest.mark.parametrize(
    ("value", "category", "standing"),
    [
        ({"valueCodeableConcept": {"coding": [{"code": "77386006"}]}}, Category.PREGNANCY, Standing.PRESENT),
        ({"valueCodeableConcept": {"coding": [{"code": "LA26683-5"}]}}, Category.PREGNANCY, Standing.NEGATED),
        ({"valueCodeableConcept": {"text": "Not pregnant"}}, Category.PREGNANCY, Standing.NEGATED),
        ({"valueCodeableConcept": {"coding": [{"code": "LA4489-6"}]}}, Category.PREGNANCY, Standing.CHECK),
        (
            {"valueCodeableConcept": {"coding": [{"code": "152231000119106"}]}},
            Category.PREGNANCY_POSSIBLE,
            Standing.CHECK,
        ),
        ({"valueBoolean": True}, Category.PREGNANCY, Standing.PRESENT),
        ({"valueBoolean": False}, Category.PREGNANCY, Standing.NEGATED),
        ({"valueString": "Pregnant, 12 weeks"}, Category.PREGNANCY, Standing.PRESENT),
        ({}, Category.PREGNANCY, Standing.CHECK),
    ],
)
def test_the_answer_decides_how_an_observation_stands(
    fact_of: Fact, value: dict[str, Any], category: Category, standing: Standing
) -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "82810-3"}]}
    fact = fact_of({"resourceType": "Observation", "id": "o", "status": "final", "code": code, **value})
    assert fact.match is not None
    assert (fact.match.category, fact.standing) == (category, standing)
    assert fact.text.startswith("Pregnancy status")


def test_breastfeeding_and_delivery_date_are_observed(fact_of: Fact) -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "63895-7"}]}
    fact = fact_of({"resourceType": "Observation", "status": "final", "code": code, "valueBoolean": True})
    assert (fact.match and fact.match.category, fact.standing) == (Category.BREASTFEEDING, Standing.PRESENT)
    code = {"coding": [{"system": "http://loinc.org", "code": "11778-8"}]}
    fact = fact_of({"resourceType": "Observation", "status": "final", "code": code, "valueDateTime": "2027-02-03"})
    assert fact.text == "Delivery date estimated: 2027-02-03"


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Observation", "status": "final", "code": {"text": "Blood pressure"}, "valueString": "120"},
        {"resourceType": "Observation", "status": "cancelled", "code": {"text": "Pregnancy status"}},
        {"resourceType": "Observation", "status": "entered-in-error", "code": {"text": "Pregnancy status"}},
        condition("Psoriasis", verificationStatus={"coding": [{"code": "entered-in-error"}]}),
        {"resourceType": "FamilyMemberHistory", "condition": [{"code": {"text": "Asthma"}}]},
        {"resourceType": "Procedure", "code": {"text": "Appendectomy"}},
        {"resourceType": "Immunization"},
    ],
)
def test_what_is_of_no_concern_or_entered_in_error_is_no_fact(read_value: Read, resource: dict[str, Any]) -> None:
    (found,) = read_value(bundle(patient(), {"subject": {"reference": "Patient/p1"}} | resource)).patients
    assert found.facts == ()


def test_cancer_of_a_relative_is_not_the_patients(fact_of: Fact) -> None:
    fact = fact_of(
        {
            "resourceType": "FamilyMemberHistory",
            "patient": {"reference": "Patient/p1"},
            "relationship": {"text": "mother"},
            "condition": [{"code": {"text": "Asthma"}}, {"code": {"text": "Breast cancer"}}],
        }
    )
    assert fact.text == "family (mother): Breast cancer"
    assert fact.match is not None
    assert fact.match.category is Category.FAMILY_HISTORY_OF_CANCER


def test_an_allergy_says_its_reaction_and_how_bad(fact_of: Fact) -> None:
    fact = fact_of(
        {
            "resourceType": "AllergyIntolerance",
            "id": "a",
            "patient": {"reference": "Patient/p1"},
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "criticality": "high",
            "reaction": [
                {"substance": {"text": "Lidocaine"}, "manifestation": [{"text": "Hives"}, {"text": "Wheezing"}]}
            ],
            "onsetString": "as a child",
        }
    )
    assert (fact.text, fact.detail, fact.onset) == ("Lidocaine", "high; Hives; Wheezing", "as a child")
    assert (fact.kind, fact.standing) == (Kind.ALLERGY, Standing.PRESENT)


def test_a_fact_keeps_its_words_status_dates_and_source(fact_of: Fact) -> None:
    fact = fact_of(
        condition(
            {"coding": [{"system": "http://snomed.info/sct", "code": "9014002", "display": "Psoriasis"}]},
            text={"div": "<div>narrative</div>"},
            meta={"versionId": "7"},
            onsetPeriod={"start": "2001", "end": "2003"},
            recordedDate="2004-05-06",
            verificationStatus={"coding": [{"code": "confirmed"}]},
            severity={"text": "mild"},
            bodySite=[{"text": "scalp"}],
            note=[{"text": "seen by Dr Demo"}],
        )
    )
    assert (fact.text, fact.onset, fact.recorded) == ("Psoriasis", "2001 – 2003", "2004-05-06")
    assert fact.given_status == "clinicalStatus: active, verificationStatus: confirmed"
    assert fact.detail == "mild; scalp; seen by Dr Demo"
    assert (fact.place.file, fact.place.where, fact.resource_key) == ("given.json", "entry 2", "Condition/c1")
    assert '"9014002"' in fact.excerpt
    assert "narrative" not in fact.excerpt
    assert "versionId" not in fact.excerpt


def test_the_same_statement_has_the_same_hash_and_a_changed_one_another(fact_of: Fact) -> None:
    first = fact_of(condition("Psoriasis", meta={"versionId": "1"}, text={"div": "a"}))
    again = fact_of(dict(reversed(condition("Psoriasis", meta={"versionId": "2"}).items())))
    changed = fact_of(condition("Psoriasis", recordedDate="2020"))
    assert first.content_hash == again.content_hash != changed.content_hash


@pytest.mark.parametrize(
    ("subject", "full_url"),
    [
        ({"reference": "Patient/p1"}, "urn:uuid:1"),
        ({"reference": "Patient/p1/_history/3"}, ""),
        ({"reference": "urn:uuid:1"}, "urn:uuid:1"),
        ({"reference": "https://a.example/fhir/Patient/p1"}, "https://a.example/fhir/Patient/p1"),
        ({"reference": "https://a.example/fhir/Patient/p1"}, ""),
        ({"identifier": {"system": "urn:mrn", "value": "7"}}, ""),
        ({"reference": "Patient?identifier=urn:mrn|7"}, ""),
        ("Patient/p1", ""),
        (None, ""),
    ],
)
def test_the_patient_is_found_however_the_source_names_them(read_value: Read, subject: Any, full_url: str) -> None:
    person = patient(identifier=[{"system": "urn:mrn", "value": "7"}])
    reading = read_value(
        bundle({"fullUrl": full_url, "resource": person}, {"resource": condition("Acne", subject=subject)})
    )
    (found,) = reading.patients
    assert [fact.text for fact in found.facts] == ["Acne"], reading.reasons
    assert ("names no patient" in found.facts[0].detail) is (subject is None)


def test_the_same_number_at_another_address_is_somebody_else(read_value: Read) -> None:
    person = {"fullUrl": "https://a.example/fhir/Patient/p1", "resource": patient()}
    about_another = condition("Acne", subject={"reference": "https://b.example/fhir/Patient/p1"})
    reading = read_value(bundle(person, about_another))
    assert reading.patients[0].facts == ()
    assert "who is not in this import" in reading.reasons


def test_a_relative_reference_is_meant_at_the_address_of_its_own_entry(read_value: Read) -> None:
    entries = [
        {"fullUrl": f"https://{host}.example/fhir/Patient/p1", "resource": patient(name=[{"text": host}])}
        for host in ("a", "b")
    ]
    about_b = {"fullUrl": "https://b.example/fhir/Condition/c1", "resource": condition("Acne")}
    a, b = read_value(bundle(*entries, about_b)).patients
    assert (a.facts, [fact.text for fact in b.facts]) == ((), ["Acne"])


def test_a_reference_that_two_patients_answer_to_is_given_to_neither(read_value: Read) -> None:
    reading = read_value(bundle(patient(), patient(name=[{"text": "Another"}]), condition("Acne")))
    assert [found.facts for found in reading.patients] == [(), ()]
    assert "two patients of this import go by that name" in reading.reasons


def test_the_same_patient_sent_twice_is_one_answer(read_value: Read) -> None:
    reading = read_value(bundle(patient(meta={"versionId": "1"}), patient(meta={"versionId": "2"}), condition("Acne")))
    assert [len(found.facts) for found in reading.patients] == [1, 0]
    assert not reading.refusals


def test_a_record_without_a_patient_among_two_is_refused(read_value: Read) -> None:
    reading = read_value(bundle(patient(), patient(id="p2"), condition("Acne", subject=None)))
    assert "1 record that names no patient" in reading.reasons


@pytest.mark.parametrize("inside", [True, False])
def test_a_medicine_is_named_by_the_resource_it_points_at(fact_of: Fact, inside: bool) -> None:
    medicine = {
        "resourceType": "Medication",
        "id": "m1",
        "code": {"coding": [{"system": "http://www.whocc.no/atc", "code": "B01AA03"}]},
    }
    statement = {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "active",
        "medicationReference": {"reference": "#m1" if inside else "Medication/m1"},
    }
    others = () if inside else (medicine,)
    fact = fact_of(statement | ({"contained": [medicine]} if inside else {}), *others)
    assert fact.text == "ATC B01AA03"
    assert fact.match is not None
    assert fact.match.category is Category.ANTICOAGULANT_USE


def test_a_medicine_that_is_not_there_keeps_the_name_in_the_reference(fact_of: Fact) -> None:
    reference = {"reference": "Medication/elsewhere", "display": "Eliquis 5 mg"}
    fact = fact_of({"resourceType": "MedicationRequest", "status": "active", "medicationReference": reference})
    assert fact.text == "Eliquis 5 mg"


def test_a_condition_inside_another_resource_counts(fact_of: Fact) -> None:
    plan = {"resourceType": "CarePlan", "id": "x", "contained": [condition("pregnancy")]}
    assert fact_of(plan).text == "pregnancy"
