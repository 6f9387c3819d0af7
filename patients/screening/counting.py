"""Whether the last signed checklist counts still, whether another one makes sense, and which decisions hold. Pure.

A checklist counts on its day, the one signed last; it counts no longer once it was amended, or a clearance ended that
it rests on. Another one on the same day makes sense where the last doesn't let the session go on, or where what it
asked about was replaced since.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from clinic.pieces import Row
from patients.screening.ended import Ended, How, ended_clearances, relied_on
from patients.screening.outcomes import Outcome
from protocols.decisions.states import State


@dataclass(frozen=True, slots=True)
class LastSigned:
    """What counts of the last signed checklist: its day, what it came to, and what became of it since.

    `ended` are the clearances that it rests on and that hold no more; `replaced` says that its questions or the
    formulation's version were replaced.
    """

    on: date
    outcome: str
    amended: bool = False
    ended: tuple[Ended, ...] = ()
    replaced: bool = False

    @property
    def counts(self) -> bool:
        """Whether it came to go on, and nothing took that back."""
        return self.outcome == Outcome.PROCEED and not self.amended and not self.ended


def ended_of(reasons: Iterable[Row], decisions: Sequence[Row], *, on: date, today: date) -> tuple[Ended, ...]:
    """Return what ended the clearances that a checklist of the day `on` rests on, the earliest first.

    A decision that was made anew and grants again matters to today's alone: it has to be confirmed there.
    """
    relied = relied_on(reasons)
    found = ended_clearances(decisions, today) if relied else {}
    gone = [ended for number, ended in found.items() if number in relied]
    return tuple(sorted((e for e in gone if on == today or e.how is not How.DECIDED_ANEW), key=lambda ended: ended.at))


def is_replaced(*, version: str, formulation: str) -> bool:
    """Whether the questions or the formulation's version, in these states, are in force no more."""
    return version != State.APPROVED or formulation != State.APPROVED


def closes_one_alone(open_formulations: Iterable[int], chosen: int) -> bool:
    """Whether a signed checklist rules out the formulation `chosen`, and leaves others open: another can be planned."""
    found = set(open_formulations)
    return bool(found) and chosen not in found


def offers_another(last: LastSigned | None, today: date) -> bool:
    """Whether beginning a checklist today makes sense beside the `last` signed one."""
    return last is None or last.on != today or not last.counts or last.replaced


@dataclass(frozen=True, slots=True)
class Standing:
    """The decision on one question that is told of on a day: it holds, or would hold hadn't it been `withdrawn`."""

    decision: Row
    withdrawn: bool

    @property
    def against(self) -> bool:
        """Whether it lets nobody be treated in spite of a yes."""
        return self.withdrawn or not self.decision["granted"]


def standing_decisions(decisions: Iterable[Row], today: date) -> list[Standing]:
    """Return, for each question, the decision that holds today, or the clearance that was withdrawn last.

    `decisions` come in the order in which they were made. A decision that is taken back leaves its question open: what
    was decided before it doesn't come to life again. What lets nobody be treated stands first, then what holds
    longest.
    """
    day = today.isoformat()
    holds: dict[str, Standing] = {}
    for row in decisions:
        if not row["first"] <= day <= row["last"]:
            continue
        if row["granted"] or not row["withdrawn_at"]:
            holds[row["rule"]] = Standing(row, withdrawn=bool(row["withdrawn_at"]))
        else:
            holds.pop(row["rule"], None)
    longest = sorted(holds.values(), key=lambda each: each.decision["last"], reverse=True)
    return sorted(longest, key=lambda each: not each.against)
