"""Whom of a site's patients a source means, and who of them could be meant.

A patient is known again by any of their numbers elsewhere (`SourceIdentifier`). A line of CSV without a number means
whoever has its name and birth date, registered at the desk or imported from elsewhere. Anybody else is new, and whoever
is there with the same birth date and a name like theirs, as registering asks about, is told for a person to look at.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Value
from django.utils.translation import gettext as _

from clinic.accounts.models import Site
from clinic.errors import Refused
from patients.importing.csv_file import PERSON
from patients.importing.entries import NO_NAME, Entry
from patients.importing.fhir_patient import RESOURCE_ID
from patients.importing.records import ImportedPatient
from patients.registry.models import Patient, Sex, SourceIdentifier
from patients.registry.names import search_tokens
from patients.registry.queries import born_on, is_alike

#: So many record numbers are told of those who are like somebody; those with the very name come first.
MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class _There:
    """A patient of the site who has one of the numbers (`numbered`), or who was born on the same day."""

    pk: int
    record_number: str
    family_name: str
    given_name: str
    numbered: bool

    @property
    def name(self) -> str:
        return f"{self.family_name} {self.given_name}"


def recognised(site: Site, found: ImportedPatient, entry: Entry) -> tuple[Patient | None, tuple[str, ...]]:
    """Return the patient of the site whom `found` means, locked (None for somebody new), and what is to be looked at.

    One query, and one more for a patient who is known. Raises Refused when several patients can be meant, or when
    number and person contradict each other.
    """
    there = _looked_up(site, found, entry)
    numbers = {row.pk: row.record_number for row in there if row.numbered}
    if len(numbers) > 1:
        message = _("The numbers of this patient belong to different patients here: %(numbers)s. Look who it is.")
        raise Refused(message % {"numbers": ", ".join(sorted(numbers.values()))})
    same_day = [row for row in there if not row.numbered]
    known_by_name = None if numbers else _by_name(found, entry, same_day)
    if not numbers and known_by_name is None:
        return None, _alike(entry, same_day)
    known = Patient.objects.for_site(site).select_for_update(no_key=True).get(pk=known_by_name or next(iter(numbers)))
    if numbers:
        _must_be_the_same(known, entry, by_bare_id=_only_by_bare_id(known, found))
    return known, (*_other_name(known, entry), *_other_sex(known, entry))


def _looked_up(site: Site, found: ImportedPatient, entry: Entry) -> list[_There]:
    """Return who has one of the numbers, and who was born on the same day; one query, by two indexes."""
    numbers = Q()
    for identifier in found.identifiers:
        numbers |= Q(system=identifier.system, value=identifier.value)
    columns = ("record_number", "family_name", "given_name")
    rows = SourceIdentifier.objects.filter(numbers, site=site).values_list(
        "patient_id", *(f"patient__{column}" for column in columns), Value(True)
    )
    if entry.birth_date is not None:
        rows = rows.union(born_on(site, entry.birth_date).values_list("pk", *columns, Value(False)), all=True)
    return [_There(*row) for row in rows]


def _by_name(found: ImportedPatient, entry: Entry, same_day: list[_There]) -> int | None:
    """Return who has the name and birth date of a line without a number; Refused when there are several."""
    if all(identifier.system != PERSON for identifier in found.identifiers):
        return None
    same = {row.pk: row.record_number for row in same_day if _same_words(row.name, _name(entry))}
    if len(same) > 1:
        raise Refused(
            _(
                "Several patients here have this name and birth date: %(numbers)s. Look who it is, and enter what is "
                "new by hand."
            )
            % {"numbers": ", ".join(sorted(same.values()))}
        )
    return next(iter(same), None)


def _same_words(one: str, other: str) -> bool:
    """Whether two names are made of the same words, however they are ordered, spelt or cased."""
    return sorted(search_tokens(one)) == sorted(search_tokens(other))


def _name(entry: Entry) -> str:
    return f"{entry.family_name} {entry.given_name}"


def _alike(entry: Entry, same_day: list[_There]) -> tuple[str, ...]:
    """Say who was born on the same day and has a name like that of somebody new; () when nobody has."""
    name = _name(entry)
    alike = sorted(
        (row for row in same_day if is_alike(name, row.name)),
        key=lambda row: (not _same_words(row.name, name), row.record_number),
    )
    if not alike:
        return ()
    numbers = ", ".join(row.record_number for row in alike[:MOST_TOLD]) + (" …" if len(alike) > MOST_TOLD else "")
    told = {"name": f"{entry.given_name} {entry.family_name}".strip(), "numbers": numbers}
    return (
        _("%(name)s has the birth date of %(numbers)s and the same name, or one like it. Look whether it is the same "
          "person.") % told,
    )  # fmt: skip


def _only_by_bare_id(known: Patient, found: ImportedPatient) -> bool:
    """Whether nothing but the resource's own id leads to `known`: every sender begins to count at 1."""
    numbers = {(one.system, one.value) for one in found.identifiers if one.system != RESOURCE_ID}
    held = SourceIdentifier.objects.filter(patient=known).exclude(system=RESOURCE_ID).values_list("system", "value")
    return numbers.isdisjoint(held)


def _must_be_the_same(known: Patient, entry: Entry, *, by_bare_id: bool) -> None:
    """Raises Refused when number and person contradict each other: facts of one must not get to another.

    A resource's bare id says who it is only together with the name: other senders have the same id for other people.
    """
    ours = set() if known.family_name == NO_NAME else set(search_tokens(known.full_name))
    theirs = set() if entry.family_name == NO_NAME else set(search_tokens(_name(entry)))
    if by_bare_id and not (ours & theirs) and (ours or theirs):
        raise Refused(
            _(
                "Nothing but the resource's id is that of %(number)s, and the name isn't: other sources use the same "
                "id for other people. Give the patient an identifier with a system, or enter them by hand."
            )
            % {"number": known.record_number}
        )
    here, there = _born(known.birth_date, known.birth_date_text), _born(entry.birth_date, entry.birth_date_text)
    if here and there:
        if here.startswith(there) or there.startswith(here):
            return
        reason = _("born %(there)s in the source, %(here)s here") % {"there": there, "here": here}
    else:
        if not ours or not theirs or ours & theirs:
            return
        reason = _("another name, and no birth date to compare")
    raise Refused(
        _("A number of this patient is that of %(number)s, but it can't be told to be the same person: %(reason)s.")
        % {"number": known.record_number, "reason": reason}
    )


def _other_name(known: Patient, entry: Entry) -> tuple[str, ...]:
    """Say that a source calls somebody known by another name, for a person to look at; () when it doesn't."""
    theirs = search_tokens(_name(entry))
    if NO_NAME in (known.family_name, entry.family_name) or set(search_tokens(known.full_name)) & set(theirs):
        return ()
    return (
        _("called %(name)s in the source; number and birth date agree. Look whether it is the same person.")
        % {"name": f"{entry.given_name} {entry.family_name}".strip()},
    )


def _other_sex(known: Patient, entry: Entry) -> tuple[str, ...]:
    """Say that a source gives somebody known another sex, for a person to look at; () when it doesn't, or is silent."""
    here, there = Sex(known.sex), Sex(entry.sex.value)
    if here == there or Sex.UNKNOWN in (here, there):
        return ()
    told = {"there": there.label, "here": here.label}
    return (_("sex “%(there)s” in the source, “%(here)s” here. Look whether it is the same person.") % told,)


def _born(day: date | None, text: str) -> str:
    return day.isoformat() if day else text
