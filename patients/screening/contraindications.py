"""The verdict on a checklist: pure, total, independent of order, and never better for knowing less.

`judge` takes a case and answers what it comes to, why, which formulations stay open and what isn't answered yet.
An unanswered question is judged as "not sure" until it is answered, so that a gap never reads as a no.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from patients.screening.case import Case, Given, Question
from patients.screening.details import detail_missing
from patients.screening.findings import Finding
from patients.screening.kinds import is_asked
from patients.screening.outcomes import SEVERITY, Answer, Outcome, worst
from patients.screening.rules import RULES, SOURCES, UNASKED
from patients.screening.stricter import tightened
from protocols.checklists.rules import ALWAYS_ASKED

#: The current version of each rule.
CURRENT: dict[str, int] = {
    **{rule: max(versions) for rule, versions in RULES.items()},
    **{rule: max(versions) for rule, (_code, versions) in UNASKED.items()},
}
_LAST = 10_000


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule's word on one formulation, or on all (None).

    `code` is the question's; `source` the row of the founding list and `version` the rule's own. `open` says
    that the question isn't answered yet, and the outcome only what it would be at worst. `clearable` says that a
    prescriber's clearance would lift it; `clearance` is the number of the clearance it rests on, `offered` of one that
    would count if it were confirmed to be about the answer. `instruction` is what has to be done when the session goes
    on, `lifted_by` what else than a clearance lifted it.
    """

    code: str
    ordinal: int
    rule: str
    version: int
    source: str
    outcome: Outcome
    words: str
    formulation: int | None
    open: bool
    clearable: bool
    clearance: int | None
    offered: int | None = None
    instruction: str = ""
    lifted_by: str = ""

    def concerns(self, formulation: int) -> bool:
        """Whether it counts for `formulation`."""
        return self.formulation is None or self.formulation == formulation


@dataclass(frozen=True, slots=True)
class Missing:
    """What has to be answered before the checklist can be signed: the question's code ("" for none), and in words."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a case comes to for the formulation chosen, and for each of the others."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    by_formulation: Mapping[int, Outcome]
    missing: tuple[Missing, ...]
    chosen: int
    case: Case

    @property
    def may_proceed(self) -> bool:
        """Whether everything is answered and nothing stands in the way."""
        return self.outcome is Outcome.PROCEED and not self.missing

    @property
    def open_formulations(self) -> tuple[int, ...]:
        """The formulations that can still be chosen: not ruled out by anything, answered or not."""
        return tuple(number for number, outcome in self.by_formulation.items() if outcome is not Outcome.STOP)

    @property
    def so_far(self) -> Outcome:
        """What the answers given come to, leaving out the questions that aren't answered yet; for display only."""
        return worst(r.outcome for r in self.reasons if r.concerns(self.chosen) and not r.open)

    def ruled_out(self) -> frozenset[int]:
        """Return the formulations that an answer given rules out for this patient, whatever the others say."""
        return frozenset(
            reason.formulation
            for reason in self.reasons
            if reason.formulation is not None and reason.outcome is Outcome.STOP and not reason.open
        )

    def deciding(self) -> list[Reason]:
        """Return the reasons against proceeding with the formulation chosen, the gravest first."""
        against = [r for r in self.reasons if r.concerns(self.chosen) and r.outcome is not Outcome.PROCEED]
        return sorted(against, key=lambda reason: (reason.open, -SEVERITY[reason.outcome], reason.ordinal))

    def instructions(self) -> list[Reason]:
        """Return the reasons that bring an instruction for the formulation chosen, in the order of the questions."""
        return [reason for reason in self.reasons if reason.instruction and reason.concerns(self.chosen)]

    def judges(self, formulation: int) -> bool:
        """Whether everything that is asked about `formulation` was asked: it may need a question of its own."""
        return not any(reason.open and reason.formulation == formulation for reason in self.reasons)

    def lets_use(self, formulation: int) -> bool:
        """Whether everything is answered, of `formulation` too, and nothing stands in its way."""
        unasked = any(reason.open and reason.concerns(formulation) for reason in self.reasons)
        outcome = self.by_formulation.get(formulation, Outcome.STOP)
        return self.may_proceed and outcome is Outcome.PROCEED and not unasked

    def of(self, code: str) -> list[Reason]:
        """Return the reasons of the question `code`."""
        return [reason for reason in self.reasons if reason.code == code]

    def to_json(self) -> dict[str, Any]:
        """Return the verdict and the case it rests on, as stored with the signed checklist."""
        return {
            "outcome": str(self.outcome),
            "reasons": [
                {
                    "code": r.code, "rule": r.rule, "version": r.version, "source": r.source,
                    "outcome": str(r.outcome), "words": r.words, "formulation": r.formulation, "open": r.open,
                    "clearable": r.clearable, "clearance": r.clearance,
                    **({"instruction": r.instruction} if r.instruction else {}),
                    **({"lifted_by": r.lifted_by} if r.lifted_by else {}),
                }
                for r in self.reasons
            ],
            "open_formulations": list(self.open_formulations),
            "missing": [{"code": gap.code, "words": gap.words} for gap in self.missing],
            "case": self.case.snapshot(),
        }  # fmt: skip


def judge(case: Case) -> Verdict:
    """Return the verdict on `case`; every case has one.

    The versions of the rules are those that the case names, else the current ones.
    """
    looked_at = [*UNASKED, *(item.rule for item in _questions(case))]
    case = replace(case, versions={**{str(rule): CURRENT[rule] for rule in looked_at}, **case.versions})
    reasons = sorted(
        set(_reasons(case)), key=lambda r: (r.ordinal, r.code, r.formulation or 0, -SEVERITY[r.outcome], r.words)
    )
    by_formulation = {
        number: worst(reason.outcome for reason in reasons if reason.concerns(number))
        for number in sorted({candidate.number for candidate in case.formulations})
    }
    outcome = worst(reason.outcome for reason in reasons if reason.concerns(case.chosen))
    if case.chosen not in by_formulation:
        outcome = Outcome.STOP
    return Verdict(
        outcome=outcome, reasons=tuple(reasons), by_formulation=by_formulation, missing=tuple(_missing(case)),
        chosen=case.chosen, case=case,
    )  # fmt: skip


def replay(stored: Mapping[str, Any]) -> Verdict:
    """Judge a stored verdict's case again, by the versions of the rules that it was judged by then."""
    return judge(Case.from_snapshot(stored["case"]))


def _reasons(case: Case) -> Iterator[Reason]:
    for item in _questions(case):
        given = case.answers.get(item.code)
        version = case.versions[item.rule]
        judged = given or Given(Answer.UNSURE)
        for found in RULES[item.rule][version](case, judged):
            finding = tightened(found, item.stricter, judged, case.candidate(found.formulation))
            yield _reason(finding, item.code, item.ordinal, item.rule, version, unanswered=given is None)
    for rule, (code, versions) in UNASKED.items():
        version = case.versions[rule]
        for finding in versions[version](case):
            yield _reason(finding, code, _LAST, rule, version)
    for rule in case.unknown:
        words = _("The checklist asks about “%(rule)s”, for which there is no rule: it was changed in the database.")
        yield _of_no_rule(rule, words % {"rule": rule})
    if case.chosen not in {candidate.number for candidate in case.formulations}:
        words = _("The formulation intended isn't one of those that can be given.")
        yield _of_no_rule("formulation", words)


def _of_no_rule(about: str, words: str) -> Reason:
    return Reason(
        code="", ordinal=_LAST, rule=about, version=1, source="", outcome=Outcome.STOP, words=words,
        formulation=None, open=False, clearable=False, clearance=None,
    )  # fmt: skip


def _reason(finding: Finding, code: str, ordinal: int, rule: str, version: int, *, unanswered: bool = False) -> Reason:
    return Reason(
        code=code, ordinal=ordinal, rule=str(rule), version=version, source=SOURCES[rule], outcome=finding.outcome,
        words=_("Not answered yet.") if unanswered else finding.words, formulation=finding.formulation,
        open=unanswered, clearable=finding.clearable and not unanswered, clearance=finding.clearance,
        offered=None if unanswered else finding.offered, instruction="" if unanswered else finding.instruction,
        lifted_by="" if unanswered else finding.lifted_by,
    )  # fmt: skip


def _questions(case: Case) -> list[Question]:
    """Return the questions in order, with one of its own for each rule that no checklist may leave out."""
    asked = {item.rule for item in case.items}
    left_out = [Question("", _LAST, rule) for rule in ALWAYS_ASKED if rule not in asked]
    return [*sorted(case.items, key=lambda item: (item.ordinal, item.code)), *left_out]


def asked_of(case: Case) -> list[Question]:
    """Return the questions that are asked about the formulation chosen, in order, as the screen numbers them."""
    return [item for item in _questions(case) if is_asked(item.rule, case.candidate(case.chosen))]


def _missing(case: Case) -> Iterator[Missing]:
    for place, item in enumerate(asked_of(case), start=1):
        given = case.answers.get(item.code)
        told = {"place": place, "rule": item.rule.label}
        if not item.code:
            yield Missing("", _("The checklist has no question about %(rule)s; it can't be signed.") % told)
        elif given is None:
            yield Missing(item.code, _("Question %(place)s isn't answered.") % told)
        elif given.answer == Answer.YES and (detail := detail_missing(item.rule, given)):
            yield Missing(item.code, _("Question %(place)s: %(detail)s") % {**told, "detail": detail})
