"""What was typed, sealed so that a page carries it past a sign-in and nobody reads it there.

On a shared tablet the next person may look at the page's source, and sign in before whoever typed it. So the fields
are encrypted with a key of the clinic, and opened only for the person whose entry they are.
"""

import base64
import json
import zlib
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac

#: The hidden field that holds them.
CARRIED_FIELD = "carried"
#: A form that was left on the screen over a weekend and a holiday can still be sent.
LONGEST_S = 7 * 24 * 3600


class Carried(NamedTuple):
    """Where a form was to be sent, whose entry it is (`clinic.accounts.entries`), and its fields but for secrets."""

    path: str
    mark: str
    fields: list[tuple[str, str]]
    files_lost: bool


def sealed(carried: Carried) -> str:
    """Return `carried` as text that only `opened` reads."""
    return _key().encrypt(zlib.compress(json.dumps(carried).encode())).decode()


def opened(text: str) -> Carried | None:
    """Return what `sealed` gave `text` for; None for any other text, and for one of more than a week ago."""
    try:
        path, mark, fields, files_lost = json.loads(zlib.decompress(_key().decrypt(text.encode(), ttl=LONGEST_S)))
    except InvalidToken:
        return None
    return Carried(path, mark, [(name, value) for name, value in fields], files_lost)


def _key() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac("clinic.accounts.carrying", "", algorithm="sha256").digest()))
