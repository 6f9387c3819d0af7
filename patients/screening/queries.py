"""Checklists and clearances as the other rooms ask for them."""

from datetime import date, datetime

from django.db.models import OuterRef, QuerySet, Subquery

from clinic.accounts.models import Site
from clinic.amending.queries import is_amended, lost_amendment
from clinic.kept import Kept
from clinic.pieces import Piece, fetch
from clinic.trail.ended import end_said, was_ended
from patients.registry.models import Patient
from patients.screening.contraindications import Verdict, judge
from patients.screening.ended import Ended, decisions_wanted, ended_clearances, relied_on
from patients.screening.loading import later_decisions, load
from patients.screening.models import ChecklistAnswer, ChecklistStatus, Clearance, PatientChecklist
from protocols.checklists.models import ChecklistItem
from protocols.decisions.states import State

_DECISIONS = Piece(permissions=(), build=dict, wants={"decisions": decisions_wanted()})


def checklists_of(patient: Patient | int) -> QuerySet[PatientChecklist]:
    """All checklists of `patient`, the latest first."""
    return with_names(PatientChecklist.objects.filter(patient=patient)).order_by("-on", "-id")


def with_names(checklists: QuerySet[PatientChecklist]) -> QuerySet[PatientChecklist]:
    """Load with `checklists` what a screen names of them."""
    return checklists.select_related(
        "patient", "site", "version", "formulation_version__formulation", "started_by", "signed_by", "signature"
    )


def signed_checklist(patient: Patient, on: date, *, by: datetime | None = None) -> PatientChecklist | None:
    """Return the latest checklist of `patient` signed on the day `on`, and by a moment `by`; None when there is none.

    With whether it was `amended` since, and whether such an amendment is `lost` that the trail tells of.
    """
    if by is not None:
        return _SIGNED_BY.first(patient=patient.pk, on=on, by=by)
    return _SIGNED.first(patient=patient.pk, on=on)


def _signed(patient: int, on: date) -> QuerySet[PatientChecklist]:
    signed = checklists_of(patient).filter(status=ChecklistStatus.SIGNED, on=on)
    judged = signed.annotate(amended=is_amended(PatientChecklist), lost=lost_amendment(PatientChecklist))
    return judged.order_by("-signed_at", "-id")


_SIGNED = Kept(_signed)
_SIGNED_BY = Kept(lambda patient, on, by: _signed(patient, on).filter(signed_at__lte=by))


def with_later(checklists: QuerySet[PatientChecklist]) -> QuerySet[PatientChecklist]:
    """Load with `checklists` the key of the one that counts in place of each, `later`; None where none does.

    That is the one signed last of those signed after it for the same day.
    """
    later = PatientChecklist.objects.filter(
        patient=OuterRef("patient"),
        on=OuterRef("on"),
        status=ChecklistStatus.SIGNED,
        signed_at__gt=OuterRef("signed_at"),
    )
    return checklists.annotate(later=Subquery(later.order_by("-signed_at", "-id").values("pk")[:1]))


def open_checklist(patient: Patient, on: date) -> PatientChecklist | None:
    """Return the checklist of `patient` that is being answered on the day `on`; None when there is none.

    One whose questions were replaced meanwhile can't be signed, so it isn't being answered any more.
    """
    drafts = checklists_of(patient).filter(status=ChecklistStatus.DRAFT, on=on, version__status=State.APPROVED)
    return drafts.first()


def answers_of(checklist: PatientChecklist) -> dict[int, ChecklistAnswer]:
    """Return the answers given so far by the question's number, with the question and who gave it."""
    answers = ChecklistAnswer.objects.filter(checklist=checklist).select_related("item", "answered_by")
    return {answer.item_id: answer for answer in answers}


def verdict_now(checklist: PatientChecklist, on: date) -> Verdict:
    """Judge the answers of `checklist` again on the day `on`, by what holds then.

    A clearance given or withdrawn, and an intake taken, since it was signed count. What was signed stays in
    `checklist.verdict`.
    """
    return judge(load(checklist, on).case)


def relied_by(checklist: PatientChecklist) -> frozenset[int]:
    """Return the numbers of the clearances that a signed `checklist` rests on."""
    verdict = checklist.verdict
    return relied_on(verdict["reasons"]) if verdict is not None else frozenset()


def ended_under(checklist: PatientChecklist, on: date) -> dict[int, Ended]:
    """Return what ended the clearances that a signed `checklist` rests on, by their number; one query where it has any.

    As it stands on the day `on`.
    """
    relied = relied_by(checklist)
    fetched = fetch(Patient, (_DECISIONS,), pk=checklist.patient_id) if relied else None
    if fetched is None:
        return {}
    ended = ended_clearances(fetched[1][_DECISIONS]["decisions"], on)
    return {number: gone for number, gone in ended.items() if number in relied}


def stricter_than_floor(site: Site, rule: str) -> str:
    """Return, in words, what the checklist in force decides about `rule` without a prescriber; "" where one decides."""
    items = ChecklistItem.objects.filter(version__site=site, version__status=State.APPROVED, rule=rule)
    return next((str(item.get_stricter_display()) for item in items.exclude(stricter="")), "")


def clearances_of(patient: Patient) -> QuerySet[Clearance]:
    """All clearances of `patient`, the latest first, with what became of them."""
    return with_standing(Clearance.objects.filter(patient=patient))


def lost_withdrawals(patient: Patient) -> bool:
    """Whether the trail tells that a clearance of `patient` was withdrawn whose withdrawal isn't there; one query."""
    return Clearance.objects.filter(was_ended(Clearance), patient=patient, withdrawal=None).exists()


def newest_decision(patient: Patient, rule: str) -> Clearance | None:
    """Return the latest decision on the question of `rule`, withdrawn or not; None before the first."""
    found: Clearance | None = Clearance.objects.filter(patient=patient, rule=rule).select_related("given_by").first()
    return found


def with_standing(clearances: QuerySet[Clearance]) -> QuerySet[Clearance]:
    """Load with `clearances` what `standing_chip` tells of them: a withdrawal, and the decision that came after."""
    later = later_decisions().order_by("-given_at", "-pk")
    return clearances.annotate(
        ended_at=end_said(Clearance, "occurred_at"),
        ended_by=end_said(Clearance, "actor_name"),
        ended_why=end_said(Clearance, "reason"),
        later_from=Subquery(later.values("valid_from")[:1]),
        later_until=Subquery(later.values("valid_until")[:1]),
    ).select_related("given_by", "withdrawal", "withdrawal__withdrawn_by")
