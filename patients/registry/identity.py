"""How a patient is named on documents: by name and two identifiers."""

from datetime import date

from clinic.dates import day_text
from clinic.documents.snapshots import patient_identity
from patients.registry.birth_dates import age_years
from patients.registry.models import Patient


def written_date(day: date) -> str:
    """Return `day` as 14 Mar 1979."""
    return day_text(day)


def born(patient: Patient) -> str:
    """Return the date of birth as 14 Mar 1979, or as it was reported, or nothing."""
    return written_date(patient.birth_date) if patient.birth_date else patient.birth_date_text


def age_on(patient: Patient, on: date) -> int | None:
    """Return the age in whole years on the day `on`; None unless the whole date of birth is known."""
    return age_years(patient.birth_date, on) if patient.birth_date else None


def identity(patient: Patient) -> dict[str, str]:
    """Return what a sealed document says of who it is about."""
    return patient_identity(name=patient.full_name, birth_date=born(patient), record_number=patient.record_number)
