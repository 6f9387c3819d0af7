"""A patient out of a FHIR Patient resource."""

import json
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from patients.importing.fhir_values import (
    LINE,
    addresses,
    as_object,
    as_objects,
    as_text,
    contacts,
    given_date,
    identifiers,
    person_names,
    word,
)
from patients.importing.records import GivenDate, Identifier, ImportedPatient, Place, Sex

SEXES = {
    "female": Sex.FEMALE,
    "f": Sex.FEMALE,
    "male": Sex.MALE,
    "m": Sex.MALE,
    "other": Sex.OTHER,
    "unknown": Sex.UNKNOWN,
}
ANIMAL = "http://hl7.org/fhir/StructureDefinition/patient-animal"
RESOURCE_ID = "fhir:Patient.id"
RESTRICTED = {"R", "V", "TURVAKIELTO"}


def read_patient(resource: dict[str, Any], place: Place, full_url: str, *, on: date) -> ImportedPatient | None:
    """The patient, or None when there is nothing to know them by again: no identifier, no id, no address of their own.

    `on` is the day of the import: a birth date after it is left out, with a note.
    """
    known_by = _known_by(resource, full_url)
    names = person_names(resource.get("name"))
    if not known_by:
        return None
    notes: list[str] = []
    birth_date = _birth_date(resource, on, notes)
    sex = _sex(resource, notes)
    if not names:
        notes.append(_("The source gives no name."))
    _circumstances(resource, notes)
    died = resource.get("deceasedDateTime")
    return ImportedPatient(
        place=place,
        identifiers=known_by,
        names=names,
        sex=sex,
        birth_date=birth_date,
        deceased=resource.get("deceasedBoolean") is True or bool(as_text(died)),
        deceased_on=as_text(died, limit=40),
        contacts=contacts(resource.get("telecom")),
        addresses=addresses(resource.get("address")),
        notes=tuple(notes),
    )


def _known_by(resource: dict[str, Any], full_url: str) -> tuple[Identifier, ...]:
    """The patient's identifiers; without any, the resource's own address or id."""
    found = identifiers(resource.get("identifier"))
    if found:
        return found
    if full_url.startswith(("http://", "https://", "urn:")) and len(full_url) < LINE:
        return (Identifier("fhir:fullUrl", full_url),)
    number = as_text(resource.get("id"), limit=LINE + 1)
    number = number if len(number) <= LINE else ""
    return (Identifier(RESOURCE_ID, number),) if number else ()


def _birth_date(resource: dict[str, Any], on: date, notes: list[str]) -> GivenDate | None:
    given = resource.get("birthDate")
    found = given_date(given)
    if found is None:
        text = as_text(given, limit=40)
        notes.append(
            _("The birth date “%(text)s” is not a date and was left out.") % {"text": text}
            if text
            else _("The source gives no birth date.")
        )
        return None
    if found.first_day > on:
        notes.append(_("The birth date %(text)s lies in the future and was left out.") % {"text": found.text})
        return None
    return found


def _sex(resource: dict[str, Any], notes: list[str]) -> Sex:
    given = word(resource.get("gender"))
    if given and given not in SEXES:
        notes.append(_("The source's sex “%(given)s” is not one we know; set to unknown.") % {"given": given})
    return SEXES.get(given, Sex.UNKNOWN)


def _circumstances(resource: dict[str, Any], notes: list[str]) -> None:
    if any(as_text(extension.get("url")) == ANIMAL for extension in as_objects(resource.get("extension"))):
        notes.append(_("The source marks this patient as an animal."))
    if resource.get("active") is False:
        notes.append(_("The source marks this record as no longer in use."))
    if (died := resource.get("deceasedBoolean")) is not None and not isinstance(died, bool):
        told = as_text(died, limit=40) or json.dumps(died)[:40]
        notes.append(
            _("Whether this patient has died can't be read from “%(text)s”: ask, and say so in the record.")
            % {"text": told}
        )
    links = as_objects(resource.get("link"))
    if any(word(link.get("type")) == "replaced-by" for link in links):
        notes.append(_("The source says that another record has replaced this one."))
    labels = as_objects(as_object(resource.get("meta")).get("security"))
    if any(as_text(label.get("code")).upper() in RESTRICTED for label in labels):
        notes.append(_("The source restricts who may see this record (non-disclosure)."))
