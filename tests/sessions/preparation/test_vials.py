"""Vials hold exactly what was made, and their codes can be read by people."""

import pytest

from sessions.preparation.vials import CODE_ALPHABET, divide_ul, new_code, read_code, shown_code


@pytest.mark.parametrize("made_ul", [1, 7, 999, 5_000, 5_003, 100_000])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_the_vials_hold_what_was_made_to_the_microlitre(made_ul: int, count: int) -> None:
    if made_ul < count:
        with pytest.raises(ValueError, match="something in it"):
            divide_ul(made_ul, count)
        return
    volumes = divide_ul(made_ul, count)
    assert (sum(volumes), len(volumes)) == (made_ul, count)
    assert max(volumes) - min(volumes) <= 1
    assert min(volumes) > 0


def test_no_vials_is_refused() -> None:
    with pytest.raises(ValueError, match="something in it"):
        divide_ul(5_000, 0)


def test_a_code_has_no_letters_that_look_like_others() -> None:
    codes = {new_code() for _ in range(2_000)}
    assert len(codes) > 1_990  # of a thousand million: two alike are rare, not impossible
    assert {letter for code in codes for letter in code} == set(CODE_ALPHABET)
    assert not set("ILOU") & set(CODE_ALPHABET)
    assert {len(code) for code in codes} == {6}


def test_a_code_is_shown_in_two_groups() -> None:
    assert shown_code("K7P2QX") == "K7P-2QX"


@pytest.mark.parametrize("typed", ["K7P2Q0", "k7p-2q0", " k7p 2qo ", "K7P-2QO"])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert read_code(typed) == "K7P2Q0"


@pytest.mark.parametrize("typed", ["", "K7P2Q", "K7P2QXX", "K7P2QU", "K7P2Q!", "K7P2Qé", "ßK7P2Q", "../../"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None
