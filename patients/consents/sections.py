"""Consents on the patient's page."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.consents.queries import consents_of, is_in_force
from patients.registry.models import Patient
from patients.registry.sections import Section, SectionAction, WayStep, patient_section

SHOWN = 4


@patient_section(300, Permission.TAKE_CONSENT, Permission.VIEW_DOCUMENTS, step=True)
def consents(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The latest consents, and whether one is in force; one query."""
    rows = list(consents_of(patient)[:SHOWN])
    given = bool(rows) and is_in_force(rows[0])
    shown = [
        {"row": row, "withdrawn": hasattr(row, "withdrawal"), "in_force": given and place == 0}
        for place, row in enumerate(rows)
    ]
    may_take = actor.may(Permission.TAKE_CONSENT) and not patient.deceased
    url = reverse("consent_new", args=[patient.pk]) if may_take else ""
    return Section(
        title=_("Consent"),
        template="patients/consents/section.html",
        context={"consents": shown},
        action=SectionAction(_("Take consent"), url) if may_take and not given else None,
        step=WayStep(
            _("Consent"), done=given, sentence=_("Take the patient's consent."), url=url, action=_("Take consent")
        ),
    )
