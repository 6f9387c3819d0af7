"""Which departures are recorded for the weekly audit, and what is missing before signing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sessions.preparation.beyond_use import Limit
from sessions.preparation.completeness import LineState, missing
from sessions.preparation.deviations import Measurement, deviation_words, deviations, is_gross
from sessions.preparation.models import DeviationKind

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


def _measurement(ordinal: int, measured_ul: int = 2_000, *, minutes: int | None = None) -> Measurement:
    return Measurement(
        ordinal=ordinal, name=f"Ingredient {ordinal}", target_ul=2_000, measured_ul=measured_ul,
        tolerance_percent=Decimal("5.0"), measured_at=NOON + timedelta(minutes=ordinal if minutes is None else minutes),
    )  # fmt: skip


def test_a_preparation_as_described_has_none() -> None:
    lines = [_measurement(1, 2_100), _measurement(2, 1_900)]
    assert deviations(lines, finished_at=NOON + timedelta(minutes=10)) == []


def test_one_microlitre_beyond_the_tolerance_is_one() -> None:
    (found,) = deviations([_measurement(1, 2_101), _measurement(2)], finished_at=NOON + timedelta(minutes=10))
    assert (found.kind, found.ordinal, found.permille) == (DeviationKind.VOLUME, 1, Decimal("50.50"))
    assert found.detail == "Ingredient 1: 0.101 mL too much (+5.05 %), tolerance ± 5.0 %"


def test_an_ingredient_measured_before_one_that_goes_in_first_is_one() -> None:
    lines = [_measurement(1, minutes=5), _measurement(2, minutes=4), _measurement(3, minutes=6)]
    (found,) = deviations(lines, finished_at=NOON + timedelta(minutes=10))
    assert (found.kind, found.ordinal, found.permille) == (DeviationKind.ORDER, 2, None)
    assert found.detail == "Ingredient 2 was measured before Ingredient 1, which goes in first"


def test_at_the_same_moment_is_in_order() -> None:
    assert deviations([_measurement(1, minutes=1), _measurement(2, minutes=1)], finished_at=NOON) == []


@pytest.mark.parametrize(("minutes", "late"), [(60, False), (61, True)])
def test_a_signature_more_than_an_hour_after_the_last_volume_is_late(minutes: int, late: bool) -> None:
    found = deviations([_measurement(1, minutes=0)], finished_at=NOON + timedelta(minutes=minutes))
    assert [each.kind for each in found] == ([DeviationKind.LATE] if late else [])


def test_one_line_can_depart_in_two_ways() -> None:
    lines = [_measurement(1, minutes=5), _measurement(2, 0, minutes=1)]
    kinds = [each.kind for each in deviations(lines, finished_at=NOON + timedelta(minutes=6))]
    assert kinds == [DeviationKind.VOLUME, DeviationKind.ORDER]


@pytest.mark.parametrize(
    ("measured_ul", "tolerance", "gross"),
    [(0, 5, True), (1_499, 5, True), (1_500, 5, False), (2_500, 5, False), (2_501, 5, True), (2_501, 30, False)],
)
def test_more_than_a_quarter_off_and_beyond_the_tolerance_is_gross(
    measured_ul: int, tolerance: int, gross: bool
) -> None:
    assert is_gross(target_ul=2_000, measured_ul=measured_ul, tolerance_percent=Decimal(tolerance)) is gross


def test_too_little_is_said_in_words() -> None:
    assert deviation_words(_measurement(1, 1_880)) == "0.12 mL too little (−6.00 %)"


def _line(**changed: Any) -> LineState:
    values = {"name": "Saline", "has_lot": True, "lot_fault": "", "target_ul": 2_000, "measured_ul": 2_000}
    return LineState(**(values | {"tolerance_percent": Decimal("5.0")} | changed))


COMPLETE = _line()
LIMIT = Limit(NOON + timedelta(hours=8), "the formulation's limit of 8 h")


def _missing(*lines: LineState, **changed: object) -> list[str]:
    values = {"visual_check": "right", "vial_count": 1, "formulation_active": True, "limit": LIMIT, "at": NOON}
    return missing(lines=lines or (COMPLETE,), **(values | changed))  # type: ignore[arg-type]


def test_nothing_is_missing_from_a_complete_preparation() -> None:
    assert _missing() == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (_line(has_lot=False), "Saline: lot."),
        (_line(measured_ul=None), "Saline: measured volume."),
        (_line(lot_fault="lot 7 is in quarantine."),
         "Saline: lot 7 is in quarantine."),
    ],
)  # fmt: skip
def test_each_line_says_what_it_lacks(line: LineState, text: str) -> None:
    assert _missing(COMPLETE, line) == [text]


def test_that_the_formulation_was_retired_comes_before_what_could_still_be_measured() -> None:
    empty = _line(has_lot=False, measured_ul=None)
    found = _missing(empty, limit=None, visual_check="", formulation_active=False)
    assert found[0] == "The formulation was retired meanwhile. Reject this preparation."
    assert len(found) == 3


def test_a_line_that_lacks_both_says_both() -> None:
    empty = _line(has_lot=False, measured_ul=None)
    assert _missing(empty, limit=None) == ["Saline: lot and measured volume."]
    faulty = _line(lot_fault="lot 7 is in quarantine.", measured_ul=None)
    assert _missing(faulty) == ["Saline: lot 7 is in quarantine.", "Saline: measured volume."]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"visual_check": ""}, "Visual check"),
        ({"visual_check": "wrong"}, "doesn't look as described"),
        ({"formulation_active": False}, "retired meanwhile"),
        ({"at": LIMIT.at}, "beyond-use time has passed"),
        ({"vial_count": 2_001}, "Nothing was made"),
    ],
)
def test_the_whole_says_what_it_lacks(changed: dict[str, object], words: str) -> None:
    (text,) = _missing(**changed)
    assert words in text


def test_one_moment_before_its_beyond_use_time_it_can_be_signed() -> None:
    assert _missing(at=LIMIT.at - timedelta(microseconds=1)) == []


def test_a_product_that_isnt_allowed_is_one_whatever_was_measured() -> None:
    lines = [replace(_measurement(1), other_product="Panthenol Other"), _measurement(2)]
    (found,) = deviations(lines, finished_at=NOON + timedelta(minutes=10))
    assert (found.kind, found.ordinal, found.permille) == (DeviationKind.PRODUCT, 1, None)
    assert found.detail == "Ingredient 1: Panthenol Other isn't among the allowed products"
