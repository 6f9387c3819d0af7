"""What a document may load: nothing from the network, nothing from the disk but our own assets.

WeasyPrint's own fetcher opens any address and any file that a page names. This one class is the only
fetcher that we give it (a test reads the code for others).
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes
from urllib.request import OpenerDirector

from django.conf import settings
from django.core.files.storage import default_storage
from weasyprint.urls import URLFetcher, URLFetcherResponse

from clinic.canonical import sha256
from clinic.documents.fonts import font_path
from clinic.documents.templates import qr_png, verification_url

#: Types that a `data:` address may have, with how their bytes must begin.
DATA_TYPES: Mapping[str, tuple[bytes, ...]] = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/svg+xml": (b"<svg", b"<?xml"),
}
#: What files that a snapshot refers to may be: photographs as the clinic itself encoded them.
ATTACHED_TYPES = ("image/jpeg", "image/png")
MOST_DATA_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A stored file that a snapshot shows, bound by its hash."""

    name: str
    sha256: str


class NotOursError(ValueError):
    """A document asked for something that it may not have."""


class OwnAssetsFetcher(URLFetcher):
    """Answers `data:` (pictures only), `asset:` (fonts, `static/documents/`), `file-of-record:` and `page-code:`.

    `file-of-record:KEY` is one of the `attached` files that the snapshot names; its bytes must have the
    hash that was sealed. `page-code:N` is the QR of page N of the document `numbered`, made when that page is.
    Everything else stops the rendering: a record is complete or it isn't made.
    """

    def __init__(self, attached: Mapping[str, AttachedFile] | None = None, *, numbered: str = "") -> None:
        # Not URLFetcher's own start: it brings handlers for http, ftp and files, and loads the certificates
        # of the machine for each document.
        OpenerDirector.__init__(self)
        self._fail_on_errors = True
        self._attached = dict(attached or {})
        self._numbered = numbered

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """Return what `url` stands for; raises NotOursError for everything that isn't ours."""
        scheme, _, rest = url.partition(":")
        match scheme.lower():
            case "data":
                return _picture(url, rest)
            case "asset":
                return URLFetcherResponse(url, _asset(rest).read_bytes())
            case "file-of-record":
                return self._file_of_record(url, rest)
            case "page-code" if self._numbered and rest.isdecimal():
                return self.fetch(qr_png(verification_url(self._numbered, page=int(rest))))
        raise NotOursError(f"a document may not load {scheme[:20]}: addresses")

    def _file_of_record(self, url: str, key: str) -> URLFetcherResponse:
        try:
            attached = self._attached[key]
        except KeyError:
            raise NotOursError("the snapshot doesn't name this file") from None
        with default_storage.open(attached.name) as file:
            content = file.read()
        if sha256(content) != attached.sha256:
            raise NotOursError("a file isn't the one that was sealed")
        return _checked(url, content, ATTACHED_TYPES)


def _picture(url: str, rest: str) -> URLFetcherResponse:
    described, comma, encoded = rest.partition(",")
    kind, *parameters = described.split(";")
    if not comma or len(encoded) > MOST_DATA_BYTES * 3 // 2:
        raise NotOursError("a data: address is malformed or too long")
    content = unquote_to_bytes(encoded)
    if "base64" in parameters:
        try:
            content = base64.b64decode(content, validate=True)
        except binascii.Error as error:
            raise NotOursError("a data: address is malformed") from error
    return _checked(url, content, (kind.strip().lower(),))


def _checked(url: str, content: bytes, kinds: tuple[str, ...]) -> URLFetcherResponse:
    """Return the answer when `content` begins like one of `kinds`: what a picture claims to be isn't believed."""
    for kind in kinds:
        if len(content) <= MOST_DATA_BYTES and content.lstrip().startswith(DATA_TYPES.get(kind, ())):
            return URLFetcherResponse(url, content, headers={"Content-Type": kind})
    raise NotOursError("this isn't a picture of a kind that documents show")


def _asset(name: str) -> Path:
    if name.startswith("fonts/"):
        try:
            return font_path(name.removeprefix("fonts/"))
        except KeyError:
            raise NotOursError("there is no such font") from None
    root = (Path(settings.BASE_DIR) / "static" / "documents").resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise NotOursError("there is no such asset")
    return path
