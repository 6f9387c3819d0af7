"""What stands beside the name about allergies: reported, answered, or never asked, which is no "none known"."""

from datetime import date

import pytest

from patients.registry.models import FactStatus
from patients.screening.outcomes import Answer
from patients.screening.sensitivities import MOST, Asked, Reported, sensitivities

ON = date(2026, 11, 22)
ASKED_NO = Asked(ON, Answer.NO)


def told(reported: list[Reported] | None = None, asked: Asked | None = None) -> list[tuple[str, str]]:
    """The alerts, kind and text."""
    return [(alert.kind, alert.text) for alert in sensitivities(reported or [], asked)]


def test_nobody_asked_is_not_none_known() -> None:
    assert told() == [("ask", "Allergies: none recorded, not asked yet")]


def test_none_known_elsewhere_is_still_to_be_asked_here() -> None:
    found = told([Reported("No known allergy", FactStatus.NEGATED, none_known=True)])
    assert found == [("ask", "Allergies: not asked here yet; reported elsewhere as none known")]


def test_a_no_says_when_it_was_given_and_judges_nothing() -> None:
    assert told(asked=ASKED_NO) == [("plain", "No allergy known when asked on 22 Nov 2026")]


@pytest.mark.parametrize(
    ("asked", "alert"),
    [
        (Asked(ON, Answer.YES, "Lidocaine"), ("stop", "Hypersensitive: Lidocaine")),
        (Asked(ON, Answer.YES), ("stop", "Hypersensitive: not said to what")),
        (Asked(ON, Answer.UNSURE, "latex"), ("ask", "Perhaps hypersensitive, not sure: latex")),
    ],
)
def test_what_was_answered_is_said(asked: Asked, alert: tuple[str, str]) -> None:
    assert told(asked=asked) == [alert]


@pytest.mark.parametrize(
    ("status", "alert"),
    [
        (FactStatus.PRESENT, ("stop", "Allergy reported: lidocaine")),
        (FactStatus.CHECK, ("ask", "Allergy to be checked: lidocaine")),
        (FactStatus.PAST, ("ask", "Allergy reported as past: lidocaine")),
    ],
)
def test_what_was_reported_is_said_by_its_status(status: str, alert: tuple[str, str]) -> None:
    assert told([Reported("lidocaine", status)]) == [alert, ("ask", "Allergies: not asked here yet")]


def test_what_is_stated_absent_is_no_allergy() -> None:
    assert told([Reported("lidocaine", FactStatus.NEGATED)], ASKED_NO) == told(asked=ASKED_NO)


def test_a_no_takes_nothing_back_that_was_reported() -> None:
    assert [kind for kind, _text in told([Reported("lidocaine", FactStatus.PRESENT)], ASKED_NO)] == ["stop", "plain"]


def test_the_same_allergy_is_said_once_by_its_gravest_status() -> None:
    found = told([Reported("Latex", FactStatus.PAST), Reported("latex", FactStatus.PRESENT)], ASKED_NO)
    assert found[0] == ("stop", "Allergy reported: latex")
    assert len(found) == 2


def test_more_than_fit_are_counted_never_left_out() -> None:
    found = told([Reported(f"Substance {number}", FactStatus.PRESENT) for number in range(MOST + 3)], ASKED_NO)
    assert found[MOST] == ("stop", "Allergies reported: 3 more on the patient's page")
    assert len(found) == MOST + 2


def test_a_long_report_is_cut_and_can_be_read_in_full() -> None:
    text = "Penicillin, " + "told by the mother, " * 20
    first = sensitivities([Reported(text, FactStatus.PRESENT)], ASKED_NO)[0]
    assert first.text.startswith("Allergy reported: Penicillin, told by")
    assert first.text.endswith("…")
    assert len(first.text) < 130
    assert first.title == text
