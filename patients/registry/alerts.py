"""Beside the patient's name on every page: somebody whom the site doesn't treat for being too young."""

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.components.alerts import Alert, patient_alerts
from patients.registry.identity import under_age
from patients.registry.models import Patient


@patient_alerts(Permission.VIEW_PATIENTS)
def too_young(actor: Actor, patient: Patient) -> list[Alert]:
    """Say that the patient is below the site's minimum age; no query."""
    if patient.birth_date is None or not (words := under_age(patient, site=actor.site, on=clock.today(actor.site))):
        return []
    return [Alert("stop", words)]
