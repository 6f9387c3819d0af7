"""What ends a clearance, whether the last signed checklist counts, when another one is offered: the truth tables."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from patients.screening.counting import LastSigned, ended_of, is_replaced, offers_another, standing_decisions
from patients.screening.ended import Ended, How, ended_clearances, ended_words, relied_on
from patients.screening.outcomes import Outcome
from patients.screening.step import asked_of_prescriber

TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - timedelta(days=1)
NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
GONE = Ended(How.WITHDRAWN, NINE, "Dr Petra Demo", "INR not known")


class Site:
    """A site in Berlin."""

    time_zone = "Europe/Berlin"


def decision(pk: int, *, rule: str = "anticoagulant", at: datetime = NINE, **changed: Any) -> dict[str, Any]:
    """Return a clearance as it is wanted: granted, for today and 30 days more, not withdrawn."""
    return {
        "pk": pk, "rule": rule, "about": "Apixaban 5 mg", "scope": "Press each point", "granted": True,
        "first": TODAY.isoformat(), "last": (TODAY + timedelta(days=30)).isoformat(), "given_at": at.isoformat(),
        "by": "Dr Petra Demo", "withdrawn_at": None, "withdrawn_by": None, "why": None, **changed,
    }  # fmt: skip


def withdrawn(pk: int, **changed: Any) -> dict[str, Any]:
    at = NINE + timedelta(minutes=42)
    return decision(pk, withdrawn_at=at.isoformat(), withdrawn_by="Dr Paul Demo", why="INR not known", **changed)


def later(pk: int, minutes: int = 60, **changed: Any) -> dict[str, Any]:
    return decision(pk, at=NINE + timedelta(minutes=minutes), **changed)


class TestWhatAPrescriberIsAsked:
    """CI-03 and its like: no valid clearance on file: a prescriber decides before a checklist helps."""

    @pytest.mark.parametrize(
        ("decisions", "still_open", "against", "granted"),
        [
            ([], True, None, False),
            # What was decided before the signature was known to the checklist.
            ([decision(1, at=NINE - timedelta(hours=2))], True, None, False),
            ([decision(1)], False, None, True),
            ([withdrawn(1)], True, None, False),
            ([decision(1, granted=False)], False, 1, False),
            ([decision(1, at=NINE - timedelta(hours=2), granted=False)], False, 1, False),
            ([decision(1), later(2, granted=False)], False, 2, False),
            # A refusal that is taken back leaves its question open.
            ([{**withdrawn(1), "granted": False}], True, None, False),
            ([decision(1, rule="malignancy")], True, None, False),
            ([decision(1, last=YESTERDAY.isoformat())], True, None, False),
        ],
    )
    def test_truth_table(
        self, decisions: list[dict[str, Any]], still_open: bool, against: int | None, granted: bool
    ) -> None:
        asked = asked_of_prescriber(
            ["anticoagulant"], decisions, signed_at=NINE - timedelta(hours=1), today=TODAY
        )  # fmt: skip
        assert (asked.open == ("anticoagulant",)) is still_open
        assert (asked.against["pk"] if asked.against else None) == against
        assert asked.granted is granted


class TestWhatEndsAClearance:
    @pytest.mark.parametrize(
        ("decisions", "how"),
        [
            ([decision(1)], None),
            ([withdrawn(1)], How.WITHDRAWN),
            ([decision(1), later(2, granted=False)], How.REFUSED),
            ([decision(1), later(2)], How.DECIDED_ANEW),
            # Of several since, the last one counts.
            ([decision(1), later(2), later(3, 70, granted=False)], How.REFUSED),
            # On another question, or for days to come, it ends nothing.
            ([decision(1), later(2, rule="malignancy", granted=False)], None),
            ([decision(1), later(2, granted=False, first="2026-12-01")], None),
            # Taken back itself, it leaves the question open: what was decided before doesn't come to life again.
            ([decision(1), {**withdrawn(2), "granted": False}], How.REFUSED),
            ([decision(1), withdrawn(2)], How.DECIDED_ANEW),
            # Its own last day isn't an end that anybody brought about.
            ([decision(1, last=YESTERDAY.isoformat())], None),
            # A withdrawal counts whatever was decided since.
            ([withdrawn(1), later(2)], How.WITHDRAWN),
        ],
    )
    def test_truth_table(self, decisions: list[dict[str, Any]], how: How | None) -> None:
        found = ended_clearances(decisions, TODAY).get(1)
        assert (found.how if found else None) is how

    def test_it_says_who_when_and_why(self) -> None:
        (ended,) = ended_clearances([withdrawn(1)], TODAY).values()
        assert ended_words(ended, Site(), TODAY) == "Withdrawn 10:42 by Dr Paul Demo: INR not known."
        assert ended_words(ended, Site(), YESTERDAY).startswith("Withdrawn 24 Nov 2026, 10:42 by")
        assert ended.about == "Anticoagulant or antiplatelet: Apixaban 5 mg"

    def test_of_before_what_came_later_isnt_known(self) -> None:
        until = NINE + timedelta(minutes=30)
        assert not ended_clearances([withdrawn(1)], TODAY, until=until)
        assert not ended_clearances([decision(1), later(2, granted=False)], TODAY, until=until)
        assert ended_clearances([withdrawn(1)], TODAY, until=NINE + timedelta(minutes=42))

    def test_a_refusal_and_what_nothing_rests_on_arent_clearances(self) -> None:
        assert not ended_clearances([{**withdrawn(1), "granted": False}], TODAY)
        reasons = [
            {"clearance": 4, "outcome": "proceed"}, {"clearance": 5, "outcome": "stop"},
            {"clearance": None, "outcome": "proceed"},
        ]  # fmt: skip
        assert relied_on(reasons) == {4}


class TestTheLastSignedChecklist:
    @pytest.mark.parametrize(
        ("last", "counts", "offered"),
        [
            (None, None, True),
            (LastSigned(TODAY, Outcome.PROCEED), True, False),
            (LastSigned(YESTERDAY, Outcome.PROCEED), True, True),
            (LastSigned(TODAY, Outcome.STOP), False, True),
            (LastSigned(TODAY, Outcome.CLEARANCE), False, True),
            (LastSigned(TODAY, Outcome.PROCEED, amended=True), False, True),
            (LastSigned(TODAY, Outcome.PROCEED, ended=(GONE,)), False, True),
            (LastSigned(TODAY, Outcome.PROCEED, replaced=True), True, True),
        ],
    )
    def test_whether_it_counts_and_another_is_offered(
        self, last: LastSigned | None, counts: bool | None, offered: bool
    ) -> None:
        assert (last.counts if last else None) is counts
        assert offers_another(last, TODAY) is offered

    @pytest.mark.parametrize(
        ("version", "formulation", "replaced"),
        [("approved", "approved", False), ("retired", "approved", True), ("approved", "retired", True)],
    )
    def test_what_was_replaced(self, version: str, formulation: str, replaced: bool) -> None:
        assert is_replaced(version=version, formulation=formulation) is replaced

    def test_a_new_grant_matters_to_todays_alone(self) -> None:
        reasons, decisions = [{"clearance": 1, "outcome": "proceed"}], [decision(1), later(2)]
        assert ended_of(reasons, decisions, on=TODAY, today=TODAY)
        assert not ended_of(reasons, decisions, on=YESTERDAY, today=TODAY)
        assert ended_of(reasons, [withdrawn(1)], on=YESTERDAY, today=TODAY)
        assert not ended_of([], [withdrawn(1)], on=TODAY, today=TODAY)


@pytest.mark.parametrize(
    ("decisions", "told"),
    [
        ([], []),
        ([decision(1)], [(1, False)]),
        ([withdrawn(1)], [(1, True)]),
        ([withdrawn(1), later(2)], [(2, False)]),
        # Whoever takes a decision back leaves the question open: an older one doesn't come to life again.
        ([decision(1), withdrawn(2)], [(2, True)]),
        ([decision(1, granted=False), withdrawn(2)], [(2, True)]),
        ([decision(1), {**withdrawn(2), "granted": False}], []),
        ([decision(1), later(2, granted=False)], [(2, False)]),
        ([withdrawn(1, last=YESTERDAY.isoformat())], []),
        ([decision(1), withdrawn(2, rule="malignancy")], [(2, True), (1, False)]),
    ],
)
def test_which_decision_is_told_of_on_each_question(
    decisions: list[dict[str, Any]], told: list[tuple[int, bool]]
) -> None:
    found = standing_decisions(decisions, TODAY)
    assert [(each.decision["pk"], each.withdrawn) for each in found] == told
