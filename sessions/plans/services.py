"""Making, moving on and ending treatment plans."""

import uuid
from datetime import date, datetime, timedelta

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.errors import Refused, Way
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.registry.models import Patient
from protocols.decisions.queries import active
from protocols.decisions.states import State
from protocols.formulations.models import Formulation
from protocols.treatment.models import TreatmentProtocolVersion
from sessions.plans.models import Phase, PlannedSession, TreatmentPlan
from sessions.plans.queries import last_loading_on, stopped_plan, waiting, why_no_plan
from sessions.plans.rhythm import rhythm_of
from sessions.plans.schedule import (
    first_maintenance_on,
    later_loading_dates,
    loading_dates,
    next_maintenance_on,
    soonest_loading_on,
)

#: A plan begins today or within this time; further ahead nobody knows the patient's state.
FURTHEST_START = timedelta(days=180)
#: A session is moved within this time; a year mistyped would take the patient off every list.
FURTHEST_MOVE = timedelta(days=366)


@unit_of_work
def make_plan(
    *, by: Actor, patient: Patient, formulation: Formulation, first_on: date, submission_key: uuid.UUID, at: datetime,
    again_reason: str = "",
) -> TreatmentPlan:  # fmt: skip
    """Make the plan of a patient under the protocol in force, with its loading sessions and first maintenance.

    Raises Refused when there is a plan already, when the patient is below the site's minimum age, when the stage is one
    for surgical assessment, when protocol or formulation isn't in force, or when `first_on` is in the past or half a
    year ahead. After treatment was stopped only somebody who gives clearances makes a plan again, and says why.
    """
    by.require(Permission.PLAN_TREATMENT)
    if made := already_submitted(TreatmentPlan, submission_key, site=by.site):
        return made
    # As the entry is now: a date of birth may have been put right since.
    locked = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    protocol = _may_plan(by=by, patient=locked, formulation=formulation, first_on=first_on, at=at)
    again_reason = _why_again(by=by, patient=patient, reason=" ".join(again_reason.split()))
    plan = TreatmentPlan.objects.create(
        patient=patient, site=by.site, protocol_version=protocol, formulation=formulation, first_on=first_on,
        created_at=at, created_by=by.user, submission_key=submission_key, again_reason=again_reason,
    )  # fmt: skip
    rhythm = rhythm_of(protocol)
    for number, due_on in enumerate(loading_dates(first_on, rhythm), start=1):
        PlannedSession.objects.create(plan=plan, site=by.site, phase=Phase.LOADING, ordinal=number, due_on=due_on)
    PlannedSession.objects.create(
        plan=plan, site=by.site, phase=Phase.MAINTENANCE, ordinal=1, due_on=first_maintenance_on(first_on, rhythm)
    )
    record(
        by=by, action=Action.CREATE, subject=plan, patient=patient, at=at,
        reason=again_reason, after={"formulation": str(formulation), "protocol": protocol.number, "first_on": first_on},
    )  # fmt: skip
    return plan


def _why_again(*, by: Actor, patient: Patient, reason: str) -> str:
    """Return the reason for a plan after treatment was stopped, "" where it wasn't; Refused without one."""
    stopped = stopped_plan(patient)
    if stopped is None:
        return ""
    if not by.may(Permission.GIVE_CLEARANCE):
        raise Refused(
            _("Treatment was stopped: %(reason)s. A physician decides whether it begins again, and makes the plan.")
            % {"reason": stopped.end_reason}
        )
    if len(reason) < 3:
        raise Refused(_("Treatment was stopped. Say why it begins again."), field="again_reason")
    return reason


def _may_plan(
    *, by: Actor, patient: Patient, formulation: Formulation, first_on: date, at: datetime
) -> TreatmentProtocolVersion:
    today = clock.local(at, by.site).date()
    if words := why_no_plan(patient, site=by.site, on=today):
        raise Refused(words)
    protocol = active(TreatmentProtocolVersion, by.site)
    if protocol is None:
        raise Refused(_("The site has no treatment protocol in force. A physician must approve one first."))
    if not formulation.versions.filter(status=State.APPROVED).exists():
        raise Refused(_("This formulation has no approved version in force. Choose another."), field="formulation")
    if not today <= first_on <= today + FURTHEST_START:
        raise Refused(
            _("The first session must be between today and %(day)s.") % {"day": day_text(today + FURTHEST_START)},
            field="first_on",
        )
    return protocol


@unit_of_work
def move_plan_on(*, by: Actor, planned: PlannedSession, done_on: date, at: datetime) -> None:
    """Mark `planned` done and plan what follows: later loading dates keep their interval, maintenance goes on."""
    plan = TreatmentPlan.objects.select_for_update(no_key=True).get(pk=planned.plan_id)
    planned.done_at = at
    planned.save(update_fields=["done_at"])
    rhythm = rhythm_of(plan.protocol_version)
    if planned.phase == Phase.LOADING:
        later = list(waiting(plan).filter(phase=Phase.LOADING))
        reason = _("the session before was given on another day than planned")
        _push_loading(by=by, plan=plan, later=later, after=done_on, reason=reason, at=at)
        return
    following, made = PlannedSession.objects.get_or_create(
        plan=plan, phase=Phase.MAINTENANCE, ordinal=planned.ordinal + 1,
        defaults={"site": plan.site, "due_on": next_maintenance_on(done_on, plan.first_on, rhythm)},
    )  # fmt: skip
    if made:
        record(
            by=by, action=Action.CREATE, subject=following, patient=plan.patient_id, at=at,
            after={"due_on": following.due_on},
        )  # fmt: skip


def _push_loading(
    *, by: Actor, plan: TreatmentPlan, later: list[PlannedSession], after: date, reason: str, at: datetime
) -> None:
    """Move the loading sessions `later`, in their order, so that each keeps its interval after the one on `after`."""
    days = later_loading_dates(after, [row.due_on for row in later], rhythm_of(plan.protocol_version))
    for row, day in zip(later, days, strict=True):
        _set_due_date(by=by, plan=plan, planned=row, due_on=day, reason=reason, at=at)
    # Maintenance comes after all loading sessions, whatever became of their days.
    last = max([after, *days])
    soonest = last + timedelta(days=plan.protocol_version.loading_interval_days)
    for row in waiting(plan).filter(phase=Phase.MAINTENANCE, due_on__lt=soonest):
        _set_due_date(by=by, plan=plan, planned=row, due_on=soonest, reason=reason, at=at)


def _set_due_date(
    *, by: Actor, plan: TreatmentPlan, planned: PlannedSession, due_on: date, reason: str, at: datetime
) -> None:
    if planned.due_on == due_on:
        return
    before, planned.due_on = planned.due_on, due_on
    planned.save(update_fields=["due_on"])
    record(
        by=by, action=Action.CHANGE, subject=planned, patient=plan.patient_id, at=at, before={"due_on": before},
        after={"due_on": due_on}, reason=reason,
    )  # fmt: skip


@unit_of_work
def move_due_date(*, by: Actor, planned: PlannedSession, due_on: date, reason: str, at: datetime) -> None:
    """Put a session that wasn't given on another day; later loading sessions keep their interval after it.

    Raises Refused when it is over, or when a loading session would come too soon after the last.
    """
    plan = TreatmentPlan.objects.select_for_update(no_key=True).get(pk=planned.plan_id)
    planned.refresh_from_db()
    if planned.done_at is not None or planned.cancelled_at is not None:
        raise Refused(_("This session is over. Only a session that is still due can be moved."))
    furthest = clock.local(at, by.site).date() + FURTHEST_MOVE
    if due_on > furthest:
        raise Refused(
            _("That is more than a year away. Choose %(day)s or sooner, or end the plan.")
            % {"day": day_text(furthest)},
            field="due_on",
        )
    later: list[PlannedSession] = []
    if planned.phase == Phase.LOADING:
        soonest = soonest_loading_on(last_loading_on(plan), rhythm_of(plan.protocol_version))
        if soonest is not None and due_on < soonest:
            raise Refused(
                _("That is too soon after the last session. Choose %(day)s or later.") % {"day": day_text(soonest)},
                field="due_on",
            )
        later = list(waiting(plan).filter(phase=Phase.LOADING, ordinal__gt=planned.ordinal))
    _set_due_date(by=by, plan=plan, planned=planned, due_on=due_on, reason=reason, at=at)
    if planned.phase == Phase.LOADING:
        _push_loading(
            by=by, plan=plan, later=later, after=due_on, reason=_("the session before was moved: %s") % reason, at=at
        )


@unit_of_work
def reschedule(*, by: Actor, planned: PlannedSession, due_on: date, reason: str, at: datetime) -> None:
    """Give a due session another day, with the reason: the patient missed it, or can't come.

    Raises Refused without a reason, for a day in the past, while the session is in progress, and as
    `move_due_date` does.
    """
    by.require(Permission.PLAN_TREATMENT)
    if len(reason.strip()) < 3:
        raise Refused(_("Say why the session is moved."), field="reason")
    if due_on < clock.local(at, by.site).date():
        raise Refused(_("The new day is in the past. Type the date again."), field="due_on")
    if given := planned.treatment_sessions.filter(status="open").first():
        raise Refused(
            _("This session is in progress. Sign it, or record that it did not proceed."), way=way_to_session(given, by)
        )
    move_due_date(by=by, planned=planned, due_on=due_on, reason=reason.strip(), at=at)


@unit_of_work
def end_plan(*, by: Actor, plan: TreatmentPlan, reason: str, at: datetime, for_good: bool = False) -> None:
    """End a plan and cancel what is still due; `for_good` when treatment stops. A second call changes nothing.

    Raises Refused without a reason, and while a session of the plan is in progress.
    """
    by.require(Permission.PLAN_TREATMENT)
    plan = TreatmentPlan.objects.for_site(by.site).select_for_update(no_key=True).get(pk=plan.pk)
    if plan.ended_at is not None:
        return
    if len(reason.strip()) < 3:
        raise Refused(_("Say why the plan ends."), field="reason")
    if given := plan.treatment_sessions.filter(status="open").first():
        raise Refused(
            _("A session of this plan is in progress. Sign it, or record that it did not proceed."),
            way=way_to_session(given, by),
        )
    plan.ended_at, plan.ended_by, plan.end_reason = at, by.user, reason.strip()
    plan.ended_for_good = for_good
    plan.save(update_fields=["ended_at", "ended_by", "end_reason", "ended_for_good"])
    plan.planned.filter(done_at=None, cancelled_at=None).update(cancelled_at=at)
    record(by=by, action=Action.END, subject=plan, patient=plan.patient_id, reason=reason, at=at)


def way_to_session(given: Model, by: Actor) -> Way | None:
    """Return the way to a session in progress, None for who may not read sessions."""
    url = reverse("treatment_session", args=[given.pk])
    return Way(_("Go to the session"), url) if by.may(Permission.READ_SESSIONS) else None
