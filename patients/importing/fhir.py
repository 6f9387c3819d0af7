"""Patients with their reported facts out of FHIR R4: bundles, single resources and NDJSON, over one or many files.

All resources are gathered first, because a bulk export keeps patients, conditions and medicines in different files.
Then every fact is given to the patient it names. What can't be given to anybody is refused in words.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patients.importing.fhir_facts import FACT_TYPES, moved, read_fact
from patients.importing.fhir_links import (
    AMBIGUOUS,
    Kept,
    Register,
    Spot,
    names_meant,
    names_of,
    said_subject,
    subject_of,
)
from patients.importing.fhir_patient import read_patient
from patients.importing.fhir_values import as_object, as_text
from patients.importing.json_text import Unreadable
from patients.importing.limits import Limits
from patients.importing.records import Found, PassedOver, Place, Refusal, ReportedFact
from patients.importing.shelf import Shelf


class Item(NamedTuple):
    """A resource on its way in."""

    value: Any
    spot: Spot
    where: str
    full_url: str = ""


@dataclass(slots=True)
class Gathering:
    """What the files of one import hold, laid on the shelf, and which resource can be referred to by which name."""

    shelf: Shelf
    limits: Limits
    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    patients: list[Kept] = field(default_factory=list)
    facts: list[Kept] = field(default_factory=list)
    medicines: list[Kept] = field(default_factory=list)
    people: Register = field(default_factory=Register)
    remedies: Register = field(default_factory=Register)
    patients_of_file: dict[int, list[int]] = field(default_factory=dict)
    unsound: set[int] = field(default_factory=set)
    kept: int = 0

    def open(self, file: str, folder: str) -> int:
        """Start a file of a folder; returns its number."""
        self.files.append(file)
        self.folders.append(folder)
        return len(self.files) - 1

    def add(self, file: int, value: Any, where: str = "") -> Iterator[Refusal]:
        """Take in a resource, with everything bundled or contained in it. Yields what of it isn't sound.

        Raises `Unreadable` when the import holds more than `limits.entries` resources.
        """
        loose = Spot(file, self.folders[file])
        waiting = deque([Item(value, loose, where)])
        while waiting:
            resource, spot, where, full_url = waiting.popleft()
            place = Place(self.files[file], where)
            kind = resource.get("resourceType") if isinstance(resource, dict) else None
            if not isinstance(kind, str) or not kind:
                self.unsound.add(file)
                yield Refusal(place, _("This is no FHIR resource: it has no “resourceType”."))
                continue
            if kind == "Bundle":
                waiting.extend(_entries(resource, spot, where))
                continue
            self._keep(resource, kind, Kept((0, 0), spot, where, full_url))
            waiting.extend(_contained(resource, spot, where))

    def _keep(self, resource: dict[str, Any], kind: str, kept: Kept) -> None:
        if kind == "Patient":
            shelf, register = self.patients, self.people
            self.patients_of_file.setdefault(kept.spot.file, []).append(len(shelf))
        elif kind == "Medication":
            shelf, register = self.medicines, self.remedies
        elif kind in FACT_TYPES:
            shelf, register = self.facts, None
        else:
            return
        self.kept += 1
        if self.kept > self.limits.entries:
            message = _("The import holds more than %(most)d records. Import it in parts.")
            raise Unreadable(message % {"most": self.limits.entries})
        if register is not None:
            register.add(kept.spot, names_of(resource, kept.full_url), _token(resource))
        shelf.append(replace(kept, slot=self.shelf.put(resource)))

    def results(self, *, on: date) -> Iterator[Found]:
        """The patients with their facts, in the order of the files; then what is about nobody here."""
        given, strays = self._give_out()
        for number, kept in enumerate(self.patients):
            place = self._place(kept)
            patient = read_patient(self.shelf.get(kept.slot), place, kept.full_url, on=on)
            if patient is None:
                yield Refusal(place, _("This patient has no identifier and no id, so nobody could be recognised."))
                continue
            facts = (self._fact(self.facts[fact], remark) for fact, remark in given.get(number, ()))
            yield replace(patient, facts=tuple(fact for fact in facts if fact is not None))
        yield from self._strays(strays)
        yield from self._without_concern()

    def _give_out(self) -> tuple[dict[int, list[tuple[int, str]]], dict[tuple[int, str, bool], int]]:
        """Facts by patient, each with a remark where the link is ours; and how many facts are about somebody else."""
        given: dict[int, list[tuple[int, str]]] = {}
        strays: dict[tuple[int, str, bool], int] = {}
        for fact, kept in enumerate(self.facts):
            reference = subject_of(self.shelf.get(kept.slot))
            names = names_meant(reference, kept.full_url)
            number = self.people.find(kept.spot, names)
            only = self.patients_of_file.get(kept.spot.file, [])
            remark = ""
            if number is None and not reference and len(only) == 1:
                number = only[0]
                remark = _("the record names no patient; it came in this patient's file")
            if number is None or number == AMBIGUOUS:
                stray = (kept.spot.file, said_subject(reference), number == AMBIGUOUS)
                strays[stray] = strays.get(stray, 0) + 1
            else:
                given.setdefault(number, []).append((fact, remark))
        return given, strays

    def _fact(self, kept: Kept, remark: str) -> ReportedFact | None:
        resource = self.shelf.get(kept.slot)

        def medication(reference: dict[str, Any]) -> dict[str, Any] | None:
            return self._medication(resource, kept, reference)

        fact = read_fact(resource, self._place(kept), medication)
        return moved(fact, remark) if fact is not None and remark else fact

    def _medication(self, resource: dict[str, Any], kept: Kept, reference: dict[str, Any]) -> dict[str, Any] | None:
        local = as_text(reference.get("reference"))
        if local.startswith("#"):
            inside = resource.get("contained")
            found = (as_object(item) for item in (inside if isinstance(inside, list) else [inside]))
            return next((item for item in found if as_text(item.get("id")) == local[1:]), None)
        number = self.remedies.find(kept.spot, names_meant(reference, kept.full_url))
        return None if number is None or number == AMBIGUOUS else self.shelf.get(self.medicines[number].slot)

    def every_fact(self) -> Iterator[ReportedFact]:
        """Every fact of the import, whoever it is about."""
        for kept in self.facts:
            fact = self._fact(kept, "")
            if fact is not None:
                yield fact

    def _strays(self, strays: dict[tuple[int, str, bool], int]) -> Iterator[Refusal]:
        for (file, said, ambiguous), count in strays.items():
            if ambiguous:
                reason = _("%(count)d record(s) about %(who)s: two patients of this import go by that name.")
            elif said:
                reason = ngettext(
                    "%(count)d record about %(who)s, who is not in this import.",
                    "%(count)d records about %(who)s, who is not in this import.",
                    count,
                )
            else:
                reason = ngettext(
                    "%(count)d record that names no patient.", "%(count)d records that name no patient.", count
                )
            yield Refusal(Place(self.files[file]), reason % {"count": count, "who": said})

    def _without_concern(self) -> Iterator[PassedOver]:
        used = {kept.spot.file for kept in (*self.patients, *self.facts, *self.medicines)}
        for file, name in enumerate(self.files):
            if file not in used | self.unsound:
                yield PassedOver(Place(name), _("No patient in it, and no condition, allergy or medicine of one."))

    def _place(self, kept: Kept) -> Place:
        return Place(self.files[kept.spot.file], kept.where)


def _token(resource: dict[str, Any]) -> str:
    """What makes two copies of a resource the same one: who it is, without the version it was sent in."""
    names = ("id", "identifier", "name", "birthDate", "gender", "code")
    return json.dumps([resource.get(name) for name in names], sort_keys=True)


def _entries(bundle: dict[str, Any], spot: Spot, where: str) -> Iterable[Item]:
    inside = replace(spot, bundled=True)
    entries = bundle.get("entry", [])
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
        here = ", ".join(filter(None, (where, _("entry %(number)d") % {"number": number})))
        if not isinstance(entry, dict):
            yield Item(entry, inside, here)
        elif "resource" in entry:
            yield Item(entry["resource"], inside, here, as_text(entry.get("fullUrl")))


def _contained(resource: dict[str, Any], spot: Spot, where: str) -> Iterable[Item]:
    """Facts that lie inside another resource. A patient inside another resource has no identity of their own."""
    inside = resource.get("contained")
    for item in inside if isinstance(inside, list) else [inside]:
        if isinstance(item, dict) and item.get("resourceType") in FACT_TYPES:
            yield Item(item, spot, where)
