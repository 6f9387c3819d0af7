"""Telephone numbers as people write them."""

import pytest

from patients.registry.phones import phone_digits, phone_error, phone_tail


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+49 30 5550100", "49305550100"),
        ("0049 (30) 555-0100", "49305550100"),
        ("+44 (0)20 5550 1000", "442055501000"),
        ("(0) 205550100", "0205550100"),
        ("030/5550100", "0305550100"),
        ("555-533-1316 x12", "5555331316"),
        ("555.533.1316 ext. 7", "5555331316"),
        ("٠١٢٣٤٥٦٧٨", "012345678"),
        ("", ""),
        ("none", ""),
    ],
)
def test_a_number_is_its_digits(text: str, digits: str) -> None:
    assert phone_digits(text) == digits


def test_two_spellings_of_one_number_end_alike() -> None:
    spellings = ["+43 1 5550100", "0043 1 5550100", "+43 (0)1 5550100", "01 5550100", "01/555 01 00"]
    assert {phone_tail(spelling) for spelling in spellings} == {"15550100"}


@pytest.mark.parametrize(
    "text", ["+49 30 5550100", "(03) 5555 6473", "555-533-1316", "+61.3.5550.1000", "01 555 0100 x3"]
)
def test_a_number_may_be_written_in_many_ways(text: str) -> None:
    assert phone_error(text) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("123456", "7 to 15 digits"),
        ("1234567890123456", "7 to 15 digits"),
        ("", "written with digits"),
        ("call me", "written with digits"),
        ("12345678; DROP TABLE", "written with digits"),
        ("49+305550100", "written with digits"),
    ],
)
def test_what_is_no_number_is_told_in_words(text: str, reason: str) -> None:
    assert reason in phone_error(text)
