"""How a patient is named on documents: by name and two identifiers."""

from datetime import date
from typing import Protocol

from clinic.accounts.models import Site
from clinic.dates import day_text
from clinic.documents.snapshots import patient_identity
from patients.registry.birth_dates import age_years, latest_birth, under_age_words, until_of_age
from patients.registry.models import Patient


class Born(Protocol):
    """Whoever has a date of birth, whole or as it was reported."""

    @property
    def birth_date(self) -> date | None:
        """The day, when it is known."""

    @property
    def birth_date_text(self) -> str:
        """What was reported instead: a year, or a year and a month."""


def written_date(day: date) -> str:
    """Return `day` as 14 Mar 1979."""
    return day_text(day)


def born(patient: Born) -> str:
    """Return the date of birth as 14 Mar 1979, or as it was reported, or nothing."""
    return written_date(patient.birth_date) if patient.birth_date else patient.birth_date_text


def age_on(patient: Patient, on: date) -> int | None:
    """Return the age in whole years on the day `on`; None unless the whole date of birth is known."""
    return age_years(patient.birth_date, on) if patient.birth_date else None


def under_age(patient: Patient, *, site: Site, on: date) -> str:
    """Say that `patient` is younger on the day `on` than `site` treats, or could be; "" for one who may be treated."""
    return under_age_words(born_at_latest(patient), on, site.minimum_age_years)


def under_age_told(patient: Patient, *, site: Site, on: date) -> str:
    """Say what `under_age` does, and from which day on it isn't so, or what to enter; "" for one who may be treated."""
    words = under_age(patient, site=site, on=on)
    return f"{words} {until_of_age(born_at_latest(patient), site.minimum_age_years)}" if words else ""


def born_at_latest(patient: Born) -> date | None:
    """Return the latest day on which `patient` can have been born, by which the age is judged; None for unknown."""
    return latest_birth(patient.birth_date, patient.birth_date_text)


def identity(patient: Patient) -> dict[str, str]:
    """Return what a sealed document says of who it is about."""
    return patient_identity(name=patient.full_name, birth_date=born(patient), record_number=patient.record_number)
