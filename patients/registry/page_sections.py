"""What is reported of a patient, and the sealed documents, on the patient's pages."""

from datetime import datetime

from django.db.models import OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.documents.models import SealedDocument
from clinic.pieces import Row, how_many, one
from patients.importing.categories import LABELS, Category
from patients.registry.models import FactKind, FactStatus, Patient, ReportedFact
from patients.registry.overview import About, Fact, Link, patient_fact
from patients.registry.sections import Section, patient_section

FACTS_SHOWN = 100
DOCUMENTS_SHOWN = 12


@patient_fact(
    900, Permission.SCREEN_PATIENTS, Permission.VIEW_DOCUMENTS,
    facts=how_many(ReportedFact.objects.filter(patient=OuterRef("pk")), of="patient"),
)  # fmt: skip
def reported(about: About, facts: int) -> Fact | None:
    """How many statements other systems made; nothing where nothing was reported."""
    if not facts:
        return None
    return Fact(
        title=_("As reported elsewhere"),
        text=ngettext("%(number)s statement", "%(number)s statements", facts) % {"number": facts},
        url=about.history("reported"),
        note=_("not verified here"),
    )


@patient_fact(
    950, Permission.VIEW_DOCUMENTS,
    latest=one(
        SealedDocument.objects.filter(patient=OuterRef("pk"), site=OuterRef("site")).order_by("-sealed_at", "-id"),
        code="code", title="title", sealed_at="sealed_at",
    ),
    documents=how_many(SealedDocument.objects.filter(patient=OuterRef("pk"), site=OuterRef("site")), of="patient"),
)  # fmt: skip
def documents_fact(about: About, latest: Row | None, documents: int) -> Fact | None:
    """The sealed document made last, and how many there are."""
    if latest is None:
        return None
    sealed_on = clock.local(datetime.fromisoformat(latest["sealed_at"]), about.actor.site).date()
    everything = ngettext("%(number)s document", "%(number)s documents", documents) % {"number": documents}
    return Fact(
        title=_("Documents"),
        text=everything,
        url=about.history("documents"),
        more=Link(latest["title"], reverse("document", args=[latest["code"]])),
        note=_("the last on %(day)s:") % {"day": day_text(sealed_on)},
    )


@patient_section(900, Permission.SCREEN_PATIENTS, Permission.VIEW_DOCUMENTS)
def facts_section(actor: Actor, patient: Patient, at: datetime) -> Section | None:
    """Conditions, allergies and medicines as other systems reported them; nothing is shown where nothing was."""
    facts = list(ReportedFact.objects.filter(patient=patient).order_by("kind", "-recorded_at", "-id")[:FACTS_SHOWN])
    if not facts:
        return None
    groups = [{"kind": kind.label, "rows": [_row(fact) for fact in facts if fact.kind == kind]} for kind in FactKind]
    return Section(
        id="reported",
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
    return Section(
        id="documents",
        title=_("Documents"),
        template="patients/registry/documents.html",
        context={"documents": documents},
    )
