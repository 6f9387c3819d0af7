"""Where an audit stands, and why maintenance waits for it: the pure rules."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from audit.month6.models import Decision
from audit.month6.standing import Standing, loading_waits, maintenance_waits, state_of
from sessions.gate.stops import StopCode

DUE = date(2026, 11, 22)
SIGNED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UNOPENED = Standing(due_on=DUE)
EARLIER = SIGNED - timedelta(days=200)


def opened(**more: Any) -> Standing:
    return Standing(due_on=DUE, number=7, **more)


def signed(decision: Decision) -> Standing:
    return opened(taken=True, signed_at=SIGNED, decision=decision)


@pytest.mark.parametrize(
    ("audit", "plan_made_at", "code", "told"),
    [
        (UNOPENED, EARLIER, StopCode.AUDIT_UNSIGNED, "which is due on 22 Nov 2026"),
        (opened(), EARLIER, StopCode.AUDIT_NOT_PHOTOGRAPHED, "Its photographs aren't taken yet"),
        (opened(begun=3), EARLIER, StopCode.AUDIT_NOT_PHOTOGRAPHED, "Its photographs aren't taken yet"),
        (opened(taken=True), EARLIER, StopCode.AUDIT_UNSIGNED, "It must be graded and signed first."),
        (signed(Decision.CHANGE), EARLIER, StopCode.AUDIT_DECIDED_OTHERWISE, "Change the plan. Treatment doesn't"),
        (signed(Decision.CHANGE), SIGNED, StopCode.AUDIT_DECIDED_OTHERWISE, "Change the plan"),
        (signed(Decision.STOP), SIGNED + MINUTE, StopCode.AUDIT_DECIDED_OTHERWISE, "Stop treatment"),
        (signed(Decision.REFER), SIGNED + MINUTE, StopCode.AUDIT_DECIDED_OTHERWISE, "Refer for surgical assessment"),
    ],
)
def test_maintenance_waits(audit: Standing, plan_made_at: datetime, code: StopCode, told: str) -> None:
    waits = maintenance_waits(audit, plan_made_at=plan_made_at)
    assert waits is not None
    assert waits.code == code
    assert told in waits.words


@pytest.mark.parametrize(
    ("audit", "plan_made_at"),
    [(signed(Decision.CONTINUE), EARLIER), (signed(Decision.CHANGE), SIGNED + MINUTE)],
)
def test_maintenance_goes_on(audit: Standing, plan_made_at: datetime) -> None:
    assert maintenance_waits(audit, plan_made_at=plan_made_at) is None


@pytest.mark.parametrize(
    ("audit", "plan_made_at", "waits"),
    [
        (UNOPENED, EARLIER, False),
        (opened(), EARLIER, False),
        (opened(taken=True), EARLIER, False),
        (signed(Decision.CONTINUE), EARLIER, False),
        (signed(Decision.CHANGE), EARLIER, True),
        (signed(Decision.CHANGE), SIGNED, True),
        (signed(Decision.STOP), EARLIER, True),
        (signed(Decision.REFER), EARLIER, True),
        (signed(Decision.CHANGE), SIGNED + MINUTE, False),
        (signed(Decision.STOP), SIGNED + MINUTE, False),  # a physician has decided since that treatment begins again
        (signed(Decision.REFER), SIGNED + MINUTE, False),
    ],
)
def test_a_loading_session_waits_for_no_audit_but_ends_by_its_decision(
    audit: Standing, plan_made_at: datetime, *, waits: bool
) -> None:
    told = loading_waits(audit, plan_made_at=plan_made_at)
    assert (told is not None) is waits
    if told is not None:
        assert told.code == StopCode.AUDIT_DECIDED_OTHERWISE
        assert "Treatment doesn't go on under this plan." in told.words


@pytest.mark.parametrize(
    ("audit", "late", "state"),
    [
        (UNOPENED, False, ("wait", "Planned")),
        (UNOPENED, True, ("wait", "Planned")),
        (opened(), False, ("ask", "Photographs not taken yet")),
        (opened(taken=True), False, ("ask", "To grade")),
        (opened(), True, ("ask", "Overdue")),
        (signed(Decision.CONTINUE), True, ("done", "Continue with maintenance")),
        (signed(Decision.CHANGE), True, ("ask", "Change the plan")),
        (signed(Decision.STOP), False, ("stop", "Stop treatment")),
        (signed(Decision.REFER), False, ("stop", "Refer for surgical assessment")),
    ],
)
def test_how_it_stands_in_a_few_words(audit: Standing, *, late: bool, state: tuple[str, str]) -> None:
    assert state_of(audit, late=late) == state
