"""Taking imported patients and their reported facts into the records: each patient in a unit of work of their own.

Whom of the site's patients a source means is told by `recognising`, so importing the same source twice creates nothing.
A statement is known again by the hash of its content; a changed one is another fact, and the older one stays, since
both were reported.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from clinic.errors import Refused
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.importing import records
from patients.importing.categories import VERSION
from patients.importing.entries import NO_NAME, Entry, entry_of
from patients.importing.limits import Limits
from patients.importing.recognising import recognised
from patients.importing.records import ImportedPatient, PassedOver, Place, Refusal, Sex
from patients.importing.sources import Format, read
from patients.registry.models import Patient, RecordNumberCounter, ReportedFact, SourceIdentifier
from patients.registry.services import add_other_names, register_patient, update_patient

SOURCE_CHARS = 300
MOMENT_CHARS = 60
TEXT_CHARS = 500
MATCHED_CHARS = 400


@dataclass(frozen=True, slots=True)
class Taken:
    """A patient who is in the records now; `created` tells whether by this import."""

    patient: Patient
    created: bool
    facts_created: int
    facts_known: int
    remarks: tuple[str, ...]


@dataclass(slots=True)
class Summary:
    """What an import did. `read` counts the patients of the source: created, already there, or refused."""

    dry_run: bool
    read: int = 0
    created: int = 0
    already_there: int = 0
    facts_created: int = 0
    facts_already_there: int = 0
    refused: list[Refusal] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    remarks: list[tuple[Place, str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The summary as plain values. Remarks are told by record number; a name stands where it is to be compared."""
        return {
            "dry_run": self.dry_run,
            "read": self.read,
            "created": self.created,
            "already_there": self.already_there,
            "facts": {"created": self.facts_created, "already_there": self.facts_already_there},
            "refused": [
                {"file": item.place.file, "where": item.place.where, "reason": item.reason} for item in self.refused
            ],
            "passed_over": [{"file": item.place.file, "reason": item.reason} for item in self.passed_over],
            "to_look_at": [
                {"file": place.file, "where": place.where, "patient": number, "remark": remark}
                for place, number, remark in self.remarks
            ],
        }


class _Rehearsed(Exception):
    """Ends a dry run, so that everything it did is undone."""


def import_patients(
    *,
    by: Actor,
    source: Path,
    fmt: Format | None = None,
    dry_run: bool = False,
    at: datetime,
    limits: Limits | None = None,
) -> Summary:
    """Import everything at a path into the actor's site and tell what was done.

    What can't be read or taken in is refused in the summary and the rest goes in. A dry run does the same work and
    undoes it. Raises NotAllowed without the permission to register patients, and nothing for any content of the path.
    """
    by.require(Permission.REGISTER_PATIENTS)
    summary = Summary(dry_run=dry_run)
    if not dry_run:
        _take_all(by=by, source=source, fmt=fmt, at=at, limits=limits, summary=summary)
        return summary
    try:
        _rehearse(by=by, source=source, fmt=fmt, at=at, limits=limits, summary=summary)
    except _Rehearsed:
        return summary
    raise AssertionError("a dry run always ends by undoing")


@unit_of_work
def _rehearse(
    *, by: Actor, source: Path, fmt: Format | None, at: datetime, limits: Limits | None, summary: Summary
) -> None:
    _take_all(by=by, source=source, fmt=fmt, at=at, limits=limits, summary=summary)
    raise _Rehearsed


def _take_all(
    *, by: Actor, source: Path, fmt: Format | None, at: datetime, limits: Limits | None, summary: Summary
) -> None:
    for found in read(source, fmt, on=clock.local(at, by.site).date(), limits=limits):
        if isinstance(found, Refusal):
            summary.refused.append(found)
        elif isinstance(found, PassedOver):
            summary.passed_over.append(found)
        else:
            summary.read += 1
            try:
                taken = import_patient(by=by, found=found, at=at)
            except Refused as refusal:
                summary.refused.append(Refusal(found.place, refusal.message))
            else:
                _count(summary, found.place, taken)


def _count(summary: Summary, place: Place, taken: Taken) -> None:
    summary.created += taken.created
    summary.already_there += not taken.created
    summary.facts_created += taken.facts_created
    summary.facts_already_there += taken.facts_known
    summary.remarks.extend((place, taken.patient.record_number, remark) for remark in taken.remarks)


@unit_of_work
def import_patient(*, by: Actor, found: ImportedPatient, at: datetime) -> Taken:
    """Take in one patient: a new one, or facts that are new of one who is known (`recognising`).

    A known patient keeps their entry; only gaps in it are filled: no name, no birth date, no sex, and a death. Raises
    Refused when the source can mean different patients, or names one who can't be the same person.
    """
    by.require(Permission.REGISTER_PATIENTS)
    _hold_register(by.site)
    entry = entry_of(found)
    known, remarks = recognised(by.site, found, entry)
    if known is None:
        patient = _registered(by=by, entry=entry, at=at)
    else:
        patient = _gaps_filled(by=by, patient=known, entry=entry, place=found.place, at=at)
    if entry.other_names:
        add_other_names(by=by, patient=patient, names=entry.other_names, at=at)
    numbers = _add_identifiers(patient, found, at=at)
    facts = _add_facts(by=by, patient=patient, facts=found.facts, at=at)
    if known is None or numbers or facts:
        record(
            by=by, action=Action.IMPORT, subject=patient, patient=patient, at=at,
            after={"source": _source(found.place), "numbers": numbers, "facts": [fact.source_key for fact in facts]},
        )  # fmt: skip
    return Taken(
        patient=patient,
        created=known is None,
        facts_created=len(facts),
        facts_known=len(found.facts) - len(facts),
        remarks=(*entry.remarks, *remarks) if known is None else remarks,
    )


def _hold_register(site: Site) -> None:
    """Let nobody else enter a patient at the site meanwhile, or two imports at once would both enter the same one."""
    RecordNumberCounter.objects.get_or_create(site=site)
    RecordNumberCounter.objects.select_for_update().get(site=site)


def _registered(*, by: Actor, entry: Entry, at: datetime) -> Patient:
    return register_patient(
        by=by, family_name=entry.family_name, given_name=entry.given_name, birth_date=entry.birth_date,
        birth_date_text=entry.birth_date_text, sex=entry.sex, phone=entry.phone, email=entry.email,
        address=entry.address, notes=entry.notes, deceased=entry.deceased, submission_key=uuid4(), at=at,
    )  # fmt: skip


def _gaps_filled(*, by: Actor, patient: Patient, entry: Entry, place: Place, at: datetime) -> Patient:
    """The patient with what was missing in the entry and is in the source; what people entered stays."""
    unnamed = patient.family_name == NO_NAME and entry.family_name != NO_NAME
    undated = patient.birth_date is None and entry.birth_date is not None
    unsexed = patient.sex == Sex.UNKNOWN and entry.sex != Sex.UNKNOWN
    died = entry.deceased and not patient.deceased
    if not (unnamed or undated or unsexed or died):
        return patient
    return update_patient(
        by=by, patient=patient, row_version=patient.row_version,
        family_name=entry.family_name if unnamed else patient.family_name,
        given_name=entry.given_name if unnamed else patient.given_name,
        birth_date=entry.birth_date if undated else patient.birth_date,
        sex=entry.sex if unsexed else patient.sex,
        deceased=patient.deceased or entry.deceased,
        phone=patient.phone, email=patient.email, address=patient.address, notes=patient.notes, at=at,
        reason=_("Missing here, given by %(source)s") % {"source": _source(place)},
    )  # fmt: skip


def _add_identifiers(patient: Patient, found: ImportedPatient, *, at: datetime) -> list[str]:
    held = set(SourceIdentifier.objects.filter(patient=patient).values_list("system", "value"))
    new = [one for one in found.identifiers if (one.system, one.value) not in held]
    SourceIdentifier.objects.bulk_create(
        SourceIdentifier(patient=patient, site_id=patient.site_id, system=one.system, value=one.value, recorded_at=at)
        for one in new
    )
    return [f"{one.system}|{one.value}" for one in new]


def _add_facts(
    *, by: Actor, patient: Patient, facts: Iterable[records.ReportedFact], at: datetime
) -> list[ReportedFact]:
    by_hash = {fact.content_hash: fact for fact in facts}
    held = set(
        ReportedFact.objects.filter(patient=patient, content_sha256__in=list(by_hash)).values_list(
            "content_sha256", flat=True
        )
    )
    rows = [_fact_row(by, patient, fact, at) for digest, fact in by_hash.items() if digest not in held]
    return ReportedFact.objects.bulk_create(rows, batch_size=500)


def _fact_row(by: Actor, patient: Patient, fact: records.ReportedFact, at: datetime) -> ReportedFact:
    return ReportedFact(
        patient=patient,
        kind=fact.kind,
        category=fact.match.category if fact.match else "",
        matched_by=_cut(fact.match.why if fact.match else "", MATCHED_CHARS),
        categories_version=VERSION,
        status=fact.standing,
        given_status=_cut(fact.given_status, SOURCE_CHARS),
        text=_cut(fact.text, TEXT_CHARS),
        detail=_cut(fact.detail, TEXT_CHARS),
        codes=[{"system": code.system, "code": code.code, "display": code.display} for code in fact.codes],
        onset_text=_cut(fact.onset, MOMENT_CHARS),
        ended_text=_cut(fact.ended, MOMENT_CHARS),
        reported_text=_cut(fact.recorded, MOMENT_CHARS),
        excerpt=fact.excerpt,
        source=_source(fact.place),
        source_key=_cut(fact.resource_key, SOURCE_CHARS),
        content_sha256=fact.content_hash,
        recorded_at=at,
        recorded_by=by.user,
    )


def _source(place: Place) -> str:
    return _cut(f"{place.file} {place.where}".strip(), SOURCE_CHARS)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
