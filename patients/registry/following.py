"""What comes after a signed paper: the next step of the way through a session, as the patient's page has it."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.registry.overview import WayStep, overview_for, sees_the_way, way, without_refused
from patients.screening.queries import signed_checklist


def next_step(actor: Actor, patient_id: int, today: date) -> WayStep | None:
    """Return what to do next for the patient `patient_id`; None for whoever doesn't see the whole way. Two queries.

    Once every step to the first session is done, that is today's checklist, and then the plan: the session is begun
    there, and what still stops it is the gate's to say.
    """
    if not sees_the_way(actor):
        return None
    found = overview_for(actor, patient_id, today)
    if found is None:
        return None
    facts = without_refused(found.facts)
    _steps, following = way(facts)
    if following is not None:
        return following
    if signed_checklist(found.patient, today) is None:
        may_screen = actor.may(Permission.SCREEN_PATIENTS) and not found.patient.deceased
        return WayStep(
            label=_("Checklist"), done=False, sentence=_("On the day of the session, take the checklist anew."),
            url=reverse("checklist_start", args=[patient_id]) if may_screen else "",
            action=_("Begin today's checklist"),
        )  # fmt: skip
    last = [fact for fact in facts if fact.step is not None and fact.url]
    return WayStep(
        label=_("Session"), done=False, url=last[-1].url if last else "", action=_("Go to the plan"),
        sentence=_("Begin the session from the plan, once it is due, and scan the vial there."),
    )  # fmt: skip
