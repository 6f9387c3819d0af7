"""One way to write a value down as bytes, so that a hash means the same tomorrow.

JSON as RFC 8785 has it: no spaces, UTF-8, keys sorted by their UTF-16 code units, nothing escaped that needn't be. Text
is NFC. Times are UTC, cut to microseconds; Decimals are text. Floats are refused, since amounts are exact here, and so
are whole numbers that a float couldn't hold, since other readers of JSON would round them.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
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
    # Beyond the first 65,536 characters, code units sort otherwise than characters do.
    return {key: plain(found[key]) for key in sorted(found, key=lambda key: key.encode("utf-16-be"))}


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


def canonical(value: Any) -> str:
    """Return the canonical JSON text of `value`."""
    return json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str | bytes) -> str:
    """Return the SHA-256 of `text` (UTF-8) as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
