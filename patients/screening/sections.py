"""Checklists and clearances on the patient's page."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.registry.models import Patient
from patients.registry.sections import Section, SectionAction, WayStep, patient_section
from patients.screening.chips import Chip, chip_of
from patients.screening.models import ChecklistStatus, PatientChecklist
from patients.screening.outcomes import Outcome
from patients.screening.queries import checklists_of, clearances_of
from patients.screening.screen import signed_reasons
from patients.screening.standing import standing_chip
from protocols.checklists.models import Rule

CHECKLISTS_SHOWN = 6
CLEARANCES_SHOWN = 8


@patient_section(200, Permission.SCREEN_PATIENTS, Permission.VIEW_DOCUMENTS, step=True)
def screening_section(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The latest checklists and what they came to, and the clearances."""
    today = clock.local(at, actor.site).date()
    checklists = list(checklists_of(patient)[:CHECKLISTS_SHOWN])
    clearances = list(clearances_of(patient)[:CLEARANCES_SHOWN])
    draft = next((row for row in checklists if row.status == ChecklistStatus.DRAFT and row.on == today), None)
    may_screen = actor.may(Permission.SCREEN_PATIENTS) and not patient.deceased
    url = reverse("checklist", args=[draft.pk]) if draft else reverse("checklist_start", args=[patient.pk])
    label = _("Go on with today's checklist") if draft else _("Begin today's checklist")
    return Section(
        title=_("Contraindication checklists"),
        template="patients/screening/section.html",
        context={
            "checklists": [{"row": row, "chip": _chip(row)} for row in checklists],
            "clearances": [
                {"row": row, "about": Rule(row.rule).label, "chip": standing_chip(row, today)} for row in clearances
            ],
        },
        action=SectionAction(label, url) if may_screen else None,
        step=_step(checklists, url if may_screen else "", label),
    )  # fmt: skip


def _chip(row: PatientChecklist) -> Chip:
    if row.status == ChecklistStatus.SIGNED:
        return chip_of(Outcome(row.outcome))
    if row.status == ChecklistStatus.ABANDONED:
        return Chip("plain", _("Left unsigned"), "")
    return Chip("wait", _("Not signed yet"), "")


def _step(checklists: list[PatientChecklist], url: str, label: str) -> WayStep:
    signed = next((row for row in checklists if row.status == ChecklistStatus.SIGNED), None)
    if signed is None:
        sentence = _("Take the contraindication checklist.")
    elif signed.outcome == Outcome.PROCEED:
        return WayStep(_("Checklist"), done=True)
    else:
        sentence = _("The last checklist came to “%(outcome)s”: %(reasons)s Take a new one once that is settled.") % {
            "outcome": signed.get_outcome_display(), "reasons": " ".join(signed_reasons(signed)),
        }  # fmt: skip
    stopped = signed is not None and signed.outcome == Outcome.STOP
    return WayStep(_("Checklist"), done=False, sentence=sentence, url=url, action=label, stopped=stopped)
