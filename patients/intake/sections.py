"""The intake on the patient's page."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.intake.models import Intake
from patients.intake.queries import intakes_of
from patients.intake.staging import Pathway, Scale, Stage
from patients.registry.models import Patient
from patients.registry.sections import Section, SectionAction, WayStep, patient_section

EARLIER_SHOWN = 8


@patient_section(100, Permission.RECORD_INTAKE, Permission.VIEW_DOCUMENTS, step=True)
def intake_section(actor: Actor, patient: Patient, at: datetime) -> Section:
    """Why the patient comes and the stage, with what was recorded before."""
    rows = list(intakes_of(patient).order_by("-taken_at", "-id")[: EARLIER_SHOWN + 1])
    current = rows[0] if rows else None
    may_record = actor.may(Permission.RECORD_INTAKE)
    url = reverse("intake_new", args=[patient.pk]) if may_record else ""
    corrected = {row.corrects_id for row in rows if row.corrects_id}
    return Section(
        title=_("Intake"),
        template="patients/intake/section.html",
        context={
            "current": current,
            "words": Stage(Scale(current.scale), current.stage).words if current else "",
            "surgical": current is not None and current.pathway == Pathway.SURGICAL_ASSESSMENT,
            "earlier": [{"intake": row, "corrected": row.pk in corrected} for row in rows[1:]],
            "correct_url": reverse("intake_correct", args=[current.pk]) if current and may_record else "",
        },
        action=SectionAction(_("New intake") if current else _("Take the intake"), url) if url else None,
        step=_step(current, url),
    )


def _step(current: Intake | None, url: str) -> WayStep:
    if current is None:
        return WayStep(
            _("Intake"), done=False, url=url, action=_("Take the intake"),
            sentence=_("Take the intake: what the patient comes for, and the stage."),
        )  # fmt: skip
    if current.pathway == Pathway.SURGICAL_ASSESSMENT:
        return WayStep(
            _("Intake"), done=False, stopped=True, ends=True,
            sentence=_("%(stage)s: refer for surgical assessment. There is no treatment plan for this stage.")
            % {"stage": current},
        )  # fmt: skip
    return WayStep(_("Intake"), done=True)
