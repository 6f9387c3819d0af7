"""A checklist judged as it stood at an earlier moment: what came since doesn't count, and what ended since does."""

from dataclasses import replace
from datetime import date, datetime

from clinic.codes import known
from patients.intake.models import Intake
from patients.intake.staging import Pathway
from patients.registry.models import Patient
from patients.screening.case import Case
from patients.screening.contraindications import Verdict, judge
from patients.screening.ended import Ended, decision_row, ended_clearances
from patients.screening.loading import candidate, cleared
from patients.screening.models import Clearance, PatientChecklist
from patients.screening.queries import relied_by, with_standing
from protocols.checklists.models import Rule
from protocols.formulations.models import FormulationVersion


def decisions_by(patient: Patient, at: datetime) -> list[Clearance]:
    """Return the decisions on clearances made by `at`, the first first, with what became of each; one query."""
    found = with_standing(Clearance.objects.filter(patient=patient, given_at__lte=at))
    return list(found.order_by("given_at", "pk"))


def standing_then(decisions: list[Clearance], at: datetime) -> list[Clearance]:
    """Return which of `decisions`, from `decisions_by`, could count at `at`, as `loading` asks of them for now.

    One that was taken back by then leaves its question open: what was decided before it doesn't come to life again.
    """
    gone = {one.pk for one in decisions if (end := _taken_back_at(one)) is not None and end <= at}
    return [
        one for place, one in enumerate(decisions)
        if one.pk not in gone and not any(later.pk in gone and later.rule == one.rule for later in decisions[place:])
    ]  # fmt: skip


def _taken_back_at(clearance: Clearance) -> datetime | None:
    written = decision_row(clearance)["withdrawn_at"]
    return datetime.fromisoformat(written) if written else None


def ended_then(decisions: list[Clearance], on: date, at: datetime) -> dict[int, Ended]:
    """Return what had ended each clearance among `decisions` by `at`, by its number."""
    return ended_clearances([decision_row(one) for one in decisions], on, until=at)


def ended_under_then(checklist: PatientChecklist, ended: dict[int, Ended]) -> list[Ended]:
    """Return which of `ended` a signed `checklist` rests on."""
    relied = relied_by(checklist)
    return [gone for number, gone in ended.items() if number in relied]


def verdict_then(
    checklist: PatientChecklist, standing: list[Clearance], *, version: FormulationVersion,
    consented_on: date | None, at: datetime,
) -> Verdict:  # fmt: skip
    """Judge a signed `checklist` as it stood at `at`, of the formulation `version` too.

    By the case that its signature keeps, with the clearances `standing` then, the stage of then and the day of the
    consent of then. One query, and one for the version's lines.
    """
    if checklist.verdict is None:
        raise ValueError("a checklist is judged once it is signed")
    case = Case.from_snapshot(checklist.verdict["case"])
    intake = Intake.objects.filter(patient=checklist.patient, taken_at__lte=at).order_by("-taken_at", "-id").first()
    asks = any(item.rule == Rule.CONSENT_CURRENT for item in case.items)
    formulations = case.formulations
    if case.candidate(version.pk) is None:  # came into force since the checklist was signed
        formulations = (*formulations, candidate(version))
    return judge(
        replace(
            case, formulations=formulations,
            clearances=tuple(cleared(one) for one in standing if known(Rule, one.rule)),
            stage=(str(intake), intake.pathway == Pathway.SURGICAL_ASSESSMENT) if intake else None,
            staged=intake is None or intake.staged,
            consented_on=consented_on if asks and consented_on and consented_on <= case.on else None,
        )
    )  # fmt: skip
