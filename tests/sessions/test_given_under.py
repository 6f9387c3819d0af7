"""Under which papers points were injected, part by part, and what interrupted that: the truth tables."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from patients.screening.ended import Ended, How
from sessions.treatment.given_under import Entry, beside_paper, heading, interruptions, keys_of, parts_of

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ON = date(2026, 11, 24)


class Site:
    """A site in Berlin."""

    time_zone = "Europe/Berlin"


def papers(checklist: int, *clearances: int, consent: int = 1) -> dict[str, Any]:
    return {"checklist": checklist, "consent": consent, "clearances": [{"id": number} for number in clearances]}


def entry(zone: str, minutes: int, kept: dict[str, Any] | None) -> Entry:
    return Entry(zone, AT + timedelta(minutes=minutes) if kept else None, kept)


@pytest.mark.parametrize(
    ("entries", "zones"),
    [
        ([], []),
        ([entry("Frontal", 0, papers(1, 7)), entry("Vertex", 5, papers(1, 7))], [("Frontal", "Vertex")]),
        # Another checklist, clearance or consent is another part.
        ([entry("Frontal", 0, papers(1, 7)), entry("Crown", 5, papers(2, 7))], [("Frontal",), ("Crown",)]),
        ([entry("Frontal", 0, papers(1, 7)), entry("Crown", 5, papers(1, 8))], [("Frontal",), ("Crown",)]),
        ([entry("Frontal", 0, papers(1)), entry("Crown", 5, papers(1, consent=2))], [("Frontal",), ("Crown",)]),
        # A zone may be in two parts, and is named once in each.
        (
            [entry("Vertex", 0, papers(1)), entry("Vertex", 1, papers(1)), entry("Vertex", 5, papers(2))],
            [("Vertex",), ("Vertex",)],
        ),
        # What was recorded before it was kept is a part of its own.
        ([entry("Frontal", 0, None), entry("Crown", 5, papers(2))], [("Frontal",), ("Crown",)]),
    ],
)
def test_points_under_the_same_papers_are_one_part(entries: list[Entry], zones: list[tuple[str, ...]]) -> None:
    assert [part.zones for part in parts_of(entries)] == zones


def test_a_part_says_when_its_entries_were_recorded() -> None:
    first, second = parts_of([
        entry("Frontal", 1, papers(1)), entry("Vertex", 10, papers(1)), entry("Crown", 30, papers(2)),
    ])  # fmt: skip
    assert heading(first, Site(), ON) == "Given under: Frontal, Vertex (recorded 10:31 to 10:40)"
    assert heading(second, Site(), ON) == "Given under: Crown (recorded 11:00)"
    (unknown,) = parts_of([entry("Frontal", 0, None)])
    assert heading(unknown, Site(), ON) == "Given under: Frontal"


def test_an_entry_that_was_typed_late_stands_at_the_time_of_its_injection() -> None:
    late = Entry("Temple", AT + timedelta(minutes=5), papers(1), late=True)
    first, second = parts_of([entry("Vertex", 10, papers(1)), entry("Crown", 30, papers(2)), late])
    assert heading(first, Site(), ON) == "Given under: Temple, Vertex (injected 10:35 to 10:40)"
    assert heading(second, Site(), ON) == "Given under: Crown (recorded 11:00)"
    (alone,) = parts_of([late])
    assert heading(alone, Site(), ON) == "Given under: Temple (injected 10:35)"
    assert parts_of([entry("Crown", 30, papers(2)), late])[0] == alone


def ended(how: How = How.WITHDRAWN, minutes: int = 12) -> Ended:
    return Ended(how, AT + timedelta(minutes=minutes), "Dr Petra Demo", "INR not known", "Anticoagulant: Apixaban")


class TestInterruptions:
    PARTS = parts_of([entry("Frontal", 0, papers(1, 7)), entry("Crown", 30, papers(2, 8))])

    @pytest.mark.parametrize(
        ("key", "how", "said"),
        [
            (("clearance", 7), How.WITHDRAWN,
             "10:42: Dr Petra Demo withdrew the clearance (Anticoagulant: Apixaban): INR not known."),
            (("clearance", 7), How.REFUSED,
             "10:42: Dr Petra Demo decided against the clearance (Anticoagulant: Apixaban): INR not known."),
            (("clearance", 7), How.DECIDED_ANEW,
             "10:42: Dr Petra Demo decided anew on the clearance (Anticoagulant: Apixaban): INR not known."),
            (("consent", 1), How.AMENDED,
             "10:42: Dr Petra Demo amended the consent, which counted no longer: INR not known."),
            (("checklist", 1), How.AMENDED,
             "10:42: Dr Petra Demo amended the checklist, which counted no longer: INR not known."),
            (("consent", 1), How.WITHDRAWN,
             "10:42: the consent was withdrawn, recorded by Dr Petra Demo: INR not known."),
        ],
    )  # fmt: skip
    def test_who_ended_a_paper_when_and_why(self, key: tuple[str, int], how: How, said: str) -> None:
        assert interruptions(self.PARTS, {key: ended(how)}, Site(), ON) == [said]

    def test_of_papers_that_nothing_was_given_under_nothing_is_said(self) -> None:
        assert interruptions(self.PARTS, {("clearance", 9): ended()}, Site(), ON) == []

    def test_the_earliest_comes_first(self) -> None:
        found = interruptions(self.PARTS, {("clearance", 8): ended(minutes=40), ("clearance", 7): ended()}, Site(), ON)
        assert [said[:5] for said in found] == ["10:42", "11:10"]

    def test_beside_the_paper_it_says_how_it_ended(self) -> None:
        gone = {("clearance", 7): ended(), ("consent", 1): ended()}
        assert beside_paper(("clearance", 7), gone, Site(), ON) == "Withdrawn 10:42 by Dr Petra Demo: INR not known."
        assert "recorded by Dr Petra Demo" in beside_paper(("consent", 1), gone, Site(), ON)
        assert beside_paper(("clearance", 8), gone, Site(), ON) == ""


def test_papers_are_known_by_their_numbers_whatever_they_are_called() -> None:
    assert keys_of({**papers(1, 7), "checklist_text": "x"}) == keys_of(papers(1, 7))
    assert keys_of({"checklist": 1, "consent": 2}) == {("checklist", 1), ("consent", 2)}
