"""Which category a fact speaks to, and by what it was recognised."""

import pytest

from patients.importing.categories import CHECKLIST_RULE, LABELS, Category, Kind, Standing
from patients.importing.category_codes import system_family
from patients.importing.classification import classify
from patients.importing.records import Code, Sex
from patients.registry.models import FactKind, FactStatus
from patients.registry.models import Sex as TableSex
from protocols.checklists.rules import ALWAYS_ASKED, Rule

SNOMED, ICD, ATC = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm", "http://www.whocc.no/atc"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def category(kind: Kind, text: str = "", *codes: tuple[str, str]) -> Category | None:
    """The category of a text with codes, given as system and code."""
    match = classify(kind, text, [Code(system, code) for system, code in codes])
    return match.category if match else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Normal pregnancy", Category.PREGNANCY),
        ("Schwangerschaft", Category.PREGNANCY),
        ("Suspected pregnancy", Category.PREGNANCY_POSSIBLE),
        ("Hypertension in pregnancy", Category.PREGNANCY_RELATED),
        ("Gestational diabetes mellitus", Category.PREGNANCY_RELATED),
        ("Miscarriage in first trimester", Category.PREGNANCY_ENDED),
        ("Postpartum depression", Category.PREGNANCY_ENDED),
        ("Pregnancy test", None),
        ("Breastfeeding (mother)", Category.BREASTFEEDING),
        ("Lactose intolerance", None),
        ("Haemophilia A", Category.BLEEDING_DISORDER),
        ("Von Willebrand disease", Category.BLEEDING_DISORDER),
        ("Immune thrombocytopenia", Category.BLEEDING_DISORDER),
        ("Factor V Leiden", Category.COAGULATION_OTHER),
        ("Lupus anticoagulant disorder", Category.COAGULATION_OTHER),
        ("Long-term current use of anticoagulant", Category.ANTICOAGULANT_USE),
        ("Malignant melanoma of scalp", Category.MALIGNANCY),
        ("Non-Hodgkin lymphoma", Category.MALIGNANCY),
        ("Non-small cell lung cancer", Category.MALIGNANCY),
        ("Non-malignant tumour of skin", None),
        ("Malignant hyperthermia", None),
        ("Cancer screening", None),
        ("Suspected lung cancer", Category.MALIGNANCY_SUSPECTED),
        ("Carcinoma in situ of breast", Category.CARCINOMA_IN_SITU),
        ("Neoplasm of prostate", Category.NEOPLASM_UNSPECIFIED),
        ("Benign neoplasm of colon", None),
        ("Family history of breast cancer", Category.FAMILY_HISTORY_OF_CANCER),
        ("Family history of diabetes", None),
        ("FH: pregnancy loss", None),
        ("Tinea capitis", Category.SCALP_INFECTION),
        ("Bacterial folliculitis of the scalp", Category.SCALP_INFECTION),
        ("Cellulitis of forearm", Category.SKIN_INFECTION),
        ("Herpes zoster", Category.SKIN_INFECTION),
        ("Plaque psoriasis", Category.SKIN_DISEASE),
        ("Alopecia areata", Category.SKIN_DISEASE),
        ("Androgenetic alopecia", None),
        ("Allergy to penicillin", Category.ALLERGY),
        ("Seasonal allergic rhinitis", None),
        ("Essential hypertension", None),
        ("", None),
    ],
)
def test_conditions_by_their_words(text: str, expected: Category | None) -> None:
    assert category(Kind.CONDITION, text) is expected


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("Malignant neoplasm of breast", None),
        ("No evidence of malignancy", Standing.NEGATED),
        ("Not pregnant", Standing.NEGATED),
        ("Kein Hinweis auf Malignität", Standing.NEGATED),
        ("Bleeding without trauma due to haemophilia", None),
        ("Acute leukaemia not having achieved remission", None),
        ("History of breast cancer", Standing.CHECK),
        ("Personal history of malignant melanoma", Standing.CHECK),
    ],
)
def test_a_denial_or_a_history_before_the_word_changes_how_it_stands(text: str, standing: Standing | None) -> None:
    match = classify(Kind.CONDITION, text, [])
    assert match is not None
    assert match.standing is standing


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("C50.929", Category.MALIGNANCY),
        ("C7A.00", Category.MALIGNANCY),
        ("D05.1", Category.CARCINOMA_IN_SITU),
        ("D17.0", None),
        ("D48.5", Category.NEOPLASM_UNSPECIFIED),
        ("D66", Category.BLEEDING_DISORDER),
        ("D68.0", Category.BLEEDING_DISORDER),
        ("D68.51", Category.COAGULATION_OTHER),
        ("D69.3", Category.BLEEDING_DISORDER),
        ("D69.0", Category.COAGULATION_OTHER),
        ("D64.9", None),
        ("B35.0", Category.SCALP_INFECTION),
        ("B35.3", Category.SKIN_INFECTION),
        ("L03.811", Category.SCALP_INFECTION),
        ("L03.90", Category.SKIN_INFECTION),
        ("L40.0", Category.SKIN_DISEASE),
        ("L64.9", None),
        ("L65.0", None),
        ("L63.0", Category.SKIN_DISEASE),
        ("O24.4", Category.PREGNANCY_RELATED),
        ("O03.9", Category.PREGNANCY_ENDED),
        ("O80", Category.PREGNANCY_ENDED),
        ("Z33.1", Category.PREGNANCY),
        ("Z34", Category.PREGNANCY),
        ("Z3A.20", Category.PREGNANCY),
        ("Z39.1", Category.BREASTFEEDING),
        ("Z7901", Category.ANTICOAGULANT_USE),
        ("Z79.02", Category.ANTIPLATELET_USE),
        ("z79.82", Category.ASPIRIN_OTHER_DOSE),
        ("Z80.3", Category.FAMILY_HISTORY_OF_CANCER),
        ("Z88.0", Category.ALLERGY),
        ("J45.9", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_conditions_by_icd10(code: str, expected: Category | None) -> None:
    assert category(Kind.CONDITION, "", (ICD, code)) is expected


def test_a_code_for_the_past_stands_for_the_past() -> None:
    match = classify(Kind.CONDITION, "", [Code(ICD, "Z85.3")])
    assert match is not None
    assert (match.category, match.standing, match.why) == (Category.MALIGNANCY, Standing.PAST, "ICD-10 Z85.3")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ELIQUIS FTBL 2,5MG", Category.ANTICOAGULANT_USE),
        ("Marcoumar 3 mg", Category.ANTICOAGULANT_USE),
        ("heparin sodium, porcine", Category.ANTICOAGULANT_USE),
        ("Heparinoid gel", None),
        ("Clopidogrel 75 MG Oral Tablet", Category.ANTIPLATELET_USE),
        ("Aspirin 81 MG Oral Tablet", Category.ANTIPLATELET_USE),
        ("ASS 100 - 1a Pharma TAH", Category.ANTIPLATELET_USE),
        ("Aspirin 500 mg", Category.ASPIRIN_OTHER_DOSE),
        ("Aspirin", Category.ASPIRIN_OTHER_DOSE),
        ("Alteplase 50 mg", Category.THROMBOLYTIC),
        ("Dutasteride 0.5 mg", Category.FIVE_ARI_USE),
        ("Leuprolide Acetate 30 MG/ML", Category.CANCER_TREATMENT),
        ("Ramipril 5 mg", None),
    ],
)
def test_medicines_by_their_words(text: str, expected: Category | None) -> None:
    assert category(Kind.MEDICATION, text) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ((ATC, "B01AA04"), Category.ANTICOAGULANT_USE),
        ((ATC, "B01AC06"), Category.ANTIPLATELET_USE),
        ((ATC, "B01AD02"), Category.THROMBOLYTIC),
        ((ATC, "N02BA01"), Category.ASPIRIN_OTHER_DOSE),
        (("http://fhir.de/CodeSystem/bfarm/atc", "B01AF02"), Category.ANTICOAGULANT_USE),
        ((ATC, "G04CB02"), Category.FIVE_ARI_USE),
        ((ATC, "L01DB01"), Category.CANCER_TREATMENT),
        ((ATC, "C07AB02"), None),
        ((RXNORM, "855288"), Category.ANTICOAGULANT_USE),
        ((RXNORM, "309362"), Category.ANTIPLATELET_USE),
        ((RXNORM, "1049630"), None),
        (("urn:unknown", "B01AA04"), None),
    ],
)
def test_medicines_by_their_codes(code: tuple[str, str], expected: Category | None) -> None:
    assert category(Kind.MEDICATION, "", code) is expected


def test_none_known_and_no_information_are_two_things() -> None:
    ips = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
    none = classify(Kind.ALLERGY, "", [Code(ips, "no-known-allergies")])
    silent = classify(Kind.ALLERGY, "", [Code(ips, "no-allergy-info")])
    worded = classify(Kind.MEDICATION, "No known current medications", [])
    assert none is not None
    assert silent is not None
    assert worded is not None
    assert (none.category, none.standing) == (Category.STATED_NONE_KNOWN, Standing.NEGATED)
    assert (silent.category, silent.standing) == (Category.NO_INFORMATION, Standing.CHECK)
    assert worded.category is Category.STATED_NONE_KNOWN
    assert category(Kind.ALLERGY, "No information about allergies") is Category.NO_INFORMATION


def test_every_other_record_of_an_allergy_is_an_allergy() -> None:
    assert category(Kind.ALLERGY, "生蠔") is Category.ALLERGY
    assert category(Kind.ALLERGY, "warfarin") is Category.ALLERGY


def test_a_known_code_is_believed_before_the_words() -> None:
    assert category(Kind.CONDITION, "Psoriasis", (SNOMED, "72892002")) is Category.PREGNANCY
    not_pregnant = classify(Kind.CONDITION, "", [Code(SNOMED, "60001007")])
    assert not_pregnant is not None
    assert not_pregnant.standing is Standing.NEGATED


def test_what_it_was_recognised_by_can_be_read() -> None:
    match = classify(Kind.MEDICATION, "ELIQUIS FTBL 2,5MG", [])
    assert match is not None
    assert match.why == "“eliquis” in “ELIQUIS FTBL 2,5MG”"


@pytest.mark.parametrize(
    ("system", "family"),
    [
        ("http://snomed.info/sct", "snomed"),
        ("urn:oid:2.16.840.1.113883.6.96", "snomed"),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "icd10"),
        ("http://hl7.org/fhir/sid/icd-10-nl", "icd10"),
        ("http://www.saude.gov.br/fhir/r4/CodeSystem/BRCID10", "icd10"),
        ("http://hl7.org/fhir/sid/icd-9-cm", ""),
        ("http://www.cms.gov/Medicare/Coding/ICD10PCS", ""),
        ("http://www.saude.gov.br/fhir/r4/CodeSystem/BRCIAP2", ""),
        ("http://loinc.org", "loinc"),
        ("", ""),
    ],
)
def test_a_code_system_is_known_by_address_or_oid(system: str, family: str) -> None:
    assert system_family(system) == family


def test_every_category_has_a_label_and_those_of_a_question_its_rule() -> None:
    assert set(LABELS) == set(Category)
    assert set(ALWAYS_ASKED) <= set(CHECKLIST_RULE.values()) <= set(Rule.values)
    assert set(Category) - set(CHECKLIST_RULE) == {
        Category.FAMILY_HISTORY_OF_CANCER,
        Category.FIVE_ARI_USE,
        Category.NO_INFORMATION,
        Category.STATED_NONE_KNOWN,
    }


def test_kinds_standings_and_sexes_are_those_of_the_tables() -> None:
    assert {str(kind) for kind in Kind} <= set(FactKind.values)
    assert {str(standing) for standing in Standing} == set(FactStatus.values)
    assert {str(sex) for sex in Sex} == set(TableSex.values)
