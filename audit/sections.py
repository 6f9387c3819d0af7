"""What this room adds to the patient's page: the month-6 photo audits."""

from datetime import datetime

from django.utils.translation import gettext as _

from audit.month6.models import PhotoAudit
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.registry.models import Patient
from patients.registry.sections import Section, patient_section


@patient_section(600, Permission.VIEW_AUDIT)
def photo_audits(actor: Actor, patient: Patient, at: datetime) -> Section | None:
    """The audits of this patient; nothing before the first; one query."""
    audits = list(PhotoAudit.objects.filter(patient=patient).order_by("-due_on")[:4])
    if not audits:
        return None
    return Section(title=_("Month-6 photo audit"), template="audit/month6/section.html", context={"audits": audits})
