"""Reported facts as screens show them."""

from patients.importing.categories import CHECKLIST_RULE, Category
from patients.registry.models import FactStatus, Patient, ReportedFact

#: What holds is read first; what is stated absent, last.
_ORDER = {FactStatus.PRESENT: 0, FactStatus.CHECK: 1, FactStatus.PAST: 2, FactStatus.NEGATED: 3}


def facts_by_rule(patient: Patient) -> dict[str, list[ReportedFact]]:
    """The patient's reported facts by the checklist rule beside whose question they are shown. One query.

    Facts that speak to no question aren't among them. What is present comes before what is to be checked, past, or
    stated absent; of each, the latest reported first.
    """
    found: dict[str, list[ReportedFact]] = {}
    for fact in ReportedFact.objects.filter(patient=patient, category__in=list(CHECKLIST_RULE)).order_by("-id"):
        found.setdefault(CHECKLIST_RULE[Category(fact.category)], []).append(fact)
    for facts in found.values():
        facts.sort(key=lambda fact: _ORDER[FactStatus(fact.status)])
    return found
