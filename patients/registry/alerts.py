"""Beside the patient's name on every page: somebody whom the site doesn't treat for being too young."""

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.permissions import Permission
from clinic.components.alerts import Alert, Beside, patient_alerts
from patients.registry.identity import born_at_latest, under_age


@patient_alerts(Permission.VIEW_PATIENTS)
def has_died(beside: Beside) -> list[Alert]:
    """Say that the patient has died."""
    return [Alert("stop", _("Deceased"))] if beside[1].deceased else []


@patient_alerts(Permission.VIEW_PATIENTS)
def too_young(beside: Beside) -> list[Alert]:
    """Say that the patient is below the site's minimum age, as far as anything is known of the date of birth."""
    actor, patient = beside
    if born_at_latest(patient) is None:
        return []
    words = under_age(patient, site=actor.site, on=clock.today(actor.site))
    return [Alert("stop", words)] if words else []
