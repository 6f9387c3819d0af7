"""What ended a clearance before its last day: who, when and why. A pure rule, and what it wants of the patient's row.

A prescriber withdraws a clearance, or decides anew on the same question; of two decisions that are valid on a day the
later one counts, as it does for the rules of the checklist (`findings.clearance_of`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import OuterRef
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from clinic.clock import HasTimeZone
from clinic.codes import words_of
from clinic.moments import moment_text, stopped
from clinic.pieces import Row, each
from clinic.trail.ended import end_said
from patients.screening.models import Clearance
from patients.screening.outcomes import Outcome
from protocols.checklists.models import Rule


class How(StrEnum):
    """In which way a paper stopped counting."""

    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    DECIDED_ANEW = "decided_anew"
    AMENDED = "amended"


@dataclass(frozen=True, slots=True)
class Ended:
    """What ended a paper; `about` names a clearance in words, `who` is whoever withdrew or decided.

    `rule` is what the question asks about that a clearance was given on.
    """

    how: How
    at: datetime
    who: str
    why: str
    about: str = ""
    rule: str = field(default="", compare=False)


def _taken_back(column: str, said: str) -> Coalesce:
    """Return what a clearance's withdrawal says, or the trail where that row is gone."""
    return Coalesce(f"withdrawal__{column}", end_said(Clearance, said))


#: What `ended_clearances` looks at of a decision.
_COLUMNS = {
    "pk": "pk", "rule": "rule", "about": "about", "scope": "scope", "granted": "granted", "first": "valid_from",
    "last": "valid_until", "given_at": "given_at", "by": "given_by__full_name",
    "withdrawn_at": _taken_back("withdrawn_at", "occurred_at"),
    "withdrawn_by": _taken_back("withdrawn_by__full_name", "actor_name"), "why": _taken_back("reason", "reason"),
}  # fmt: skip


def decisions_wanted() -> BaseExpression:
    """Want all decisions of the patient whose row is outside, the first first, with what became of each."""
    return each(Clearance.objects.filter(patient=OuterRef("pk")).order_by("given_at", "id"), **_COLUMNS)


def decision_row(clearance: Clearance) -> Row:
    """Return a decision, loaded by `with_standing`, as `decisions_wanted` would."""
    withdrawal, loaded = getattr(clearance, "withdrawal", None), vars(clearance)  # annotated, which no type knows
    at = withdrawal.withdrawn_at if withdrawal else loaded["ended_at"]
    return {
        "pk": clearance.pk, "rule": clearance.rule, "about": clearance.about, "scope": clearance.scope,
        "granted": clearance.granted, "first": clearance.valid_from.isoformat(),
        "last": clearance.valid_until.isoformat(), "given_at": clearance.given_at.isoformat(),
        "by": clearance.given_by.full_name,
        "withdrawn_at": at.isoformat() if at else None,
        "withdrawn_by": withdrawal.withdrawn_by.full_name if withdrawal else loaded["ended_by"],
        "why": withdrawal.reason if withdrawal else loaded["ended_why"],
    }  # fmt: skip


def ended_clearances(decisions: Iterable[Row], on: date, *, until: datetime | None = None) -> dict[int, Ended]:
    """Return what ended each clearance among `decisions`, by its number, as it stands on the day `on`.

    `decisions` are what `decisions_wanted` wants; what was decided or withdrawn after `until` is left out. A clearance
    whose last day is over by itself isn't among them, nor is a refusal.
    """
    today, found = on.isoformat(), {}
    known_then = [_as_of(row, until) for row in decisions if until is None or _time(row["given_at"]) <= until]
    for place, row in enumerate(known_then):
        if not row["granted"]:
            continue
        about = f"{words_of(Rule, row['rule'])}: {row['about'] or row['scope']}"
        if row["withdrawn_at"]:
            at = _time(row["withdrawn_at"])
            found[row["pk"]] = Ended(How.WITHDRAWN, at, row["withdrawn_by"], row["why"], about, row["rule"])
        elif (later := _counts_instead(row, known_then[place + 1 :], today)) is not None:
            how = How.DECIDED_ANEW if later["granted"] else How.REFUSED
            found[row["pk"]] = Ended(how, _time(later["given_at"]), later["by"], later["scope"], about, row["rule"])
    return found


def _as_of(row: Row, until: datetime | None) -> Row:
    """Return a decision as it was known at `until`: its withdrawal may have come later."""
    if until is None or not row["withdrawn_at"] or _time(row["withdrawn_at"]) <= until:
        return row
    return {**row, "withdrawn_at": None}


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _counts_instead(row: Row, later: Iterable[Row], today: str) -> Row | None:
    """Return the decision among `later` that took the place of `row` today, taken back since or not; the last one."""
    counts = [
        one for one in later
        if one["rule"] == row["rule"] and one["first"] <= today <= one["last"]
    ]  # fmt: skip
    return counts[-1] if counts else None


def relied_on(reasons: Iterable[Mapping[str, Any]]) -> frozenset[int]:
    """Return the numbers of the clearances that the `reasons` of a stored verdict rest on."""
    return frozenset(r["clearance"] for r in reasons if r["clearance"] and r["outcome"] == Outcome.PROCEED)


def ended_words(ended: Ended, site: HasTimeZone, on: date) -> str:
    """Return how a clearance ended, in a sentence that stands beside its name."""
    told = {"at": moment_text(ended.at, site, on), "who": ended.who, "why": stopped(ended.why)}
    if ended.how is How.WITHDRAWN:
        return _("Withdrawn %(at)s by %(who)s: %(why)s") % told
    if ended.how is How.REFUSED:
        return _("Not cleared any more since %(at)s, by %(who)s: %(why)s") % told
    return _("Decided anew %(at)s by %(who)s: %(why)s") % told


def rested_on_words(ended: Ended, site: HasTimeZone, on: date) -> str:
    """Return, in a sentence of its own, that a clearance which a checklist rests on has ended."""
    told = {"about": ended.about, "said": ended_words(ended, site, on)}
    return _("The clearance that the checklist rests on counts no longer (%(about)s). %(said)s") % told


def refused_words(decision: Row, site: HasTimeZone, on: date) -> str:
    """Return who decided against treatment, when and why; `decision` is one that `decisions_wanted` wants."""
    told = {
        "at": moment_text(_time(decision["given_at"]), site, on), "who": decision["by"],
        "why": stopped(decision["scope"]),
    }  # fmt: skip
    return _("Refused %(at)s by %(who)s: %(why)s") % told
