"""Where a form stands: the whole truth table, and what is counted of it."""

from datetime import date, timedelta
from itertools import product

import pytest

from patients.paper.codes import marks_in, spaced
from patients.paper.standing import CHIPS, Standing, standing_of, tally

DAY = date(2026, 11, 29)
#: returned, entered, called not used, its day is over -> where a form stands that is back whole, if it is back. Nothing
#: is entered that isn't back.
TABLE = {
    (False, False, False, False): Standing.OUT,
    (False, False, False, True): Standing.MISSING,
    (False, False, True, False): Standing.NOT_USED,
    (False, False, True, True): Standing.NOT_USED,
    (True, False, False, False): Standing.RETURNED,
    (True, False, False, True): Standing.RETURNED,
    (True, False, True, False): Standing.RETURNED,
    (True, False, True, True): Standing.RETURNED,
    (True, True, False, False): Standing.ENTERED,
    (True, True, False, True): Standing.ENTERED,
    (True, True, True, False): Standing.ENTERED,
    (True, True, True, True): Standing.ENTERED,
}


@pytest.mark.parametrize(("case", "expected"), TABLE.items())
def test_where_a_form_stands(case: tuple[bool, bool, bool, bool], expected: Standing) -> None:
    returned, entered, ended, over = case
    today = DAY + timedelta(days=1) if over else DAY
    for whole in (False, True):
        found = standing_of(
            returned=returned, whole=whole, entered=entered, ended=ended, printed_on=DAY, today=today
        )  # fmt: skip
        in_part = expected is Standing.RETURNED and not whole
        assert found is (Standing.PART if in_part else expected)


def test_the_table_is_whole() -> None:
    possible = {case for case in product([False, True], repeat=4) if case[0] or not case[1]}
    assert set(TABLE) == possible
    assert set(CHIPS) == set(Standing)


def test_a_day_adds_up() -> None:
    day = [Standing.OUT, Standing.OUT, Standing.RETURNED, Standing.ENTERED, Standing.NOT_USED, Standing.MISSING]
    counted = tally([*day, Standing.PART])
    assert counted == (7, 2, 1, 4)
    assert counted.printed == counted.returned + counted.not_used + counted.left


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (["https://clinic.example/d/4F7K2M9Q/"], [("4F7K2M9Q", 0)]),
        (["http://127.0.0.1:8000/d/4F7K2M9Q/", "http://127.0.0.1:8000/d/4F7K2M9Q/"], [("4F7K2M9Q", 0)]),
        (["https://old.example/d/4F7K2M9Q/", "https://old.example/d/00000000/"], [("4F7K2M9Q", 0), ("00000000", 0)]),
        (["https://clinic.example/d/4F7K2M9Q/?page=2"] * 2, [("4F7K2M9Q", 2)]),
        (["https://clinic.example/d/4F7K2M9Q/?page=12", "WIFI:S:clinic;;"], [("4F7K2M9Q", 12)]),
        (["https://clinic.example/d/4F7K2M9Q/?page=0"], []),
        (["https://clinic.example/d/4F7K2M9Q/?page=100"], []),
        (["https://clinic.example/d/4F7K2M9Q/?page=2&x=1"], []),
        (["https://clinic.example/d/4F7K2M9/"], []),
        (["https://clinic.example/patients/1/"], []),
        (["WIFI:T:WPA;S:clinic;P:secret;;", "4F7K2M9Q", ""], []),
    ],
)
def test_only_the_codes_of_documents_count(said: list[str], found: list[tuple[str, int]]) -> None:
    assert marks_in(said) == found


def test_a_code_is_read_in_two_groups() -> None:
    assert spaced("4F7K2M9Q") == "4F7K 2M9Q"
