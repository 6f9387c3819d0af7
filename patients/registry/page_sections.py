"""What is reported of a patient, and the sealed documents, on the patient's page."""

from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.documents.models import SealedDocument
from patients.importing.categories import LABELS, Category
from patients.registry.models import FactKind, FactStatus, Patient, ReportedFact
from patients.registry.sections import Section, patient_section

FACTS_SHOWN = 100
DOCUMENTS_SHOWN = 12


@patient_section(900, Permission.SCREEN_PATIENTS, Permission.VIEW_DOCUMENTS)
def facts_section(actor: Actor, patient: Patient, at: datetime) -> Section | None:
    """Conditions, allergies and medicines as other systems reported them; nothing is shown where nothing was."""
    facts = list(ReportedFact.objects.filter(patient=patient).order_by("kind", "-recorded_at", "-id")[:FACTS_SHOWN])
    if not facts:
        return None
    groups = [{"kind": kind.label, "rows": [_row(fact) for fact in facts if fact.kind == kind]} for kind in FactKind]
    return Section(
        title=_("As reported elsewhere"),
        template="patients/registry/facts.html",
        context={"groups": [group for group in groups if group["rows"]]},
    )


def _row(fact: ReportedFact) -> dict[str, object]:
    known = fact.category in set(Category)
    return {
        "fact": fact,
        "about": LABELS[Category(fact.category)] if known else "",
        "quiet": fact.status in {FactStatus.PAST, FactStatus.NEGATED},
    }


@patient_section(950, Permission.VIEW_DOCUMENTS)
def documents_section(actor: Actor, patient: Patient, at: datetime) -> Section | None:
    """The sealed documents, the latest first."""
    documents = list(
        SealedDocument.objects.filter(patient=patient, site=actor.site).order_by("-sealed_at", "-id")
        .only("code", "title", "sealed_at", "sealed_by_name", "subject_version")[:DOCUMENTS_SHOWN]
    )  # fmt: skip
    if not documents:
        return None
    return Section(title=_("Documents"), template="patients/registry/documents.html", context={"documents": documents})
