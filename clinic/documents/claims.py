"""What a PDF says of itself: which document it is, and the text that is inside. Nothing of it is believed yet."""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.errors import SignatureValidationError

from clinic.canonical import sha256
from clinic.documents.models import CODE_ALPHABET, CODE_LENGTH

#: What pyHanko raises over a file that isn't a PDF any more, wherever it was hit.
UNREADABLE = (
    PdfError,
    SignatureValidationError,
    zlib.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    AssertionError,
    NotImplementedError,
    OSError,
)
_CODE = rf"[{CODE_ALPHABET}]{{{CODE_LENGTH}}}"
_LAST_WORD = re.compile(rf"(?:^|\s)({_CODE})$")
#: The reason as it stands in the file, when the file can't be read as a PDF.
_RAW_REASON = re.compile(rb"/Reason\s*\([^)]*?\b(" + _CODE.encode() + rb")\)")


@dataclass(frozen=True, slots=True)
class Claims:
    """The code that the seal names, and the SHA-256 of the text inside; "" for what isn't there or can't be read."""

    code: str = ""
    content_sha256: str = ""


def claims_of(pdf: bytes) -> Claims:
    """Return what `pdf` says of itself, as far as it can still be read; never raises over its bytes."""
    try:
        reader = PdfFileReader(BytesIO(pdf))
    except UNREADABLE:
        return Claims(code=_raw_code(pdf))
    return Claims(
        code=_read(lambda: _sealed_code(reader)) or _raw_code(pdf), content_sha256=_read(lambda: _inside(reader))
    )


def _read(part: Callable[[], str]) -> str:
    try:
        return part()
    except UNREADABLE:
        return ""


def _raw_code(pdf: bytes) -> str:
    found = _RAW_REASON.search(pdf)
    return found[1].decode() if found else ""


def _sealed_code(reader: Any) -> str:
    """Return the last word of the seal's reason, or of the title, which is the code."""
    signatures = reader.embedded_signatures
    texts = [str(signature.sig_object["/Reason"]) for signature in signatures[:1]]
    texts.append(str(reader.trailer["/Info"]["/Title"]))
    return next((found[1] for text in texts if (found := _LAST_WORD.search(text))), "")


def _inside(reader: Any) -> str:
    """Return the SHA-256 of the one file that belongs to the whole document."""
    attached = reader.root["/AF"]
    if len(attached) != 1:
        return ""
    return sha256(attached[0]["/EF"]["/F"].data)
