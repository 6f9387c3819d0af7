"""The code of a paper form: what its QR says, and what people read under it. Pure."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from clinic.documents.services import read_code

#: The address that the QR of every document holds, and of a form the page; whatever the clinic is called by, its end is
#: the code.
_ADDRESS = re.compile(r"https?://[^\s]{1,200}/d/(?P<code>[0-9A-Z]{8})/(?:\?page=(?P<page>[1-9][0-9]?))?")


class Mark(NamedTuple):
    """What the QR of a document says: its code, and of which of its pages it is; 0 where it says no page."""

    code: str
    page: int


def marks_in(texts: Iterable[str]) -> list[Mark]:
    """Return what QR codes of our documents say among `texts`, each once, in order; other QR codes are passed by."""
    found = (_ADDRESS.fullmatch(text.strip()) for text in texts)
    marks = (Mark(read_code(match["code"]), int(match["page"] or 0)) for match in found if match)
    return list(dict.fromkeys(mark for mark in marks if mark.code))


def spaced(code: str) -> str:
    """Return `code` as it is printed: in two groups of four."""
    return f"{code[:4]} {code[4:]}"
