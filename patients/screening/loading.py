"""From rows to cases: everything that the rules look at, in a constant number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from clinic import clock
from clinic.accounts.models import Site, User
from clinic.amending.queries import is_amended
from clinic.codes import known
from clinic.pieces import Piece, Row, Values, columns_of, each, fetch_all, one, row_of
from clinic.trail.ended import not_withdrawn, was_ended
from patients.consents.models import Consent
from patients.intake.models import Intake
from patients.intake.staging import Pathway
from patients.registry.birth_dates import latest_birth
from patients.registry.models import Patient
from patients.screening.case import Candidate, Case, Cleared, Component, Given, Question, asked_by_some
from patients.screening.extras import confirmation
from patients.screening.kinds import is_asked
from patients.screening.models import ChecklistAnswer, ChecklistStatus, Clearance, PatientChecklist
from patients.screening.outcomes import Answer, Outcome
from protocols.checklists.models import ChecklistItem, ChecklistVersion, Rule
from protocols.decisions.states import State
from protocols.formulations.models import FormulationVersion
from protocols.formulations.queries import active_versions, in_force_at, versions_in_force
from protocols.risk.outdated import outdated


def later_decisions() -> "QuerySet[Clearance]":
    """Return, for a query over clearances, the decisions on the same question that came after, taken back or not."""
    return Clearance.objects.filter(
        Q(given_at__gt=OuterRef("given_at")) | Q(given_at=OuterRef("given_at"), pk__gt=OuterRef("pk")),
        patient=OuterRef("patient"), rule=OuterRef("rule"),
    )  # fmt: skip


def _standing_clearances() -> "QuerySet[Clearance]":
    """Return the decisions about the patient of the row outside that can count, the first first.

    One that was taken back leaves its question open: what was decided before it doesn't come to life again.
    """
    taken_back = later_decisions().filter(Q(withdrawal__isnull=False) | Q(was_ended(Clearance)))
    decisions = not_withdrawn(Clearance.objects.filter(patient=OuterRef("patient")))
    return decisions.filter(~Exists(taken_back)).order_by("given_at", "id")


#: What a case is made of, in one query: answers, questions, and what holds of the patient.
_BESIDE = Piece(
    permissions=(), build=dict,
    wants={
        "answers": each(ChecklistAnswer.objects.filter(checklist=OuterRef("pk")), **columns_of(ChecklistAnswer)),
        "people": each(
            User.objects.filter(
                pk__in=ChecklistAnswer.objects.filter(checklist=OuterRef(OuterRef("pk"))).values("answered_by")
            ),
            id="id", full_name="full_name",
        ),
        "items": each(ChecklistItem.objects.filter(version=OuterRef("version")), **columns_of(ChecklistItem)),
        "version": one(ChecklistVersion.objects.filter(pk=OuterRef("version")), **columns_of(ChecklistVersion)),
        "patient": one(Patient.objects.filter(pk=OuterRef("patient")), **columns_of(Patient)),
        "clearances": each(
            _standing_clearances(),
            **columns_of(Clearance),
        ),
        "intake": one(
            Intake.objects.filter(patient=OuterRef("patient")).order_by("-taken_at", "-id"), **columns_of(Intake)
        ),
        # The latest consent; it counts where nothing took it back.
        "consent": one(
            Consent.objects.filter(patient=OuterRef("patient"))
            .annotate(gone=outdated(), amended=is_amended(Consent), ended=was_ended(Consent))
            .order_by("-signed_at", "-id"),
            signed_at="signed_at", gone="gone", amended="amended", ended="ended", withdrawn="withdrawal__id",
        ),
        "paper": one(
            PatientChecklist.objects.filter(pk=OuterRef("pk"), paper_entry__isnull=False),
            code="paper_entry__form__code",
        ),
        "previous": one(
            PatientChecklist.objects.filter(patient=OuterRef("patient"), status=ChecklistStatus.SIGNED)
            .exclude(pk=OuterRef("pk"))
            .order_by("-signed_at", "-id"),
            **columns_of(PatientChecklist),
        ),
    },
)  # fmt: skip
_IN_FORCE = in_force_at("site")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A checklist with its case and the rows that the case was made of.

    `items` are the questions that are asked; `paper_code` is the code of the paper form that it is entered from, or "".
    """

    checklist: PatientChecklist
    case: Case
    items: tuple[ChecklistItem, ...]
    answers: Mapping[int, ChecklistAnswer]
    formulations: tuple[FormulationVersion, ...]
    clearances: tuple[Clearance, ...]
    previous: PatientChecklist | None
    paper_code: str = ""


def load(checklist: PatientChecklist, on: date) -> Loaded:
    """Return `checklist` as a case of the day `on`: its own answers, and what holds today beside them."""
    return load_all([checklist], on)[0]


def load_all(checklists: Sequence[PatientChecklist], on: date) -> list[Loaded]:
    """Return each of `checklists`, all of one site, with `site` loaded; the number of queries is fixed.

    Their `patient`, `version` and `formulation_version` are loaded beside them where they aren't yet. A signed
    checklist keeps what its verdict knew of an earlier finding; a draft looks at the last one signed.
    """
    if not checklists:
        return []
    beside, active = _fetch(checklists)
    formulations = _formulations(checklists, active)
    for checklist in checklists:
        _complete(checklist, beside[checklist.pk], formulations)
    return [
        _loaded(
            checklist, on,
            answers=_answers(beside[checklist.pk]),
            formulations=formulations,
            items=[row_of(ChecklistItem, row) for row in beside[checklist.pk]["items"]],
            clearances=[row_of(Clearance, row) for row in beside[checklist.pk]["clearances"]],
            intake=_row(Intake, beside[checklist.pk]["intake"]),
            previous=_row(PatientChecklist, beside[checklist.pk]["previous"]),
            consented_on=_consented_on(checklist.site, beside[checklist.pk]["consent"]),
            paper_code=(beside[checklist.pk]["paper"] or {"code": ""})["code"],
        )
        for checklist in checklists
    ]  # fmt: skip


def _fetch(checklists: Sequence[PatientChecklist]) -> tuple[dict[int, Values], list[FormulationVersion]]:
    """Return what each of `checklists` is made of, by key, and what is in force at their site.

    That comes along with one checklist; with many it would come with each, so it is a query of its own.
    """
    site, keys = checklists[0].site, [checklist.pk for checklist in checklists]
    if len(keys) == 1:
        ((_row, found),) = fetch_all(PatientChecklist, (_BESIDE, _IN_FORCE), keys)
        return {keys[0]: found[_BESIDE]}, versions_in_force(site, found[_IN_FORCE])
    beside = {row.pk: found[_BESIDE] for row, found in fetch_all(PatientChecklist, (_BESIDE,), keys)}
    return beside, active_versions(site)


def _complete(
    checklist: PatientChecklist, beside: Values, formulations: Mapping[int, FormulationVersion]
) -> None:  # fmt: skip
    """Give `checklist` the rows that it refers to."""
    if not PatientChecklist.patient.is_cached(checklist):
        checklist.patient = row_of(Patient, beside["patient"])
    if not PatientChecklist.version.is_cached(checklist):
        checklist.version = row_of(ChecklistVersion, beside["version"])
    checklist.formulation_version = formulations[checklist.formulation_version_id]


def _answers(beside: Values) -> list[ChecklistAnswer]:
    people = {row["id"]: row_of(User, row) for row in beside["people"]}
    answers = [row_of(ChecklistAnswer, row) for row in beside["answers"]]
    for answer in answers:
        answer.answered_by = people[answer.answered_by_id]
    return answers


def _row[M: Model](model: type[M], row: Row | None) -> M | None:
    return row_of(model, row) if row else None


def _formulations(
    checklists: Sequence[PatientChecklist], active: Sequence[FormulationVersion]
) -> dict[int, FormulationVersion]:  # fmt: skip
    """Return the versions in force, and those intended that are in force no more."""
    found = {version.pk: version for version in active}
    gone = {checklist.formulation_version_id for checklist in checklists} - set(found)
    if gone:
        retired = FormulationVersion.objects.filter(pk__in=gone).select_related("formulation")
        found |= {version.pk: version for version in retired.prefetch_related("lines")}
    return found


def _loaded(
    checklist: PatientChecklist, on: date, *, items: list[ChecklistItem], answers: list[ChecklistAnswer],
    clearances: list[Clearance], formulations: Mapping[int, FormulationVersion], intake: Intake | None,
    previous: PatientChecklist | None, consented_on: date | None, paper_code: str,
) -> Loaded:  # fmt: skip
    by_item = {answer.item_id: answer for answer in answers}
    unknown = sorted({item.rule for item in items if known(Rule, item.rule) is None})
    items = [item for item in items if item.rule not in unknown]
    shown = tuple(
        version
        for version in sorted(formulations.values(), key=lambda version: (version.formulation.code, version.pk))
        if version.status == State.APPROVED or version.pk == checklist.formulation_version_id
    )
    case = Case(
        on=on,
        items=tuple(Question(item.code, item.ordinal, Rule(item.rule), item.stricter, item.own) for item in items),
        answers={item.code: given(by_item[item.pk], item.rule) for item in items if _is_answered(by_item.get(item.pk))},
        clearances=tuple(cleared(clearance) for clearance in clearances if known(Rule, clearance.rule)),
        formulations=tuple(candidate(version) for version in shown),
        chosen=checklist.formulation_version_id,
        born=latest_birth(checklist.patient.birth_date, checklist.patient.birth_date_text),
        minimum_age_years=checklist.site.minimum_age_years,
        stage=(str(intake), intake.pathway == Pathway.SURGICAL_ASSESSMENT) if intake else None,
        staged=intake is None or intake.staged,
        awaiting_look=_awaiting_look(checklist, previous),
        unknown=tuple(unknown),
        consented_on=consented_on if _asks_for_consent(items) and consented_on and consented_on <= on else None,
    )
    intended = case.candidate(case.chosen)
    asked = tuple(item for item in sorted(items, key=lambda item: item.ordinal) if is_asked(item.rule, intended))
    return Loaded(
        checklist=checklist, case=case, items=asked, answers=by_item, formulations=shown, clearances=tuple(clearances),
        previous=previous, paper_code=paper_code,
    )  # fmt: skip


def _is_answered(answer: ChecklistAnswer | None) -> bool:
    """Whether a question has an answer that the clinic knows; another was written in the database, and is none."""
    return answer is not None and known(Answer, answer.answer) is not None


def _asks_for_consent(items: Sequence[ChecklistItem]) -> bool:
    return any(item.rule == Rule.CONSENT_CURRENT for item in items)


def _consented_on(site: Site, consent: Row | None) -> date | None:
    """Return the day on which the consent in force was signed; None where none is."""
    if consent is None or any(consent[why] for why in ("gone", "amended", "ended", "withdrawn")):
        return None
    return clock.local(datetime.fromisoformat(consent["signed_at"]), site).date()


def _awaiting_look(checklist: PatientChecklist, previous: PatientChecklist | None) -> date | None:
    """Return the day of the signed checklist that left a scalp infection for a physician to look at."""
    if checklist.verdict is not None:
        stored = checklist.verdict["case"]["awaiting_look"]
        return date.fromisoformat(stored) if stored else None
    if previous is None or previous.verdict is None:
        return None
    deferred = any(
        reason["rule"] == Rule.SCALP_INFECTION and reason["outcome"] != Outcome.PROCEED
        for reason in previous.verdict["reasons"]
    )
    return previous.on if deferred else None


def given(answer: ChecklistAnswer, rule: str) -> Given:
    """Return the row of an answer to `rule` as the rules take it."""
    extra = answer.extra
    if rule == Rule.CONSENT_CURRENT and answer.detail:
        extra = {**extra, "note": answer.detail}  # why it isn't current, which its records ask for
    return Given(
        answer=Answer(answer.answer), treated=extra.get("treated", ""), drug=extra.get("drug", ""),
        status=extra.get("status", ""), ingredients=frozenset(extra.get("ingredients", ())),
        classes=frozenset(extra.get("classes", ())), other=extra.get("other", ""),
        **confirmation(extra), **asked_by_some(extra),
    )  # fmt: skip


def cleared(clearance: Clearance) -> Cleared:
    """Return a clearance's row as the rules take it."""
    return Cleared(
        number=clearance.pk, rule=Rule(clearance.rule), granted=clearance.granted, prescriber=clearance.prescriber,
        valid_from=clearance.valid_from, valid_until=clearance.valid_until, given_at=clearance.given_at,
        about=clearance.names, conditions=clearance.scope,
    )  # fmt: skip


def candidate(version: FormulationVersion) -> Candidate:
    """Return a formulation version, its lines loaded, as the rules take it."""
    return Candidate(
        number=version.pk,
        label=str(version.formulation),
        components=tuple(
            Component(line.ingredient_id, line.ingredient_name, line.allergen_class, line.pregnancy_class)
            for line in version.lines.all()
        ),
    )
