"""The allergies on record beside the patient's name, on every page that shows it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import F, OuterRef, Q

from clinic.accounts.permissions import Permission
from clinic.codes import known
from clinic.components.alerts import Alert, Beside, patient_alerts
from clinic.pieces import Row, each, one
from patients.importing.categories import Category
from patients.registry.models import FactKind, ReportedFact
from patients.screening.extras import extra_in_words
from patients.screening.models import ChecklistAnswer, ChecklistStatus
from patients.screening.outcomes import Answer
from patients.screening.sensitivities import Asked, Reported, sensitivities
from protocols.checklists.models import Rule
from protocols.formulations.models import Ingredient

_REPORTED = (
    ReportedFact.objects.filter(Q(kind=FactKind.ALLERGY) | Q(category=Category.ALLERGY), patient=OuterRef("pk"))
    .exclude(category=Category.NO_INFORMATION)
    .order_by("-recorded_at", "-id")
)
_WARNING = Q(checklist__status=ChecklistStatus.DRAFT, answer__in=[Answer.YES, Answer.UNSURE])
#: The answers of signed checklists that asked, the last one first; before them what warns on one not signed yet.
_ASKED = ChecklistAnswer.objects.filter(
    Q(checklist__status=ChecklistStatus.SIGNED) | _WARNING,
    checklist__patient=OuterRef("pk"), item__rule=Rule.HYPERSENSITIVITY,
).order_by(F("checklist__signed_at").desc(nulls_first=True), "-checklist_id")  # fmt: skip


@patient_alerts(
    Permission.SCREEN_PATIENTS,
    Permission.VIEW_DOCUMENTS,
    reported=each(_REPORTED, text="text", status="status", category="category"),
    asked=one(
        _ASKED, answer="answer", extra="extra", detail="detail", on="checklist__on",
        formulations="checklist__verdict__case__formulations", status="checklist__status",
    ),
)  # fmt: skip
def allergies(beside: Beside, reported: list[Row], asked: Row | None) -> list[Alert]:
    """What is known of the patient's allergies, for those who read what is reported and answered."""
    told = [
        Reported(fact["text"], fact["status"], none_known=fact["category"] == Category.STATED_NONE_KNOWN)
        for fact in reported
    ]
    return sensitivities(told, _asked(asked) if asked else None)


def _asked(answer: Row) -> Asked:
    """Return the answer with what it was to, in the words signed then; of one not signed yet, in those of now."""
    signed = answer["status"] == ChecklistStatus.SIGNED
    names = _names(answer["formulations"] or []) if signed else _names_now(answer["extra"])
    words = extra_in_words(Rule.HYPERSENSITIVITY, answer["extra"], names)
    what = " · ".join(part for part in (words, answer["detail"]) if part)
    # An answer that isn't one was written in the database: nobody knows then.
    given = known(Answer, answer["answer"]) or Answer.UNSURE
    return Asked(date.fromisoformat(answer["on"]), given, what, signed=signed)


def _names_now(extra: Mapping[str, Any]) -> dict[int, str]:
    named = extra.get("ingredients", [])
    return dict(Ingredient.objects.filter(pk__in=named).values_list("pk", "name")) if named else {}


def _names(formulations: list[dict[str, Any]]) -> dict[int, str]:
    """Return the names of the ingredients that the signed verdict looked at, by number."""
    return {part[0]: part[1] for formulation in formulations for part in formulation["components"]}
