"""Paper forms in the patient's history."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.paper.queries import forms_of, rows_of
from patients.registry.models import Patient
from patients.registry.sections import Section, SectionAction, patient_section

SHOWN = 12


@patient_section(350, Permission.HANDLE_PAPER, Permission.VIEW_DOCUMENTS)
def paper_forms(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The latest blanks printed for the patient, and where each stands; one query."""
    today = clock.local(at, actor.site).date()
    may_print = actor.may(Permission.HANDLE_PAPER) and not patient.deceased
    return Section(
        id="paper",
        title=_("Paper forms"),
        template="patients/paper/section.html",
        context={"rows": rows_of(forms_of(patient)[:SHOWN], today)},
        action=SectionAction(_("Print a form"), reverse("paper_new", args=[patient.pk])) if may_print else None,
    )
