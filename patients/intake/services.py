"""Taking an intake, and correcting one by a new one."""

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.errors import Refused, StaleWrite
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.intake.models import STAGE_MAY_NOT_APPLY, Indication, Intake
from patients.intake.queries import current_intake
from patients.intake.staging import Pathway, Scale, Stage, UnknownStageError
from patients.registry.models import Patient

SHORTEST_REASON = 3


@unit_of_work
def take_intake(
    *,
    by: Actor,
    patient: Patient,
    indication: str,
    scale: str,
    stage: str,
    notes: str = "",
    corrects: Intake | None = None,
    correction_reason: str = "",
    seen: int | None = None,
    submission_key: uuid.UUID,
    at: datetime,
) -> Intake:
    """Record why `patient` comes and the stage; Norwood VI-VII and Ludwig III lead to surgical assessment.

    `Scale.NONE` with an empty stage says that neither scale applies. A correction (`corrects`, with its reason) is a
    new intake that points at the one it replaces, which stays. `seen` is the number of the latest intake that whoever
    takes a new one knew of, 0 for none: a newer one isn't overruled unseen.

    Raises Refused for a stage that the scale doesn't have, "not applicable" where a stage is required, an indication
    that isn't one of ours, a correction without a reason or of somebody else's intake, and for a way back from surgical
    assessment without a note of what was found since; StaleWrite when the intake was replaced meanwhile.
    """
    by.require(Permission.RECORD_INTAKE)
    Patient.objects.for_site(by.site).select_for_update(no_key=True).get(pk=patient.pk)
    if made := already_submitted(Intake, submission_key, site=by.site):
        return made
    if indication not in Indication.values:
        raise Refused(_("Choose what the patient comes for."), field="indication")
    judged = _stage(scale, stage)
    if judged.scale == Scale.NONE and indication not in STAGE_MAY_NOT_APPLY:
        raise Refused(
            _("%(indication)s always has a stage. Look again and choose it.")
            % {"indication": Indication(indication).label},
            field="stage",
        )
    reason = correction_reason.strip()
    if corrects is None and seen is not None:
        _check_seen(by, patient, seen)
    if corrects is not None:
        _check_correction(by, patient, corrects, reason)
    elif judged.pathway != Pathway.SURGICAL_ASSESSMENT:
        _check_way_back(patient, notes.strip())
    intake = Intake.add(
        patient=patient, site=by.site, indication=indication, scale=judged.scale, stage=judged.name,
        pathway=judged.pathway, notes=notes.strip(), taken_at=at, taken_by=by.user, corrects=corrects,
        correction_reason=reason if corrects else "", submission_key=submission_key,
    )  # fmt: skip
    record(
        by=by, action=Action.CREATE, subject=intake, patient=patient, at=at, reason=reason if corrects else "",
        before=_said(corrects) if corrects else None, after=_said(intake),
    )  # fmt: skip
    return intake


def _stage(scale: str, stage: str) -> Stage:
    if scale not in Scale.values:
        raise Refused(_("Choose the scale."), field="scale")
    try:
        return Stage(Scale(scale), stage)
    except UnknownStageError:
        raise Refused(_("Choose a stage of this scale."), field="stage") from None


def _check_seen(by: Actor, patient: Patient, seen: int) -> None:
    current = current_intake(patient)
    if current is None or current.pk == seen:
        return
    told = (
        _("You saved an intake in another window meanwhile: %(stage)s. Saving once more puts this in its place.")
        if current.taken_by_id == by.user.pk
        else _("%(name)s saved an intake meanwhile: %(stage)s. Look at it; saving once more puts yours in its place.")
    )
    raise StaleWrite(told % {"name": current.taken_by.full_name, "stage": current})


def _check_correction(by: Actor, patient: Patient, corrects: Intake, reason: str) -> None:
    if corrects.patient_id != patient.pk:
        raise Refused(_("That intake is another patient's."))
    if len(reason) < SHORTEST_REASON:
        raise Refused(_("Say what was wrong, so that the correction can be understood."), field="correction_reason")
    current = current_intake(patient)
    if current is None or current.pk != corrects.pk:
        own = current is not None and current.taken_by_id == by.user.pk
        raise StaleWrite(
            _("You recorded an intake in another window. Look at it before you correct.") if own
            else _("Somebody else recorded an intake meanwhile. Look at it before you correct.")
        )  # fmt: skip


def _check_way_back(patient: Patient, notes: str) -> None:
    """Raise Refused where the last intake asked for surgical assessment and nothing is said of what was found since."""
    current = current_intake(patient)
    if current is None or current.pathway != Pathway.SURGICAL_ASSESSMENT or len(notes) >= SHORTEST_REASON:
        return
    told = _(
        "The last intake, %(stage)s, asked for surgical assessment. Say here what was found since. If that stage was "
        "recorded wrongly, correct that intake instead."
    )
    raise Refused(told % {"stage": current}, field="notes")


def _said(intake: Intake) -> dict[str, str]:
    return {
        "indication": intake.indication, "scale": intake.scale, "stage": intake.stage, "pathway": intake.pathway,
        "notes": intake.notes,
    }  # fmt: skip
