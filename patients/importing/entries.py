"""From what a source gives to what a patient's entry holds. Pure: values in, values and remarks out."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from patients.importing.records import GivenDate, ImportedPatient, PostalAddress, Precision, Sex
from patients.registry.birth_dates import EARLIEST_YEAR
from patients.registry.names import search_tokens
from patients.registry.phones import phone_error

#: Stands for the name of a patient whose source gives none.
NO_NAME = "—"
NAME_CHARS = 120
PHONE_CHARS = 40
EMAIL_CHARS = 254
ADDRESS_CHARS = 300
NOTES_CHARS = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """The values of a patient's entry; `remarks` say what a person should look at."""

    family_name: str
    given_name: str
    other_names: tuple[str, ...]
    birth_date: date | None
    birth_date_text: str
    sex: Sex
    phone: str
    email: str
    address: str
    deceased: bool
    remarks: tuple[str, ...]

    @property
    def notes(self) -> str:
        """The remarks as one text for the front desk."""
        text = " ".join(self.remarks)
        return text if len(text) <= NOTES_CHARS else text[: NOTES_CHARS - 1] + "…"


def entry_of(found: ImportedPatient) -> Entry:
    """The entry of an imported patient. What the entry can't hold is left out with a remark, and never bent to fit."""
    remarks = list(found.notes)
    family, given, other_names = _names(found, remarks)
    birth_date, birth_date_text = _birth_date(found.birth_date, remarks)
    return Entry(
        family_name=family,
        given_name=given,
        other_names=other_names,
        birth_date=birth_date,
        birth_date_text=birth_date_text,
        sex=found.sex,
        phone=_phone(found, remarks),
        email=_email(found),
        address=next((line for line in map(one_line, found.addresses) if line), ""),
        deceased=found.deceased,
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _names(found: ImportedPatient, remarks: list[str]) -> tuple[str, str, tuple[str, ...]]:
    """Family name, given names, and the other names that the source knows.

    Where a name has parts and a text that share no word (WANG DAMING, 王大明), the text is the name and the parts are
    another one: the text is how the source shows the person.
    """
    name = found.name
    parts = " ".join((*name.given, name.family)).strip()
    if name.text and not set(search_tokens(name.text)) & set(search_tokens(parts)):
        family, given = name.text, ""
    elif name.family:
        family, given = name.family, " ".join(name.given)
    else:
        family, given = parts or NO_NAME, ""
    if max(len(family), len(given)) > NAME_CHARS:
        remarks.append(_("The name was cut after %(most)d characters.") % {"most": NAME_CHARS})
    said = set(search_tokens(f"{family} {given}"))
    others = (parts, *(other for one in found.names for other in (one.text, one.full)))
    return (
        family[:NAME_CHARS].strip(),
        given[:NAME_CHARS].strip(),
        tuple(dict.fromkeys(other for other in others if not set(search_tokens(other)) <= said)),
    )


def _birth_date(given: GivenDate | None, remarks: list[str]) -> tuple[date | None, str]:
    if given is None:
        return None, ""
    if given.first_day.year < EARLIEST_YEAR:
        remarks.append(_("The birth date %(text)s was left out: too long ago.") % {"text": given.text})
        return None, ""
    return (given.first_day, "") if given.precision is Precision.DAY else (None, given.text)


def _phone(found: ImportedPatient, remarks: list[str]) -> str:
    numbers = [contact.value for contact in found.contacts if contact.system in {"phone", "sms", "mobile", ""}]
    fit = [number for number in numbers if len(number) <= PHONE_CHARS and not phone_error(number)]
    if numbers and not fit:
        remarks.append(_("The telephone number “%(number)s” was left out.") % {"number": numbers[0][:60]})
    return fit[0] if fit else ""


def _email(found: ImportedPatient) -> str:
    for contact in found.contacts:
        if contact.system == "email" and len(contact.value) <= EMAIL_CHARS:
            try:
                validate_email(contact.value)
            except ValidationError:
                continue
            return contact.value
    return ""


def one_line(address: PostalAddress) -> str:
    """The address as one line, as the source's own text or from its parts, cut at what the entry holds."""
    place = " ".join(part for part in (address.postal_code, address.city) if part)
    parts = (*address.lines, address.district, place, address.state, address.country)
    line = address.text or ", ".join(dict.fromkeys(part for part in parts if part))
    return line if len(line) <= ADDRESS_CHARS else line[: ADDRESS_CHARS - 1] + "…"
