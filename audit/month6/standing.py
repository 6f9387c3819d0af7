"""Where the photo audit of a baseline stands, and whether maintenance waits for it. Pure.

No maintenance before month 6 was judged (the clinic's founding brief): the audit is signed, and says to go on. One that
says to change the plan lets a plan go on that was made after it, and stops what is left of the plan before, loading
sessions included.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from audit.month6.due import audit_due_on
from audit.month6.models import Decision, PhotoAudit, kind_of
from clinic.codes import words_of
from clinic.dates import day_text
from sessions.gate.stops import StopCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The audit of one baseline: `number` is its key, None before it is opened.

    `taken` says whether the month-6 photographs are complete, `begun` is the key of a set of them that isn't.
    """

    due_on: date
    number: int | None = None
    signed_at: datetime | None = None
    decision: str = ""
    taken: bool = False
    begun: int | None = None


class Waits(NamedTuple):
    """Why maintenance waits, in a sentence that says what comes first."""

    code: StopCode
    words: str


def standing_of(baseline_on: date, audit: PhotoAudit | None) -> Standing:
    """Return where the audit of a baseline of the day `baseline_on` stands; it is loaded `with_photographs`."""
    if audit is None:
        return Standing(due_on=audit_due_on(baseline_on))
    loaded = vars(audit)  # annotated, which no type knows
    return Standing(
        due_on=audit.due_on, number=audit.pk, signed_at=audit.signed_at, decision=audit.decision,
        taken=loaded["taken"], begun=loaded["begun"],
    )  # fmt: skip


def maintenance_waits(audit: Standing, *, plan_made_at: datetime) -> Waits | None:
    """Return why maintenance under a plan waits for `audit`; None where it may go on."""
    told = {"day": day_text(audit.due_on)}
    if audit.number is None:
        words = _("Maintenance begins after the month-6 photo audit, which is due on %(day)s.")
        return Waits(StopCode.AUDIT_UNSIGNED, words % told)
    if audit.signed_at is None and not audit.taken:
        words = _(
            "The month-6 photo audit, due on %(day)s, isn't signed. Its photographs aren't taken yet: take them, then "
            "it is graded and signed."
        )
        return Waits(StopCode.AUDIT_NOT_PHOTOGRAPHED, words % told)
    if audit.signed_at is None:
        words = _("The month-6 photo audit, due on %(day)s, isn't signed. It must be graded and signed first.")
        return Waits(StopCode.AUDIT_UNSIGNED, words % told)
    if audit.decision == Decision.CONTINUE:
        return None
    if audit.decision == Decision.CHANGE and plan_made_at > audit.signed_at:
        return None
    return _decided_otherwise(audit)


def loading_waits(audit: Standing, *, plan_made_at: datetime) -> Waits | None:
    """Return why a loading session that was left over at month 6 isn't given any more; None where it may be.

    It waits for no audit; but one that decided that the plan doesn't go on ends it too. A plan made since begins anew.
    """
    if audit.signed_at is None or audit.decision == Decision.CONTINUE or plan_made_at > audit.signed_at:
        return None
    return _decided_otherwise(audit)


def _decided_otherwise(audit: Standing) -> Waits:
    words = _(
        "The month-6 audit decided: %(decision)s. Treatment doesn't go on under this plan. End it before another is "
        "made."
    )
    return Waits(StopCode.AUDIT_DECIDED_OTHERWISE, words % {"decision": words_of(Decision, audit.decision)})


def state_of(audit: Standing, *, late: bool = False) -> tuple[str, str]:
    """Return how an audit stands, as the kind of a status and in a few words; `late` once its window has closed."""
    if audit.number is None:
        return "wait", _("Planned")
    if audit.signed_at is not None:
        return kind_of(audit.decision), words_of(Decision, audit.decision)
    if late:
        return "ask", _("Overdue")
    return "ask", _("To grade") if audit.taken else _("Photographs not taken yet")
