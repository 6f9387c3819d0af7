"""One way to write a value down as bytes, so that a hash means the same tomorrow.

JSON as RFC 8785 has it: no spaces, UTF-8, keys sorted by their UTF-16 code units, nothing escaped that needn't be. Text
is NFC. Times are UTC, cut to microseconds; Decimals are text. Floats are refused, since amounts are exact here, and so
are whole numbers that a float couldn't hold, since other readers of JSON would round them.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

#: The largest whole number that every reader of JSON keeps exactly (RFC 8785, RFC 7493).
MOST = 2**53 - 1
_TEXT = {str}


def plain(value: Any) -> Any:
    """Return `value` as JSON's own types, keys in their canonical order.

    Raises TypeError for what has no exact form (floats, sets, numbers beyond 2^53 - 1, keys that become the same).
    """
    # What nearly everything is, first: whole snapshots pass here several times for each signature.
    kind = type(value)
    if kind is str and value.isascii():
        return value
    if kind is dict:
        return _object(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or kind is bool:
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, int):
        if abs(value) > MOST:
            raise TypeError("a whole number beyond 2^53 - 1 has no canonical form: write it as text")
        return value
    if isinstance(value, Mapping):
        return _object(value)
    return _text(value)


def _object(value: Mapping[Any, Any]) -> dict[str, Any]:
    if set(map(type, value)) <= _TEXT and "".join(value).isascii():
        return {
            key: item if type(item := value[key]) is str and item.isascii() else plain(item) for key in sorted(value)
        }
    found = {plain(str(key)): item for key, item in value.items()}
    if len(found) != len(value):
        raise TypeError("two keys are the same once they are written down")
    return {key: plain(found[key]) for key in _in_order(found)}


def _in_order(keys: Iterable[str]) -> list[str]:
    # Beyond the first 65,536 characters, code units sort otherwise than characters do.
    return sorted(keys, key=lambda key: key.encode("utf-16-be"))


def _text(value: Any) -> str:
    if isinstance(value, str | Promise | UUID):
        return unicodedata.normalize("NFC", str(value))
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a time without a zone has no canonical form")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError("only finite amounts can be written down")
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no canonical form")


class Written(Mapping[str, Any]):
    """A mapping written down as it is now, member by member: what is signed and then sealed is written once."""

    def __init__(self, value: Mapping[Any, Any]) -> None:
        self._members: dict[str, Any] = plain(value)
        self._texts = {key: _json(item) for key, item in self._members.items()}

    def also(self, **more: Any) -> "Written":
        """Return it with `more` members, or with others of these names."""
        new = Written(more)
        both = Written({})
        both._members, both._texts = self._members | new._members, self._texts | new._texts
        return both

    @property
    def text(self) -> str:
        """Its canonical text."""
        return "{" + ",".join(f"{_json(key)}:{self._texts[key]}" for key in _in_order(self._texts)) + "}"

    def __getitem__(self, key: str) -> Any:
        return self._members[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def canonical(value: Any) -> str:
    """Return the canonical JSON text of `value`."""
    if isinstance(value, Written):
        return value.text
    return _json(plain(value))


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str | bytes) -> str:
    """Return the SHA-256 of `text` (UTF-8) as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
