"""What comes after a signed paper: the one thing that is next, as the patient's page has it."""

from datetime import date

from clinic.accounts.actors import Actor
from patients.registry.overview import WayStep, overview_for, sees_the_way, way, without_refused


def next_step(actor: Actor, patient_id: int, today: date) -> WayStep | None:
    """Return what to do next for the patient `patient_id`; None for whoever doesn't see the whole way. One query.

    Once every step to the first session is done, that is a session that is due: today's checklist first, and then the
    plan, where it is begun; what still stops it is the gate's to say.
    """
    if not sees_the_way(actor):
        return None
    found = overview_for(actor, patient_id, today)
    if found is None or found.patient.deceased:
        return None
    _steps, following = way(without_refused(found.facts))
    return following


def next_or_under_way(actor: Actor, patient_id: int, today: date, *, fresh: bool) -> WayStep | None:
    """Return what to do next beside a paper that is `fresh`; beside any other a session in progress, else None."""
    following = next_step(actor, patient_id, today)
    return following if fresh or (following is not None and following.under_way) else None
