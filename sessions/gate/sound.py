"""Whether the papers that a session rests on are what was signed, and whether the last of each is still there."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.models import Site
from clinic.signing.soundness import not_as_signed
from clinic.trail.lost import lost_papers
from clinic.trail.models import Action
from patients.consents.models import Consent
from patients.intake.models import Intake
from patients.registry.models import Patient
from patients.screening.models import PatientChecklist
from protocols.formulations.models import FormulationVersion
from protocols.treatment.models import TreatmentProtocolVersion
from sessions.gate.state import Lost


def changed_papers(
    checklist: PatientChecklist | None, consent: Consent | None, protocol: TreatmentProtocolVersion,
    active: FormulationVersion | None,
) -> Iterator[str]:  # fmt: skip
    """Yield, in words, which of a session's papers aren't what was signed."""
    rests_on: dict[Model, UUID | None] = {protocol: protocol.approval_signature_id}
    if active is not None:
        rests_on[active] = active.approval_signature_id
    for paper in (checklist, consent):
        if paper is not None:
            rests_on[paper] = paper.signature_id
    for record in not_as_signed(rests_on):
        if record is checklist:
            yield _("today's checklist")
        elif record is consent:
            yield _("the patient's consent")
        else:
            yield str(record)


#: The papers of a patient that a session rests on, and by what the trail tells that there is one.
_TOLD: Mapping[type[Model], Action] = {
    Intake: Action.CREATE, PatientChecklist: Action.SIGN, Consent: Action.CREATE,
}  # fmt: skip


def lost_since(
    patient: Patient, intake: Intake | None, checklist: PatientChecklist | None, consent: Consent | None, *,
    site: Site, on: date,
) -> Iterator[Lost]:  # fmt: skip
    """Yield which papers the trail tells of after those that are there; a checklist counts on its day alone."""
    gone = lost_papers(patient.pk, _TOLD)
    counts: dict[type[Model], tuple[Lost, datetime | None]] = {
        Intake: (Lost.INTAKE, intake.taken_at if intake else None),
        PatientChecklist: (Lost.CHECKLIST, checklist.signed_at if checklist else None),
        Consent: (Lost.CONSENT, consent.signed_at if consent else None),
    }
    for kind, at in gone.items():
        which, there_since = counts[kind]
        if which is Lost.CHECKLIST and clock.local(at, site).date() != on:
            continue
        if there_since is None or at >= there_since:
            yield which
