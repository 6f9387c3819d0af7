"""The contraindication checklist of a day: begun, answered item by item, signed."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.canonical import Written
from clinic.dates import second_text
from clinic.documents.services import seal
from clinic.errors import Refused, StaleWrite, Way
from clinic.pieces import fetch, lock
from clinic.signing.models import Meaning
from clinic.signing.rows import rows_said
from clinic.signing.services import Confirmed, manifestation, sign
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.importing.queries import facts_by_rule
from patients.registry.models import Patient
from patients.screening.clearances import give_clearance, withdraw_clearance
from patients.screening.contraindications import judge
from patients.screening.documents import signed_content
from patients.screening.extras import clean_extra
from patients.screening.kinds import is_asked
from patients.screening.loading import candidate, load
from patients.screening.models import ChecklistAnswer, ChecklistStatus, PatientChecklist
from patients.screening.on_record import contradicted
from patients.screening.outcomes import Answer
from patients.screening.reported import facts_in_words
from protocols.checklists.models import ChecklistItem, ChecklistVersion, Rule
from protocols.checklists.rules import fine_answer
from protocols.decisions.queries import active
from protocols.decisions.states import State
from protocols.formulations.models import FormulationVersion, Ingredient

__all__ = [
    "abandon_earlier", "answer_item", "choose_formulation", "give_clearance", "sign_checklist", "start_checklist",
    "way_to_new",
    "withdraw_clearance",
]  # fmt: skip

DETAIL = 500

REPLACED = gettext_lazy(
    "The checklist was replaced by a new version while this one was being answered. Begin a new one; nothing of this "
    "one is carried over."
)


class AlreadyOpen(Refused):
    """The patient's checklist of today is open already; `checklist` is it."""

    def __init__(self, checklist: PatientChecklist) -> None:
        super().__init__(
            _("A checklist for %(formulation)s is open today. Go on with it, or change its formulation there.")
            % {"formulation": checklist.formulation_version.formulation}
        )
        self.checklist = checklist


@unit_of_work
def start_checklist(
    *, by: Actor, patient: Patient, formulation_version: FormulationVersion, submission_key: uuid.UUID, at: datetime
) -> PatientChecklist:
    """Begin today's checklist for `patient` and the formulation intended, all questions unanswered.

    Today's open checklist for the same formulation is returned as it is; one of an earlier day is left
    unsigned for good, never carried forward. Raises AlreadyOpen when today's is for another formulation, Refused
    for a deceased patient, a formulation not in force here, or when the site has no checklist in force.
    """
    by.require(Permission.SCREEN_PATIENTS)
    locked = Patient.objects.for_site(by.site).select_for_update(no_key=True).get(pk=patient.pk)
    if made := already_submitted(PatientChecklist, submission_key, site=by.site):
        return made
    if locked.deceased:
        raise Refused(_("This patient is recorded as deceased. Correct the entry first if that is wrong."))
    if formulation_version.site_id != by.site.pk or formulation_version.status != State.APPROVED:
        raise Refused(_("Choose one of the formulations in force."), field="formulation")
    version = active(ChecklistVersion, by.site)
    if version is None:
        raise Refused(_("This site has no approved checklist yet. A physician must approve one first."))
    on = clock.local(at, by.site).date()
    drafts = PatientChecklist.objects.filter(patient=locked, status=ChecklistStatus.DRAFT)
    for draft in drafts.select_related("formulation_version__formulation").select_for_update(of=("self",), no_key=True):
        if draft.on == on and draft.version_id == version.pk:
            if draft.formulation_version_id != formulation_version.pk:
                raise AlreadyOpen(draft)
            return draft
        abandon_earlier(by=by, draft=draft, at=at)
    checklist = PatientChecklist(
        patient=locked, site=by.site, version=version, formulation_version=formulation_version, on=on, started_at=at,
        started_by=by.user, submission_key=submission_key,
    )  # fmt: skip
    checklist.save()
    record(
        by=by, action=Action.CREATE, subject=checklist, patient=locked, at=at,
        after={"on": on, "version": version.number, "formulation": str(formulation_version)},
    )  # fmt: skip
    return checklist


@unit_of_work
def abandon_earlier(*, by: Actor, draft: PatientChecklist, at: datetime) -> None:
    """Leave the unsigned checklist of an earlier day (or of a replaced version) as it is, for good."""
    draft.status = ChecklistStatus.ABANDONED
    draft.row_version += 1
    draft.save(update_fields=["status", "row_version"])
    record(
        by=by, action=Action.END, subject=draft, patient=draft.patient_id, at=at,
        reason=_("Begun on an earlier day or before the checklist was replaced, and not signed."),
        at_the_end=lambda: rows_said(PatientChecklist, draft.pk),
    )  # fmt: skip


@unit_of_work
def choose_formulation(
    *, by: Actor, checklist: PatientChecklist, formulation_version: FormulationVersion, at: datetime
) -> PatientChecklist:
    """Change the formulation intended on an open checklist; the answers stay, the verdict follows."""
    by.require(Permission.SCREEN_PATIENTS)
    locked = _open_today(by, checklist, at)
    if formulation_version.site_id != by.site.pk or formulation_version.status != State.APPROVED:
        raise Refused(_("Choose one of the formulations in force."), field="formulation")
    if locked.formulation_version_id == formulation_version.pk:
        return locked
    before = str(locked.formulation_version)
    locked.formulation_version = formulation_version
    locked.row_version += 1
    locked.save(update_fields=["formulation_version", "row_version"])
    record(
        by=by, action=Action.CHANGE, subject=locked, patient=locked.patient_id, at=at,
        before={"formulation": before}, after={"formulation": str(formulation_version)},
    )  # fmt: skip
    return locked


@unit_of_work
def answer_item(
    *,
    by: Actor,
    checklist: PatientChecklist,
    item: ChecklistItem,
    answer: str,
    extra: Mapping[str, Any] | None = None,
    detail: str = "",
    row_version: int | None = None,
    at: datetime,
) -> ChecklistAnswer:
    """Save the answer to one question of an open checklist, in place of an earlier one.

    `extra` is what the rule asks besides (see `extras`). What doesn't belong to the answer, as all detail under a no,
    is dropped; the trail keeps what it was. What was confirmed to be cleared is confirmed anew when the answer changes.
    `row_version` is the checklist's as the person saw it: raises StaleWrite when something was answered since. The
    same answer again writes nothing, so that a request sent twice is harmless. Raises Refused when the checklist is
    signed, of an earlier day, or asks no such question today.
    """
    by.require(Permission.SCREEN_PATIENTS)
    locked = _open_today(by, checklist, at)
    if item.version_id != locked.version_id:
        raise Refused(_("This question isn't part of the checklist. Load the page again."))
    if item.rule == Rule.FIVE_ARI and not is_asked(item.rule, candidate(locked.formulation_version)):
        raise Refused(_("This question isn't asked for the formulation intended. Load the page again."))
    if answer not in Answer.values:
        raise Refused(_("Choose yes, no or not sure."), field="answer")
    detail = " ".join(detail.split())
    if len(detail) > DETAIL:
        raise Refused(_("Write at most %(most)s characters here.") % {"most": DETAIL}, field="detail")
    if answer == fine_answer(item.rule):
        detail = ""  # it belonged to what something followed from; the trail keeps it
    cleaned = clean_extra(item.rule, answer, extra or {}, ingredients=_known_ingredients(by, item))
    found = fetch(ChecklistAnswer, (), checklist=locked.pk, item=item.pk)
    row = found[0] if found else None
    before = _said(row) if row else None
    if before and _no_longer_confirmed(before, answer, cleaned, detail):
        del cleaned["cleared"]
    row = row or ChecklistAnswer(item=item, question=item.question)
    row.checklist, row.answer, row.extra, row.detail = locked, answer, cleaned, detail
    if _said(row) == before:
        return row
    if row_version is not None and row_version != locked.row_version:
        raise StaleWrite(_("Somebody else is answering this checklist too. Read what it says now, then save again."))
    row.answered_at, row.answered_by = at, by.user
    row.save()
    locked.row_version += 1
    PatientChecklist.objects.filter(pk=locked.pk).update(row_version=locked.row_version)
    record(
        by=by, action=Action.CHANGE if before else Action.CREATE, subject=row, patient=locked.patient_id, at=at,
        before=before, after={"question": item.code, **_said(row)},
    )  # fmt: skip
    return row


@unit_of_work
def sign_checklist(
    *, by: Actor, checklist: PatientChecklist, confirmed: Confirmed, row_version: int | None = None, at: datetime
) -> PatientChecklist:
    """Sign the completely answered checklist, whatever it comes to, and seal its document.

    `row_version` is what the signer saw: raises StaleWrite when an answer changed since. Raises Refused with what
    is missing, or contradicts the clinic's own records, one sentence each. The signer's second click returns the
    signed checklist.
    """
    by.require(Permission.SCREEN_PATIENTS)
    locked = _locked(by, checklist)
    if locked.status == ChecklistStatus.SIGNED and locked.signed_by_id == by.user.pk:
        return locked
    require_open_today(by, locked, at)
    if row_version is not None and row_version != locked.row_version:
        raise StaleWrite(_("An answer changed since you saw this page. Read the checklist again, then sign."))
    loaded = load(locked, locked.on)
    if locked.is_replaced:
        raise Refused(str(REPLACED), way=way_to_new(locked))
    if locked.formulation_version.status != State.APPROVED:
        raise Refused(
            _("%(formulation)s was replaced meanwhile. Choose one in force on the checklist: the answers stay.")
            % {"formulation": locked.formulation_version}
        )
    verdict = judge(loaded.case)
    if verdict.missing:
        raise Refused(
            _("The checklist isn't complete yet. Nothing was signed."), reasons=[gap.words for gap in verdict.missing]
        )
    if against := contradicted(loaded.case):
        raise Refused(
            _("An answer contradicts what the clinic has on record. Nothing was signed."),
            reasons=[gap.words for gap in against],
            way=Way(_("Take the patient's consent"), reverse("consent_new", args=[locked.patient_id]))
            if loaded.case.consented_on is None and by.may(Permission.TAKE_CONSENT)
            else None,
        )
    facts = facts_by_rule(locked.patient)
    reported = {rule: facts_in_words(told) for rule, told in facts.items()}
    content = Written(signed_content(loaded, verdict, reported=reported))
    signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.ASSESSED, subject=locked, content=content, at=at,
        patient=locked.patient, is_first=True,
    )  # fmt: skip
    locked.status, locked.outcome, locked.verdict = ChecklistStatus.SIGNED, verdict.outcome, content["verdict"]
    locked.signed_at, locked.signed_by, locked.signature = at, by.user, signature
    locked.row_version += 1
    locked.save(update_fields=["status", "outcome", "verdict", "signed_at", "signed_by", "signature", "row_version"])
    record(
        by=by, action=Action.CHANGE, subject=locked, patient=locked.patient_id, at=at,
        before={"status": ChecklistStatus.DRAFT}, after={"status": locked.status, "outcome": locked.outcome},
    )  # fmt: skip
    seal(
        by=by, kind="checklist", subject=locked, patient=locked.patient, at=at,
        subject_version=str(locked.version.number), is_new=True,
        content=content.also(signatures=[manifestation(signature)]),
    )  # fmt: skip
    return locked


def _locked(by: Actor, checklist: PatientChecklist) -> PatientChecklist:
    locked = lock(PatientChecklist, pk=checklist.pk, site=by.site.pk)
    locked.site = by.site
    return locked


def _open_today(by: Actor, checklist: PatientChecklist, at: datetime) -> PatientChecklist:
    """Return the checklist, locked; raises Refused when it can't be answered any more."""
    locked = _locked(by, checklist)
    require_open_today(by, locked, at)
    return locked


def require_open_today(by: Actor, locked: PatientChecklist, at: datetime) -> None:
    """Raise Refused when the checklist is signed, was left unsigned, or isn't of the day of `at`."""
    if locked.status == ChecklistStatus.SIGNED:
        raise Refused(
            _(
                "%(name)s signed this checklist (%(at)s); it can't be changed. Begin a new one if something is "
                "different."
            )
            % {"name": locked.signed_by, "at": second_text(clock.local(locked.signed_at or at, by.site))},
            way=way_to_new(locked),
        )
    today: date = clock.local(at, by.site).date()
    if locked.status != ChecklistStatus.DRAFT or locked.on != today:
        raise Refused(
            _("This checklist was begun on an earlier day. Begin today's; nothing is carried over."),
            way=way_to_new(locked),
        )


def way_to_new(checklist: PatientChecklist) -> Way:
    """Return the way to a new checklist of the same patient, for whoever may answer one."""
    return Way(_("Begin a new checklist"), reverse("checklist_start", args=[checklist.patient_id]))


def _known_ingredients(by: Actor, item: ChecklistItem) -> set[int]:
    """Return the ingredients that a hypersensitivity can name: those of the site."""
    if item.rule != Rule.HYPERSENSITIVITY:
        return set()
    return set(Ingredient.objects.for_site(by.site).values_list("pk", flat=True))


def _no_longer_confirmed(before: dict[str, Any], answer: str, extra: dict[str, Any], detail: str) -> bool:
    """Whether what was confirmed to be cleared has changed since: then it must be confirmed anew."""
    if "cleared" not in extra or extra["cleared"] != before["extra"].get("cleared"):
        return False
    return (answer, extra, detail) != (before["answer"], before["extra"], before["detail"])


def _said(row: ChecklistAnswer) -> dict[str, Any]:
    return {"answer": str(row.answer), "extra": row.extra, "detail": row.detail}
