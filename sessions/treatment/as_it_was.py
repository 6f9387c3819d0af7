"""A session as it was at an earlier moment: its papers then, and since when something stops it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.amending.queries import amendments_about
from patients.consents.models import Consent
from patients.consents.queries import consent_by, was_changed, withdrawn_at
from patients.intake.queries import current_intake
from patients.intake.staging import Pathway
from patients.screening.ended import rested_on_words
from patients.screening.models import PatientChecklist
from patients.screening.queries import signed_checklist
from patients.screening.then import (
    decisions_by,
    ended_then,
    ended_under_then,
    standing_then,
    verdict_then,
)
from protocols.formulations.models import FormulationVersion
from protocols.risk.outdated import outdated_since
from protocols.risk.queries import unread_for_treating
from sessions.preparation.models import Vial, VialMovement
from sessions.treatment.given_under import keys_of
from sessions.treatment.models import InjectionZone, TreatmentSession
from sessions.treatment.papers import in_words
from sessions.treatment.queries import vial_drift
from sessions.treatment.then import Stopped, Then

type Papers = Mapping[str, Any]


def as_it_was(row: TreatmentSession, vial: Vial, at: datetime, stopped: list[Stopped]) -> tuple[Then, Papers]:
    """Return what is known of the moment `at` of the session `row` with `vial`, and its papers of then ({} for none).

    `stopped` is what `stopped_since` returned of the session. The papers of the last entry given before `at` are those
    of then where they still held; else the checklist and the consent that counted then are judged as they stood.
    """
    on = clock.local(at, row.site).date()
    checklist, consent = signed_checklist(row.patient, on, by=at), consent_by(row.patient, at)
    papers: Papers = {}
    reason_against = ""
    if checklist is not None and consent is not None:
        papers, reason_against = _papers_then(row, checklist, consent, vial.preparation.formulation_version, at)
        stopped = [*stopped, *_ends_of_checklist(checklist), *_ends_of_consent(row, consent)]
    beyond_use_at = vial.preparation.beyond_use_at
    if beyond_use_at is None:
        raise ValueError("a vial's preparation is signed and has a beyond-use time")
    then = Then(
        at=at, vial_at=row.vial_at or row.started_at, beyond_use_at=beyond_use_at,
        checklist_signed=checklist is not None, checklist_against=reason_against,
        consent_signed=consent is not None, stopped=tuple(stopped),
    )  # fmt: skip
    return then, papers


def _papers_then(
    row: TreatmentSession, checklist: PatientChecklist, consent: Consent, version: FormulationVersion, at: datetime
) -> tuple[Papers, str]:
    """Return the papers of `at` as they are kept with an entry, and why the checklist let nobody go on ("": it did)."""
    decisions, on = decisions_by(row.patient, at), checklist.on
    ended = ended_then(decisions, on, at)
    if (kept := _kept_before(row, at)) is not None:
        keys = keys_of(kept)
        cleared = {number for kind, number in keys if kind == "clearance"}
        if {("checklist", checklist.pk), ("consent", consent.pk)} <= keys and not cleared & ended.keys():
            return kept, ""
    standing = standing_then(decisions, at)
    consented_on = clock.local(consent.signed_at, row.site).date()
    verdict = verdict_then(checklist, standing, version=version, consented_on=consented_on, at=at)
    if verdict.lets_use(version.pk):
        return in_words(row, checklist, consent, verdict, standing), ""
    gone = [rested_on_words(each, row.site, on) for each in ended_under_then(checklist, ended)]
    return {}, " ".join(gone) or _("The checklist that counted then let no session go on.")


def _kept_before(row: TreatmentSession, at: datetime) -> Papers | None:
    """Return the papers of the last entry that was given by `at`; None where none was, or they weren't kept."""
    given = [(entry.given_at, entry) for entry in row.zones.all() if entry.given_at is not None]
    before: list[tuple[datetime, InjectionZone]] = [(when, entry) for when, entry in given if when <= at]
    return max(before, key=lambda one: (one[0], one[1].pk))[1].papers if before else None


def _ends_of_checklist(checklist: PatientChecklist) -> Iterator[Stopped]:
    known = vars(checklist)  # annotated, which no type knows
    if known["lost"] and checklist.signed_at:
        yield Stopped(
            checklist.signed_at,
            _("the checklist was amended, and somebody has deleted that in the database. Call the manager."),
        )
    elif known["amended"] and (first := amendments_about(checklist).first()) is not None:
        yield Stopped(first.amended_at, _("the checklist was amended, and counted no longer."))


def _ends_of_consent(row: TreatmentSession, consent: Consent) -> Iterator[Stopped]:
    """Yield what made a consent count no longer, each with its moment."""
    if (taken_back := withdrawn_at(consent)) is not None:
        yield Stopped(taken_back, _("the consent was withdrawn."))
    if was_changed(consent) and taken_back is None:
        yield Stopped(
            consent.signed_at,
            _("the consent was amended, and somebody has deleted that in the database. Call the manager."),
        )
    elif vars(consent)["amended"] and (first := amendments_about(consent).first()) is not None:
        yield Stopped(first.amended_at, _("the consent was amended, and counted no longer."))
    changed = outdated_since(consent.script_version, consent.signed_at, row.plan.formulation_id)
    if changed is not None:
        yield Stopped(changed, _("a protocol was changed that patients consent to anew."))


def stopped_since(row: TreatmentSession, vial: Vial, *, by: Actor) -> list[Stopped]:
    """Return what stops the session `row` with `vial` now, whatever its papers, where it is known since when.

    Of some it isn't: that the patient died, that a photograph counts no longer. Whoever says when they injected says
    that it was before.
    """
    return list(_stopped_since(row, vial, by))


def _stopped_since(row: TreatmentSession, vial: Vial, by: Actor) -> Iterator[Stopped]:
    version = vial.preparation.formulation_version
    if version.retired_at is not None:
        yield Stopped(version.retired_at, _("%(version)s isn't in force any more.") % {"version": version})
    intake = current_intake(row.patient)
    if intake is not None and intake.pathway != Pathway.MESOTHERAPY:
        yield Stopped(intake.taken_at, _("the stage is one for surgical assessment, not for mesotherapy."))
    for change in unread_for_treating(by, row.planned.plan.formulation_id):
        yield Stopped(change.approved_at, _("%(version)s waits for your signature.") % {"version": change})
    if vial_drift(row) and (drawn := _drawn_elsewhere(row, vial)) is not None:
        yield Stopped(drawn.moved_at, _("the vial was drawn from elsewhere. Scan it again."))


def _drawn_elsewhere(row: TreatmentSession, vial: Vial) -> VialMovement | None:
    """Return the first movement that left less in the vial than was counted when it was scanned for the session."""
    left_ul = vial.volume_ul
    for movement in vial.movements.order_by("id"):
        left_ul -= movement.volume_ul
        if row.vial_start_ul is not None and left_ul < row.vial_start_ul:
            found: VialMovement = movement
            return found
    return None
