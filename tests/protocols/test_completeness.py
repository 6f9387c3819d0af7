"""What keeps a draft from review."""

import pytest

from protocols.checklists.rules import Rule, checklist_gaps
from protocols.consents.completeness import consent_gaps
from protocols.formulations.completeness import recipe_gaps
from protocols.formulations.slots import free_slot
from protocols.photos.completeness import photo_gaps


@pytest.mark.parametrize(
    ("volumes", "words"),
    [
        ([600, 400], []),
        ([1000], []),
        ([600, 399], ["The lines make 999 µL of 1000 µL per mL: 1 µL are missing."]),
        ([600, 500], ["The lines make 1100 µL of 1000 µL per mL: 100 µL are too many."]),
    ],
)
def test_the_lines_make_exactly_one_millilitre(volumes: list[int], words: list[str]) -> None:
    assert recipe_gaps([("active", volume) for volume in volumes]) == words


def test_a_formulation_has_lines_and_an_active_among_them() -> None:
    assert recipe_gaps([]) == ["The formulation has no ingredient yet. Add its lines."]
    assert recipe_gaps([("vehicle", 500), ("diluent", 500)]) == [
        "None of the 2 lines is an active ingredient. Add one."
    ]


@pytest.mark.parametrize(
    ("taken", "free"), [([], 1), ([1], 2), ([2], 1), ([1, 3], 2), ([1, 2], 3), ([1, 2, 3], None), ([3, 1, 2], None)]
)
def test_the_lowest_free_place_is_taken_and_there_are_three(taken: list[int], free: int | None) -> None:
    assert free_slot(taken) == free


def test_a_checklist_asks_about_each_of_the_six_contraindications() -> None:
    assert checklist_gaps(set(Rule.values)) == []
    assert checklist_gaps(set(Rule.values) - {Rule.PREGNANCY}) == [
        "No question asks about this: Pregnancy and breastfeeding. Add one."
    ]
    assert len(checklist_gaps(set())) == 6


def test_a_consent_says_what_to_expect_and_a_photo_set_has_a_required_view() -> None:
    assert consent_gaps(["It slows loss."]) == []
    assert len(consent_gaps([])) == 1
    assert photo_gaps([False, True], points=1) == []
    assert len(photo_gaps([False], points=1)) == len(photo_gaps([], points=1)) == len(photo_gaps([True], points=0)) == 1
