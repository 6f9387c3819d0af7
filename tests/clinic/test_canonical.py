"""The canonical form: RFC 8785's, for the values that records may hold."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.canonical import MOST, Written, canonical, plain, sha256

#: Values, their canonical text, and the beginning of its hash: what stands here must never change.
GOLDEN: list[tuple[Any, str, str]] = [
    ({}, "{}", "44136fa355b3678a"),
    ([], "[]", "4f53cda18c2baa0c"),
    (None, "null", "74234e98afe7498f"),
    (True, "true", "b5bea41b6c623f7c"),
    (0, "0", "5feceb66ffc86f38"),
    (-1250, "-1250", ""),
    (MOST, "9007199254740991", ""),
    ({"b": 1, "a": 2}, '{"a":2,"b":1}', ""),
    # RFC 8785, section 3.2.3: sorted by code units, so that U+1F600 comes before U+FF21.
    (
        {
            "\u20ac": "Euro Sign", "\r": "Carriage Return", "\uff21": "Fullwidth Letter A", "1": "One",
            "\U0001f600": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis",
        },
        (
            '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis",'
            '"\u20ac":"Euro Sign","\U0001f600":"Emoji: Grinning Face","\uff21":"Fullwidth Letter A"}'
        ),
        "",
    ),
    ("\u20ac$\u000f\nA'B\"\\\"/", '"\u20ac$\\u000f\\nA\'B\\"\\\\\\"/"', ""),
    ("\x00\x08\t\n\x0b\f\r\x1f\x7f", '"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\x7f"', ""),
    ("</script>\u2028\u2029", '"</script>\u2028\u2029"', ""),
    ("Zoe\u0308", '"Zo\u00eb"', ""),
    (Decimal("1.50"), '"1.50"', ""),
    (Decimal("1E+3"), '"1000"', ""),
    (date(2026, 11, 2), '"2026-11-02"', ""),
    (datetime(2026, 11, 2, 9, 30, tzinfo=UTC), '"2026-11-02T09:30:00.000000Z"', ""),
    (datetime(2026, 11, 2, 9, 30, 0, 1, tzinfo=timezone(timedelta(hours=1))), '"2026-11-02T08:30:00.000001Z"', ""),
    (UUID(int=1), '"00000000-0000-0000-0000-000000000001"', ""),
    ((1, [2, {"x": None}]), '[1,[2,{"x":null}]]', ""),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text", "digits"), GOLDEN, ids=[repr(each[0])[:30] for each in GOLDEN])
def test_a_value_has_one_text(value: Any, text: str, digits: str) -> None:
    assert canonical(value) == text
    assert sha256(text).startswith(digits)


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), {1, 2}, b"x", MOST + 1, -MOST - 1, 2**64, Decimal("NaN"), Decimal("Infinity"),
     datetime(2026, 1, 1), object(), {"a\u0308": 1, "\u00e4": 2}, {1: "one", "1": "one"}],  # noqa: DTZ001  it's refused
)  # fmt: skip
def test_what_has_no_exact_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical({"value": value})


def test_half_a_character_is_refused_when_it_is_hashed() -> None:
    with pytest.raises(UnicodeEncodeError):
        sha256(canonical("\ud800"))


@given(st.recursive(st.none() | st.booleans() | st.integers(-MOST, MOST) | st.text(), st.lists))
def test_writing_down_twice_changes_nothing(value: Any) -> None:
    assert canonical(plain(value)) == canonical(value)


@given(st.lists(st.text(), min_size=2, max_size=2, unique=True), st.text())
def test_text_moved_from_one_field_to_the_next_has_another_hash(fields: list[str], moved: str) -> None:
    first, second = (plain(each) for each in fields)
    moved = plain(moved)
    if moved and plain(first + moved) != first:
        assert canonical([first + moved, second]) != canonical([first, moved + second])


@pytest.mark.parametrize("value", [each[0] for each in GOLDEN if isinstance(each[0], dict)] + [{"a": {"b": (1, None)}}])
def test_what_was_written_down_has_the_same_text(value: dict[str, Any]) -> None:
    assert canonical(Written(value)) == canonical(value)
    more = {"m": [Decimal("0.10")], "\uff21": "another"}
    assert canonical(Written(value).also(**more)) == canonical({**value, **more})


def test_what_was_written_down_stays_as_it_was() -> None:
    given_then = {"a": [1, 2]}
    written = Written(given_then)
    given_then["a"].append(3)
    assert canonical(written) == '{"a":[1,2]}'
    assert dict(written) == {"a": [1, 2]}
    assert canonical(written.also(b=1)) == '{"a":[1,2],"b":1}'
    assert canonical(written) == '{"a":[1,2]}'


def test_what_has_no_exact_form_is_not_written_down() -> None:
    with pytest.raises(TypeError):
        Written({"value": 1.5})
    with pytest.raises(TypeError):
        Written({"value": 1}).also(more=datetime(2026, 1, 1))  # noqa: DTZ001  it's refused
