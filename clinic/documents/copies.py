"""Whether a file from anywhere is one of the clinic's sealed documents: genuine, superseded, altered or unknown."""

import json
import re
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from django.utils.translation import gettext as _

from clinic.canonical import sha256
from clinic.documents.models import CODE_ALPHABET, CODE_LENGTH, Rendering, SealedDocument
from clinic.documents.queries import latest_about_the_same, why_ended
from clinic.documents.templates import paper_time, sealed_time
from clinic.documents.verify import FOLDER, pdf_faults, verify_content
from clinic.trail.models import Action, TrailEvent

#: What the clinic's downloads are called: the kind, a dash, the code.
_CODE_IN_NAME = rf"-([{CODE_ALPHABET}]{{{CODE_LENGTH}}})\.pdf$"


class Outcome(IntEnum):
    """What a copy turned out to be; the number is the command's exit code."""

    GENUINE = 0
    ALTERED = 1
    SUPERSEDED = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class CopyCheck:
    """What a copy is, in a sentence; `code` is the document that it is, or says to be; `faults` in words."""

    outcome: Outcome
    sentence: str
    sha256: str
    code: str = ""
    faults: tuple[str, ...] = ()


def check_copy(pdf: bytes, *, name: str = "") -> CopyCheck:
    """Check the bytes of a file called `name`.

    It is genuine when its seal is good and covers all of it, its SHA-256 is the one that was stored, and row and
    trail agree. A file whose name or place says that it is another document than it is counts as altered.
    """
    digest = sha256(pdf)
    rendering = Rendering.objects.filter(sha256=digest).select_related("document", "document__site").first()
    if rendering is None:
        return _not_stored(pdf, digest)
    document = rendering.document
    faults = [*verify_content(document), *pdf_faults(rendering, pdf)]
    stands_for = _named(name)
    if stands_for is not None and stands_for != document:
        faults.append(_("It stands in the place of document %(code)s.") % {"code": stands_for.code})
    if faults:
        return _altered(document, digest, faults)
    latest = latest_about_the_same(document)
    shown = {"title": document.title, "code": document.code, "at": sealed_time(document)}
    if latest != document:
        shown |= {"newer": latest.code, "newer_at": sealed_time(latest)}
        return CopyCheck(
            Outcome.SUPERSEDED,
            _("Superseded: this is %(title)s %(code)s, sealed %(at)s, but %(newer)s replaced it, %(newer_at)s.")
            % shown,
            digest,
            document.code,
        )
    if why := why_ended(document):
        told = _("Superseded: this is %(title)s %(code)s, sealed %(at)s, unchanged. %(why)s") % (shown | {"why": why})
        return CopyCheck(Outcome.SUPERSEDED, told, digest, document.code)
    told = _("Genuine: this is %(title)s %(code)s, sealed %(at)s, unchanged and current.") % shown
    if (again := document.rendering) is not None and again != rendering:
        told += " " + _("The clinic lost its own file of it and made the PDF again, %(at)s.") % {
            "at": paper_time(document, again.rendered_at)
        }
    return CopyCheck(Outcome.GENUINE, told, digest, document.code)


def _not_stored(pdf: bytes, digest: str) -> CopyCheck:
    """Tell a changed copy of one of our documents from a file that never was one."""
    from clinic.documents.claims import claims_of
    from clinic.documents.sealing import check_seal

    claims = claims_of(pdf)
    documents = SealedDocument.objects.select_related("site")
    said = documents.filter(code=claims.code).first() if claims.code else None
    if said is None and claims.content_sha256:
        said = documents.filter(content_sha256=claims.content_sha256).first()
    if said is None and claims.content_sha256 and _was_sealed(claims.code, claims.content_sha256):
        gone = _(
            "Unknown: the record trail says that this clinic sealed %(code)s with this content, but the clinic's own "
            "copy is gone. Keep this file, and tell the manager."
        )
        return CopyCheck(Outcome.UNKNOWN, gone % {"code": claims.code}, digest, claims.code)
    if said is None:
        if _entries_are_lost() and check_seal(pdf).valid:
            lost = _(
                "Unknown: this has the seal of this clinic, but the clinic has no record of it. An older backup was "
                "put back: it may have been sealed in what was lost. Keep this file, and tell the manager."
            )
            return CopyCheck(Outcome.UNKNOWN, lost, digest, claims.code)
        return CopyCheck(Outcome.UNKNOWN, _("Unknown: this clinic never sealed this file."), digest)
    agrees = (claims.code, claims.content_sha256) == (said.code, said.content_sha256)
    if agrees and _entries_are_lost(said) and check_seal(pdf).valid:
        lost = _(
            "Unknown: this has the seal of this clinic and the content of %(title)s %(code)s, but isn't a file that "
            "the clinic has on record. An older backup was put back: it may be the PDF that was made before. Compare "
            "it with a new copy."
        )
        return CopyCheck(Outcome.UNKNOWN, lost % {"title": said.title, "code": said.code}, digest, said.code)
    return _altered(said, digest, [_("The PDF doesn't have the hash that was recorded.")])


def _entries_are_lost(document: SealedDocument | None = None) -> bool:
    """Whether entries of the trail are lost, of the document's site or of any, among which may be one of a PDF."""
    begun = TrailEvent.objects.filter(action=Action.BEGIN_EPOCH)
    return (begun if document is None else begun.filter(site=document.site)).exists()


def _was_sealed(code: str, content_sha256: str) -> bool:
    """Whether the trail tells of a document with this code and this content, which isn't in the database any more."""
    events = TrailEvent.objects.filter(action=Action.SEAL, body__contains=f'"{content_sha256}"')
    return any((json.loads(event.body)["after"] or {}).get("code") == code for event in events[:10])


def _altered(document: SealedDocument, digest: str, faults: list[str]) -> CopyCheck:
    sentence = _("Altered: this says to be %(title)s %(code)s, but isn't what was sealed. Don't rely on it.") % {
        "title": document.title,
        "code": document.code,
    }
    return CopyCheck(Outcome.ALTERED, sentence, digest, document.code, tuple(faults))


def _named(name: str) -> SealedDocument | None:
    """Return the document that a file of this name stands for: by the code in its name, or its place in our store."""
    if found := re.search(_CODE_IN_NAME, name):
        return SealedDocument.objects.filter(code=found[1]).first()
    place = Path(name).parts[-3:]
    if len(place) == 3 and place[0] == FOLDER:
        rendering = Rendering.objects.filter(file="/".join(place)).select_related("document").first()
        return rendering.document if rendering else None
    return None
