"""Consents on the patient's page."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.consents.queries import consents_of
from patients.registry.models import Patient
from patients.registry.sections import Section, SectionAction, WayStep, patient_section
from protocols.decisions.states import State

SHOWN = 4


@patient_section(300, Permission.TAKE_CONSENT, Permission.VIEW_DOCUMENTS)
def consents(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The latest consents, and whether one is in force; one query."""
    rows = list(consents_of(patient).order_by("-signed_at", "-id")[:SHOWN])
    shown = [{"row": row, "withdrawn": hasattr(row, "withdrawal"), "in_force": _in_force(row)} for row in rows]
    given = any(item["in_force"] for item in shown)
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


def _in_force(row: object) -> bool:
    return not hasattr(row, "withdrawal") and row.script_version.status == State.APPROVED  # type: ignore[attr-defined]
