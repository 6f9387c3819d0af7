"""Patients for tests of every room, made through the services."""

import uuid
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail.unit import unit_of_work
from patients.intake.models import Indication, Intake
from patients.intake.queries import current_intake
from patients.intake.services import take_intake
from patients.registry.models import Patient, Sex
from patients.registry.services import register_patient
from patients.screening.loading import load
from patients.screening.models import Clearance, PatientChecklist
from patients.screening.on_record import plain_answer
from patients.screening.services import answer_item, give_clearance, sign_checklist, start_checklist
from protocols.checklists.models import Rule
from protocols.formulations.models import FormulationVersion
from tests.factories import confirmed, make_actor

_numbers = count(1)


def registered_patient(
    site: Site, family_name: str = "", given_name: str = "Alma", *, by: Actor | None = None, at: datetime | None = None,
    **changed: Any,
) -> Patient:  # fmt: skip
    """Return a newly registered patient of `site`, aged 47; plainly invented."""
    values: dict[str, Any] = {
        "birth_date": date(1979, 3, 14), "sex": Sex.FEMALE, "phone": "", "email": "", "address": "", "notes": "",
    } | changed  # fmt: skip
    return register_patient(
        by=by or make_actor(site, Role.FRONT_DESK), family_name=family_name or f"Demo{next(_numbers)}",
        given_name=given_name, submission_key=uuid.uuid4(), at=at or clock.now(), **values,
    )  # fmt: skip


def with_intake(
    patient: Patient, scale: str = "norwood", stage: str = "III", *, by: Actor | None = None,
    at: datetime | None = None, indication: str = Indication.ANDROGENETIC_ALOPECIA, notes: str = "",
) -> Intake:  # fmt: skip
    """Return a new intake of `patient`."""
    return take_intake(
        by=by or make_actor(patient.site, Role.OPERATOR), patient=patient, indication=indication, scale=scale,
        stage=stage, notes=notes, submission_key=uuid.uuid4(), at=at or clock.now(),
    )  # fmt: skip


def open_checklist(
    patient: Patient, formulation_version: FormulationVersion, *, by: Actor | None = None, at: datetime | None = None
) -> PatientChecklist:
    """Return the checklist of today (or of the day `at`), begun and not answered; the patient gets an intake first."""
    at = at or clock.now()
    by = by or make_actor(patient.site, Role.OPERATOR)
    if current_intake(patient) is None:
        with_intake(patient, by=by, at=at)
    return start_checklist(
        by=by, patient=patient, formulation_version=formulation_version, submission_key=uuid.uuid4(), at=at
    )


def answered_checklist(
    patient: Patient, formulation_version: FormulationVersion, *, by: Actor | None = None, at: datetime | None = None,
    answers: dict[str, tuple[str, dict[str, Any]]] | None = None,
) -> PatientChecklist:  # fmt: skip
    """Return a checklist in which nothing is found, but for `answers`: rule to (answer, extra, `detail` in it)."""
    at = at or clock.now()
    by = by or make_actor(patient.site, Role.OPERATOR)
    checklist = open_checklist(patient, formulation_version, by=by, at=at)
    loaded = load(checklist, checklist.on)
    for item in loaded.items:
        answer, extra = (answers or {}).get(item.rule, (plain_answer(item.rule, loaded.case), {}))
        answer_item(
            by=by, checklist=checklist, item=item, answer=answer, extra=extra, detail=extra.get("detail", ""), at=at
        )
    return checklist


@unit_of_work
def signed_checklist(
    patient: Patient, formulation_version: FormulationVersion, on: date | None = None, *, by: Actor | None = None,
    at: datetime | None = None, answers: dict[str, tuple[str, dict[str, Any]]] | None = None,
) -> PatientChecklist:  # fmt: skip
    """Return a signed checklist of the day `on` (today unless given): nothing is found, but for `answers`."""
    if at is None:
        at = clock.now()
        at += timedelta(days=(on - clock.local(at, patient.site).date()).days) if on else timedelta()
    by = by or make_actor(patient.site, Role.OPERATOR)
    checklist = answered_checklist(patient, formulation_version, by=by, at=at, answers=answers)
    return sign_checklist(by=by, checklist=checklist, confirmed=confirmed(by, at), at=at)


def cleared(
    patient: Patient, rule: str = Rule.ANTICOAGULANT, *, granted: bool = True, by: Actor | None = None,
    at: datetime | None = None, valid_from: date | None = None, valid_until: date | None = None,
) -> Clearance:  # fmt: skip
    """Return a physician's clearance of `rule`: today and 90 days on, unless the dates are given."""
    at = at or clock.now()
    by = by or make_actor(patient.site, Role.PHYSICIAN)
    today = clock.local(at, patient.site).date()
    return give_clearance(
        by=by, patient=patient, rule=rule, granted=granted, about="Apixaban 5 mg",
        scope="Press each site for two minutes",
        prescriber="Prescriber Demo", valid_from=valid_from or today,
        valid_until=valid_until or (valid_from or today) + timedelta(days=90), confirmed=confirmed(by, at),
        submission_key=uuid.uuid4(), at=at,
    )  # fmt: skip
