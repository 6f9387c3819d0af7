"""Small FHIR resources, and a short way to read a path."""

from datetime import date
from pathlib import Path
from typing import Any

from patients.importing.limits import Limits
from patients.importing.records import Found, ImportedPatient, Refusal
from patients.importing.sources import Format, read

TODAY = date(2026, 11, 22)


class Reading(list[Found]):
    """What was found, in order."""

    @property
    def patients(self) -> list[ImportedPatient]:
        return [found for found in self if isinstance(found, ImportedPatient)]

    @property
    def refusals(self) -> list[Refusal]:
        return [found for found in self if isinstance(found, Refusal)]

    @property
    def reasons(self) -> str:
        return "\n".join(f"{refusal.place.file} {refusal.place.where}: {refusal.reason}" for refusal in self.refusals)


def read_all(path: Path, fmt: Format | None = None, limits: Limits | None = None) -> Reading:
    """Everything found at a path, read on the fixed day of the tests."""
    return Reading(read(path, fmt, on=TODAY, limits=limits))


def patient(**more: Any) -> dict[str, Any]:
    """A Patient resource with a name, and more."""
    return {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"family": "Demo", "given": ["Alma"]}],
        "gender": "female",
        "birthDate": "1990-02-03",
        **more,
    }


def bundle(*resources: Any) -> dict[str, Any]:
    """A Bundle of resources; an item that is already an entry stays one."""
    entries = [item if "resource" in item else {"resource": item} for item in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def condition(code: Any, **more: Any) -> dict[str, Any]:
    """An active Condition of patient p1; `code` is a CodeableConcept or its text."""
    return {
        "resourceType": "Condition",
        "id": "c1",
        "code": {"text": code} if isinstance(code, str) else code,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "subject": {"reference": "Patient/p1"},
        **more,
    }
