"""Reported facts as screens show them."""

from patients.importing.categories import CHECKLIST_RULE, Category
from patients.registry.models import Patient, ReportedFact


def facts_by_rule(patient: Patient) -> dict[str, list[ReportedFact]]:
    """The patient's reported facts by the checklist rule beside whose question they are shown. One query.

    Facts of no rule stand under "". What is present comes before what is to be checked, past, or stated absent.
    """
    order = {"present": 0, "check": 1, "past": 2, "negated": 3}
    found: dict[str, list[ReportedFact]] = {}
    for fact in ReportedFact.objects.filter(patient=patient):
        rule = CHECKLIST_RULE.get(Category(fact.category), "") if fact.category in set(Category) else ""
        found.setdefault(rule, []).append(fact)
    for facts in found.values():
        facts.sort(key=lambda fact: order[fact.status])
    return found
