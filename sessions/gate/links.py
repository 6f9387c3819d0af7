"""Where each stop is dealt with, and for whom the page opens that it leads to."""

from collections.abc import Iterable
from dataclasses import replace

from django.urls import reverse

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.photos.models import PhotoSet, Purpose
from sessions.gate.stops import Stop, StopCode, beforehand
from sessions.plans.models import PlannedSession

#: Who may open the page that a stop leads to; others read the reason without a link.
PERMISSIONS: dict[StopCode, Permission] = {
    StopCode.DECEASED: Permission.VIEW_PATIENTS,
    StopCode.UNDER_AGE: Permission.VIEW_PATIENTS,
    StopCode.SURGICAL_ASSESSMENT: Permission.VIEW_PATIENTS,
    StopCode.NO_INTAKE: Permission.VIEW_PATIENTS,
    StopCode.NO_CHECKLIST: Permission.SCREEN_PATIENTS,
    StopCode.CHECKLIST_VERDICT: Permission.SCREEN_PATIENTS,
    StopCode.FORMULATION_CLOSED: Permission.PLAN_TREATMENT,
    StopCode.NO_CONSENT: Permission.TAKE_CONSENT,
    StopCode.CONSENT_WITHDRAWN: Permission.VIEW_PATIENTS,
    StopCode.CONSENT_LACKS_LINES: Permission.TAKE_CONSENT,
    StopCode.FORMULATION_CHANGED: Permission.TAKE_CONSENT,
    StopCode.NOT_ALLOWED_HERE: Permission.VIEW_PROTOCOLS,
    StopCode.NO_BASELINE: Permission.TAKE_PHOTOS,
    StopCode.BASELINE_TOO_OLD: Permission.TAKE_PHOTOS,
    StopCode.FORMULATION_NOT_ACTIVE: Permission.VIEW_PROTOCOLS,
    StopCode.NO_VIAL: Permission.PREPARE,
    StopCode.VIAL_FOR_ANOTHER: Permission.PREPARE,
    StopCode.VIAL_BEYOND_USE: Permission.PREPARE,
    StopCode.VIAL_WRONG_FORMULATION: Permission.PREPARE,
    StopCode.VIAL_EMPTY: Permission.PREPARE,
    StopCode.AUDIT_NOT_PHOTOGRAPHED: Permission.TAKE_PHOTOS,
    StopCode.AUDIT_UNSIGNED: Permission.VIEW_AUDIT,
    StopCode.AUDIT_DECIDED_OTHERWISE: Permission.PLAN_TREATMENT,
}


def passable(by: Actor, found: Iterable[Stop]) -> list[Stop]:
    """Return `found` with the addresses left out that don't open for `by`."""
    return [stop if may_follow(by, stop) else replace(stop, url="") for stop in found]


def may_follow(by: Actor, stop: Stop) -> bool:
    """Whether the page that a stop leads to opens for `by`."""
    wanted = PERMISSIONS.get(stop.code)
    return wanted is None or by.may(wanted)


def another_plan(plan_id: int) -> str:
    """Return where a plan is ended, which comes before another one."""
    return f"{reverse('plan', args=[plan_id])}#end"


def links_for(planned: PlannedSession) -> dict[StopCode, str]:
    """Return where each stop is dealt with."""
    patient_id = planned.plan.patient_id
    checklist = reverse("checklist_start", args=[patient_id])
    photos = _photo_link(patient_id)
    plan = reverse("plan", args=[planned.plan_id])
    return {
        StopCode.DECEASED: reverse("patient", args=[patient_id]),
        StopCode.UNDER_AGE: reverse("patient", args=[patient_id]),
        StopCode.PLAN_ENDED: plan,
        StopCode.TOO_EARLY: plan,
        StopCode.SURGICAL_ASSESSMENT: reverse("patient", args=[patient_id]),
        StopCode.NO_INTAKE: reverse("patient", args=[patient_id]),
        StopCode.NO_CHECKLIST: checklist,
        StopCode.CHECKLIST_VERDICT: checklist,
        StopCode.FORMULATION_CLOSED: another_plan(planned.plan_id),
        StopCode.NO_CONSENT: reverse("consent_new", args=[patient_id]),
        StopCode.CONSENT_WITHDRAWN: reverse("patient", args=[patient_id]),
        StopCode.CONSENT_LACKS_LINES: reverse("consent_new", args=[patient_id]),
        StopCode.FORMULATION_CHANGED: reverse("consent_new", args=[patient_id]),
        StopCode.UNREAD_CHANGES: reverse("unread_changes"),
        StopCode.NOT_ALLOWED_HERE: reverse("protocol_list"),
        StopCode.NO_BASELINE: photos,
        StopCode.BASELINE_TOO_OLD: photos,
        StopCode.FORMULATION_NOT_ACTIVE: reverse("protocol_list"),
        StopCode.NO_VIAL: reverse("preparation_new"),
        StopCode.VIAL_FOR_ANOTHER: reverse("preparation_new"),
        StopCode.VIAL_BEYOND_USE: reverse("preparation_new"),
        StopCode.VIAL_WRONG_FORMULATION: reverse("preparation_new"),
        StopCode.VIAL_EMPTY: reverse("preparation_new"),
    }


def _photo_link(patient_id: int) -> str:
    open_set = PhotoSet.objects.filter(patient_id=patient_id, purpose=Purpose.BASELINE).still_open().first()
    return reverse("photo_set", args=[open_set.pk]) if open_set else reverse("photo_set_new", args=[patient_id])


def no_version_in_force() -> Stop:
    """Return the stop of a session whose plan's formulation has no version in force."""
    (stop,) = beforehand(None, None, {StopCode.FORMULATION_NOT_ACTIVE: reverse("protocol_list")})
    return stop
