"""The pages about one patient."""

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.components.layout import Tab
from patients.registry.models import Patient


def patient_tabs(actor: Actor, patient: Patient, current: str) -> list[Tab]:
    """Return the pages about `patient` that `actor` may open; `current` is the name of the view that is open."""
    pages = [(_("Overview"), "patient"), (_("History"), "patient_history")]
    if actor.may(Permission.VIEW_TRAIL):
        pages.append((_("Record trail"), "patient_trail"))
    return [Tab(label, reverse(name, args=[patient.pk]), current=name == current) for label, name in pages]
