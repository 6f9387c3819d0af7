"""Reported facts out of FHIR resources: conditions, allergies, medicines, and the few observations that matter here.

Not taken: observations that ask for nothing in `categories` (laboratory values, vital signs), procedures,
immunisations, and every resource that is marked as entered in error.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from patients.importing.categories import Kind, Match, Standing
from patients.importing.classification import classify, classify_answer, classify_relative
from patients.importing.fhir_values import as_object, as_objects, as_text, as_texts, codes, concept_text, moment, word
from patients.importing.records import Code, Place, ReportedFact
from patients.importing.wording import clean_block

EXCERPT_CHARS = 4000
DETAIL_CHARS = 500

FACT_TYPES = (
    "Condition",
    "AllergyIntolerance",
    "MedicationStatement",
    "MedicationRequest",
    "MedicationAdministration",
    "MedicationDispense",
    "Observation",
    "FamilyMemberHistory",
)

# The resource that a medicine's reference points at, or None when it isn't in the import.
Medications = Callable[[dict[str, Any]], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a resource says, before it is put on a place and sorted."""

    kind: Kind
    text: str
    codes: tuple[Code, ...]
    standing: Standing
    match: Match | None
    onset: str
    ended: str
    recorded: str
    detail: str


def read_fact(resource: dict[str, Any], place: Place, medications: Medications) -> ReportedFact | None:
    """The fact in a resource, or None when it holds none: another type, entered in error, or of no concern here."""
    kind = resource.get("resourceType")
    if "entered-in-error" in (word(resource.get("status")), word(resource.get("verificationStatus"))):
        return None
    if kind == "Condition":
        statement: Statement | None = _condition(resource)
    elif kind == "AllergyIntolerance":
        statement = _allergy(resource)
    elif kind == "Observation":
        statement = _observation(resource)
    elif kind == "FamilyMemberHistory":
        statement = _family_history(resource)
    elif kind in FACT_TYPES:
        statement = _medicine(resource, medications)
    else:
        return None
    return None if statement is None else _placed(resource, statement, place)


def _placed(resource: dict[str, Any], statement: Statement, place: Place) -> ReportedFact:
    kept = {name: value for name, value in resource.items() if name not in {"text", "meta"}}
    canonical = json.dumps(kept, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    match = statement.match
    return ReportedFact(
        kind=statement.kind,
        text=statement.text or _("no description given"),
        standing=(match and match.standing) or statement.standing,
        given_status=_given_status(resource),
        codes=statement.codes,
        match=match,
        onset=statement.onset,
        ended=statement.ended,
        recorded=statement.recorded,
        detail=statement.detail,
        excerpt=clean_block(json.dumps(kept, ensure_ascii=False), limit=EXCERPT_CHARS),
        place=place,
        resource_type=as_text(resource.get("resourceType")),
        resource_id=as_text(resource.get("id")),
        content_hash=hashlib.sha256(canonical.encode()).hexdigest(),
    )


def _given_status(resource: dict[str, Any]) -> str:
    names = ("status", "clinicalStatus", "verificationStatus", "intent", "doNotPerform")
    given = ((name, _status_word(resource.get(name))) for name in names)
    return ", ".join(f"{name}: {said}" for name, said in given if said)


def _status_word(value: Any) -> str:
    return "true" if value is True else word(value)


def clinical_standing(resource: dict[str, Any]) -> Standing:
    """How a condition or allergy stands: refuted is not so; the clinical status decides; an end without status is past.

    "Unconfirmed", "provisional" and "differential" count as the clinical status says: a doubtful allergy is shown as
    an allergy, and its doubt with it.
    """
    if word(resource.get("verificationStatus")) == "refuted":
        return Standing.NEGATED
    status = word(resource.get("clinicalStatus"))
    if status in {"active", "recurrence", "relapse"}:
        return Standing.PRESENT
    if status in {"inactive", "remission", "resolved"}:
        return Standing.PAST
    return Standing.PAST if moment(resource, "abatement") else Standing.CHECK


def medicine_standing(resource: dict[str, Any]) -> Standing:
    """How a medicine stands: what must not be or was not given is negated; a plan or proposal is to be checked."""
    status = word(resource.get("status"))
    if resource.get("doNotPerform") is True or status in {"not-done", "not-taken", "declined"}:
        return Standing.NEGATED
    if status in {"completed", "stopped", "cancelled", "ended"}:
        dispensed = resource.get("resourceType") == "MedicationDispense" and status == "completed"
        return Standing.CHECK if dispensed else Standing.PAST
    planned = word(resource.get("intent")) in {"proposal", "plan", "option"}
    return Standing.PRESENT if status in {"active", "in-progress"} and not planned else Standing.CHECK


def _condition(resource: dict[str, Any]) -> Statement:
    found = codes(resource.get("code"))
    text = concept_text(resource.get("code"))
    site = "; ".join(filter(None, (concept_text(item) for item in as_objects(resource.get("bodySite")))))
    return Statement(
        kind=Kind.CONDITION,
        text=text,
        codes=found,
        standing=clinical_standing(resource),
        match=classify(Kind.CONDITION, text, found),
        onset=moment(resource, "onset"),
        ended=moment(resource, "abatement"),
        recorded=moment(resource, "recordedDate", "assertedDate", "dateRecorded"),
        detail=_joined(concept_text(resource.get("severity")), site, *_notes(resource)),
    )


def _allergy(resource: dict[str, Any]) -> Statement:
    reactions = as_objects(resource.get("reaction"))
    concept = resource.get("code") or next((r.get("substance") for r in reactions if r.get("substance")), None)
    shown = [concept_text(item) for reaction in reactions for item in as_objects(reaction.get("manifestation"))]
    found = codes(concept)
    text = concept_text(concept)
    return Statement(
        kind=Kind.ALLERGY,
        text=text,
        codes=found,
        standing=clinical_standing(resource),
        match=classify(Kind.ALLERGY, text, found),
        onset=moment(resource, "onset"),
        ended="",
        recorded=moment(resource, "recordedDate", "assertedDate"),
        detail=_joined(word(resource.get("criticality")), *shown, *_notes(resource)),
    )


def _medicine(resource: dict[str, Any], medications: Medications) -> Statement:
    concept: Any = resource.get("medicationCodeableConcept")
    reference = as_object(resource.get("medicationReference"))
    newer = as_object(resource.get("medication"))  # one element in R5
    concept = concept or newer.get("concept")
    reference = reference or as_object(newer.get("reference"))
    found = codes(concept)
    text = concept_text(concept)
    if reference and not text:
        medication = medications(reference) or {}
        found = codes(medication.get("code")) + _ingredients(medication)
        text = concept_text(medication.get("code")) or next((code.display for code in found if code.display), "")
        text = text or as_text(reference.get("display"))
    dosages = as_objects(resource.get("dosage") or resource.get("dosageInstruction"))
    return Statement(
        kind=Kind.MEDICATION,
        text=text,
        codes=found,
        standing=medicine_standing(resource),
        match=classify(Kind.MEDICATION, text, found),
        onset=moment(resource, "effective", "whenHandedOver"),
        ended="",
        recorded=moment(resource, "authoredOn", "dateAsserted", "dateWritten", "whenPrepared"),
        detail=_joined(*(as_text(dosage.get("text")) for dosage in dosages), *_notes(resource)),
    )


def _ingredients(medication: dict[str, Any]) -> tuple[Code, ...]:
    items = as_objects(medication.get("ingredient"))
    return tuple(code for item in items[:10] for code in codes(item.get("itemCodeableConcept")))


def _observation(resource: dict[str, Any]) -> Statement | None:
    if word(resource.get("status")) == "cancelled":
        return None
    found = codes(resource.get("code"))
    label = concept_text(resource.get("code"))
    answer, answer_codes = _answer(resource)
    match = classify_answer(found, label, answer, answer_codes)
    if match is None:
        return None
    return Statement(
        kind=Kind.OBSERVATION,
        text=f"{label}: {answer}" if answer else label,
        codes=found + answer_codes,
        standing=Standing.CHECK,
        match=match,
        onset=moment(resource, "effective"),
        ended="",
        recorded=moment(resource, "issued"),
        detail=_joined(*_notes(resource)),
    )


def _answer(resource: dict[str, Any]) -> tuple[str, tuple[Code, ...]]:
    concept = resource.get("valueCodeableConcept")
    if concept is not None:
        return concept_text(concept), codes(concept)
    boolean = resource.get("valueBoolean")
    if isinstance(boolean, bool):
        return ("true" if boolean else "false"), ()
    return moment(resource, "value"), ()


def _family_history(resource: dict[str, Any]) -> Statement | None:
    for condition in as_objects(resource.get("condition")):
        found = codes(condition.get("code"))
        text = concept_text(condition.get("code"))
        match = classify_relative(text, found)
        if match is not None:
            relative = concept_text(resource.get("relationship"))
            return Statement(
                kind=Kind.CONDITION,
                text=_("family (%(relative)s): %(text)s") % {"relative": relative or "?", "text": text},
                codes=found,
                standing=Standing.PRESENT,
                match=match,
                onset=moment(condition, "onset"),
                ended="",
                recorded=moment(resource, "date"),
                detail=_joined(*_notes(resource)),
            )
    return None


def _notes(resource: dict[str, Any]) -> tuple[str, ...]:
    notes = resource.get("note")
    return as_texts(notes) or tuple(filter(None, (as_text(note.get("text")) for note in as_objects(notes))))


def _joined(*parts: str) -> str:
    line = "; ".join(dict.fromkeys(part for part in parts if part))
    return line if len(line) <= DETAIL_CHARS else line[: DETAIL_CHARS - 1] + "…"


def moved(fact: ReportedFact, note: str) -> ReportedFact:
    """The same fact with a remark in front of its detail."""
    return replace(fact, detail=_joined(note, fact.detail))
