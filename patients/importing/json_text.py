"""JSON from strangers: parsed strictly, or refused with a reason that a person can act on."""

import codecs
import json
import math
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from patients.importing.limits import Limits

LONGEST_NUMBER = 40


class Unreadable(Exception):
    """A file or a part of one can't be taken in; the message says why, for people."""


class _Twice(ValueError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def decode(content: bytes) -> str:
    """The text of a JSON file: UTF-8, or UTF-16 or UTF-32 with a mark at its start.

    Raises `Unreadable` for packed files, XML, spreadsheets and bytes that aren't text.
    """
    if content.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")):
        raise Unreadable(_("The file is packed (gzip, zip or similar). Unpack it and import what is inside."))
    if content.startswith(b"%PDF"):
        raise Unreadable(_("This is a PDF. Ask the sender for FHIR R4 as JSON."))
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            _("The file is not text in UTF-8: byte %(position)d can't be read.") % {"position": error.start + 1}
        ) from error
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise Unreadable(_("This is XML. Only FHIR R4 as JSON is read: ask the sender for JSON."))
    return text


def _encoding(content: bytes) -> str:
    marks = (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    return next((encoding for mark, encoding in marks if content.startswith(mark)), "utf-8")


def parse(text: str, limits: Limits) -> Any:
    """The value of a JSON text. Raises `Unreadable`, and nothing else, whatever the text is.

    Refused: what the JSON grammar refuses, NaN and Infinity, the same name twice in an object (which of two birth
    dates would count?), and nesting deeper than `limits.depth`. Numbers too long for a number stay text.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_constant, parse_int=_integer, parse_float=_decimal
        )
    except _Twice as error:
        message = _("The field “%(name)s” stands twice in one object, so it isn't known which one counts.")
        raise Unreadable(message % {"name": error.name[:60]}) from error
    except json.JSONDecodeError as error:
        message = _("The file is not valid JSON: line %(line)d, column %(column)d: %(what)s.")
        raise Unreadable(message % {"line": error.lineno, "column": error.colno, "what": error.msg}) from error
    except RecursionError as error:
        raise Unreadable(_too_deep(limits)) from error
    except ValueError as error:
        raise Unreadable(_("The file is not valid JSON: %(what)s.") % {"what": str(error)[:120]}) from error
    # Too few brackets to be deep: nearly every line of a bulk export.
    if text.count("{") + text.count("[") > limits.depth and _deeper_than(value, limits.depth):
        raise Unreadable(_too_deep(limits))
    return value


def _too_deep(limits: Limits) -> str:
    return _("The file is nested more than %(depth)d levels deep; no sound record is.") % {"depth": limits.depth}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for name, _value in pairs:
            if name in seen:
                raise _Twice(name)
            seen.add(name)
    return made


def _no_constant(word: str) -> Any:
    raise ValueError(_("“%(word)s” is not a number") % {"word": word})


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_NUMBER else digits


def _decimal(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) and len(digits) <= LONGEST_NUMBER else digits


def _deeper_than(value: Any, depth: int) -> bool:
    """Whether containers lie in containers more than `depth` times; level by level, so that no stack is used up."""
    level = [value]
    for _step in range(depth):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return any(isinstance(value, dict | list) for value in level)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return (inner for inner in value.values() if isinstance(inner, dict | list))
    if isinstance(value, list):
        return (inner for inner in value if isinstance(inner, dict | list))
    return ()
