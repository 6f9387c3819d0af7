"""The allergies on record beside the patient's name, on every page that shows it."""

from typing import Any

from django.db.models import Q

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.components.alerts import Alert, patient_alerts
from patients.importing.categories import Category
from patients.registry.models import FactKind, Patient, ReportedFact
from patients.screening.extras import extra_in_words
from patients.screening.models import ChecklistAnswer, ChecklistStatus
from patients.screening.outcomes import Answer
from patients.screening.sensitivities import Asked, Reported, sensitivities
from protocols.checklists.models import Rule


@patient_alerts(Permission.SCREEN_PATIENTS, Permission.VIEW_DOCUMENTS)
def allergies(actor: Actor, patient: Patient) -> list[Alert]:
    """What is known of the patient's allergies, for those who read what is reported and answered; two queries."""
    return sensitivities(_reported(patient), _asked(patient))


def _reported(patient: Patient) -> list[Reported]:
    facts = ReportedFact.objects.filter(Q(kind=FactKind.ALLERGY) | Q(category=Category.ALLERGY), patient=patient)
    told = facts.exclude(category=Category.NO_INFORMATION).order_by("-recorded_at", "-id")
    return [
        Reported(text, status, none_known=category == Category.STATED_NONE_KNOWN)
        for text, status, category in told.values_list("text", "status", "category")
    ]


def _asked(patient: Patient) -> Asked | None:
    """Return the answer of the last signed checklist that asked, with what it was to in the words signed then."""
    answers = ChecklistAnswer.objects.filter(
        checklist__patient=patient, checklist__status=ChecklistStatus.SIGNED, item__rule=Rule.HYPERSENSITIVITY
    )
    answer = answers.select_related("checklist").order_by("-checklist__signed_at", "-checklist_id").first()
    if answer is None:
        return None
    words = extra_in_words(Rule.HYPERSENSITIVITY, answer.extra, _names(answer.checklist.verdict or {}))
    what = " · ".join(part for part in (words, answer.detail) if part)
    return Asked(answer.checklist.on, Answer(answer.answer), what)


def _names(verdict: dict[str, Any]) -> dict[int, str]:
    """Return the names of the ingredients that the signed verdict looked at, by number."""
    formulations = verdict.get("case", {}).get("formulations", [])
    return {part[0]: part[1] for formulation in formulations for part in formulation["components"]}
