"""The whole bench runs on a small clinic and prints every figure; no time is asserted."""

import math
from pathlib import Path
from typing import Any

import pytest

from bench import clinic, documents, photos
from bench.report import Limit, Row, table
from bench.suite import measure
from patients.registry.models import Patient

NAMES = (
    "list of patients, 25 rows",
    "page 1,000 of that list",
    "a patient's page",
    "search as you type",
    "an answer, with its trail entry",
    "a checklist signed, with its trail",
    "sealed form as PDF",
    "sealing it",
    "photo ingest, small",
)


def test_every_figure_is_printed_beside_its_floor(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    monkeypatch.setattr(photos, "SIZES", (("small", 800, 600, 0.5, 120),))
    monkeypatch.setattr(documents, "GROWTH_DOCUMENTS", 2)
    settings.DATA_DIR = tmp_path
    said: list[str] = []
    rows = list(measure(patients=420, rounds=1, say=said.append))
    assert tuple(row.name for row in rows) == NAMES
    for row in rows:
        assert math.isfinite(row.ratio)
        assert row.ratio > 0
    printed = "\n".join(table(rows))
    assert all(name in printed for name in NAMES)
    assert any("420 patients" in line for line in said)


def test_a_clinic_of_a_hundred_thousand_numbers_everybody_apart(db: None) -> None:
    clinic.build(20, first=99_990)
    numbers = Patient.objects.order_by("pk").values_list("record_number", flat=True)
    assert [*numbers[:2], numbers[19]] == ["BENCH-99990", "BENCH-99991", "BENCH-100009"]


def row(ratio: float, target: float | None, *limits: Limit) -> Row:
    return Row(name="figure", ours_ms=ratio, floor_ms=1, ratio=ratio, target=target, limits=limits)


def test_a_target_is_met_when_ratio_and_every_limit_are() -> None:
    few, many = Limit(name="queries", value=4, most=4), Limit(name="queries", value=5, most=4)
    assert row(0.3, 0.3, few).reached
    assert row(99, None, few).reached
    assert not row(0.31, 0.3, few).reached
    assert not row(0.3, 0.3, many).reached


def test_what_isnt_met_is_said() -> None:
    shown = "\n".join(table([row(0.5, 0.3, Limit(name="queries", value=5, most=4))]))
    assert shown.count("NOT met") == 2
