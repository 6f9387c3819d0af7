"""Random and mutated input: the reader answers, and never raises."""

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from patients.importing.records import ImportedPatient, PassedOver, Refusal
from patients.importing.sources import Format, read


def listed(words: str) -> list[str]:
    """The words one by one."""
    return words.split()


NAMES = listed("""
    resourceType id identifier system value name family given text gender birthDate deceasedBoolean telecom address
    extension meta security link entry resource fullUrl contained code coding display clinicalStatus subject reference
    patient verificationStatus onsetDateTime onsetPeriod start valueCodeableConcept valueDateTime status intent
    medicationReference medicationCodeableConcept ingredient itemCodeableConcept note reaction manifestation condition
""")
KINDS = listed("""
    Patient Bundle Condition AllergyIntolerance MedicationRequest Medication Observation FamilyMemberHistory
""")
WORDS = listed("""
    active resolved Patient/1 #1 1 urn:uuid:1 http://snomed.info/sct 72892002 1990-01-01 0000-00-00 9999-99-99 2020
    pregnancy http://loinc.org 82810-3 entered-in-error ?identifier=a|b
""")

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*KINDS, *WORDS]) | st.text(max_size=8)
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=40,
)  # fmt: skip
resources = st.builds(
    lambda kind, rest: {**rest, "resourceType": kind},
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=10),
)
bundles = st.builds(
    lambda found: {"resourceType": "Bundle", "entry": [{"resource": one} for one in found]},
    st.lists(resources, max_size=6),
)

bounded = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(content: bytes, name: str, fmt: Format | None = None) -> None:
    """Read the bytes as a file, and look at everything found: it can be stored."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        for found in read(file, fmt, on=date(2026, 11, 22)):
            assert isinstance(found, ImportedPatient | Refusal | PassedOver)
            text = repr(found)
            assert "\\x00" not in text
            if isinstance(found, ImportedPatient):
                for fact in found.facts:
                    (fact.text + fact.detail + fact.excerpt + fact.resource_id).encode()
                (found.name.full + "".join(one.value for one in found.identifiers)).encode()


@bounded
@given(resources | bundles | values)
def test_any_json_value(value: Any) -> None:
    check(json.dumps(value).encode("utf-8", "surrogatepass"), "a.json")


@bounded
@given(st.lists(resources, max_size=6))
def test_any_lines_of_resources(found: list[Any]) -> None:
    check("\n".join(json.dumps(one) for one in found).encode(), "a.ndjson")


@bounded
@given(st.binary(max_size=200), st.sampled_from(["a.json", "a.ndjson", "a.csv", "a"]))
@example(b"\xff\xfe\x00", "a.csv")
@example(b"\xef\xbb\xbf", "a.csv")
def test_any_bytes(content: bytes, name: str) -> None:
    check(content, name)


@bounded
@given(st.text(alphabet='abü,;\t"\r\n\x00=1-.ш\ud800', max_size=200))
def test_any_rows(rows: str) -> None:
    header = "family_name,given_name,birth_date,sex,phone,email\n"
    check((header + rows).encode("utf-8", "surrogatepass"), "a.csv", Format.CSV)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_real_bundle_with_pieces_knocked_out(shared_data: Path, data: st.DataObject) -> None:
    file = shared_data / "fhir_resources" / "google+fhir" / "Bundle-bundle-response-simplesummary.json"
    content = bytearray(file.read_bytes())
    for _change in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    check(bytes(content), "a.json")
