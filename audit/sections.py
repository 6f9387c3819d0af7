"""What this room adds to the patient's pages: the month-6 photo audits."""

from datetime import date, datetime

from django.db.models import OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.month6.models import AuditStatus, Decision, PhotoAudit
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amending.queries import is_amended
from clinic.codes import words_of
from clinic.dates import day_text
from clinic.pieces import Row, one
from patients.registry.models import Patient
from patients.registry.overview import About, Fact, Mark, patient_fact
from patients.registry.sections import Section, patient_section


@patient_fact(
    600, Permission.VIEW_AUDIT,
    latest=one(
        PhotoAudit.objects.filter(patient=OuterRef("pk")).order_by("-due_on", "-id"),
        pk="pk", on="due_on", status="status", decision="decision", amended=is_amended(PhotoAudit),
    ),
)  # fmt: skip
def audit_fact(about: About, latest: Row | None) -> Fact | None:
    """The latest audit and what it decided; nothing before the first."""
    if latest is None:
        return None
    signed = latest["status"] == AuditStatus.SIGNED
    mark = Mark("done", words_of(Decision, latest["decision"])) if signed else Mark("ask", _("To grade"))
    return Fact(
        title=_("Month-6 photo audit"),
        text=_("Due %(day)s") % {"day": day_text(date.fromisoformat(latest["on"]))},
        url=reverse("photo_audit", args=[latest["pk"]]),
        mark=Mark("ask", _("Amended")) if latest["amended"] else mark,
    )


@patient_section(600, Permission.VIEW_AUDIT)
def photo_audits(actor: Actor, patient: Patient, at: datetime) -> Section | None:
    """The audits of this patient; nothing before the first; one query."""
    rows = PhotoAudit.objects.filter(patient=patient).annotate(amended=is_amended(PhotoAudit))
    audits = list(rows.order_by("-due_on")[:4])
    if not audits:
        return None
    return Section(
        id="audit", title=_("Month-6 photo audit"), template="audit/month6/section.html", context={"audits": audits}
    )
