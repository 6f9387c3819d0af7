"""What a checklist waits for whose answers are given: a clearance, the word that it is about them, a consent. Pure."""

from collections.abc import Iterable

from patients.screening.contraindications import Reason, Verdict
from patients.screening.outcomes import Outcome
from protocols.checklists.models import Rule


def unconfirmed(reason: Reason) -> bool:
    """Whether a clearance is on file that would count, and nobody said that it is about what was answered."""
    return bool(reason.offered) and not reason.clearable


def waits_for_clearance(verdict: Verdict) -> bool:
    """Whether prescribers' clearances, and nothing else, let a session go on by what was answered so far."""
    against = _against(verdict)
    return bool(against) and all(reason.clearable for reason in against)


def waits_for_confirmation(verdict: Verdict) -> bool:
    """Whether clearances are on file for all that stands in the way, and wait to be confirmed in a checklist."""
    against = _against(verdict)
    return bool(against) and all(unconfirmed(reason) for reason in against)


def waits_for_consent(reason: Reason) -> bool:
    """Whether `reason` is that no consent is in force: the answers let the session go on, the gate doesn't yet."""
    return is_consent_first(reason.rule, reason.outcome, reason.instruction)


def is_consent_first(rule: str, outcome: str, instruction: str) -> bool:
    """Say it of a reason as it is stored: `waits_for_consent`."""
    return rule == Rule.CONSENT_CURRENT and outcome == Outcome.PROCEED and bool(instruction)


def in_the_session(verdict: Verdict) -> list[str]:
    """Return what has to be done in a session that goes on by `verdict`, in words; what comes before it isn't meant."""
    return _said(reason for reason in verdict.instructions() if not waits_for_consent(reason))


def before_the_session(verdict: Verdict) -> list[str]:
    """Return what no session begins without, though the answers let it: the consent that isn't in force."""
    return _said(reason for reason in verdict.instructions() if waits_for_consent(reason))


def _said(reasons: Iterable[Reason]) -> list[str]:
    return list(dict.fromkeys(reason.instruction for reason in reasons))


def _against(verdict: Verdict) -> list[Reason]:
    return [reason for reason in verdict.deciding() if not reason.open]
