"""The code of a paper form: what its QR says, and what people read under it. Pure."""

import re
from collections.abc import Iterable

from clinic.documents.services import read_code

#: The address that the QR of every document holds; whatever the clinic is called by, its end is the code.
_ADDRESS = re.compile(r"https?://[^\s]{1,200}/d/(?P<code>[0-9A-Z]{8})/")


def codes_in(texts: Iterable[str]) -> list[str]:
    """Return the codes of our documents among what QR codes said, each once, in order; other QR codes are passed by."""
    found = (_ADDRESS.fullmatch(text.strip()) for text in texts)
    codes = (read_code(match["code"]) for match in found if match)
    return list(dict.fromkeys(code for code in codes if code))


def spaced(code: str) -> str:
    """Return `code` as it is printed: in two groups of four."""
    return f"{code[:4]} {code[4:]}"
