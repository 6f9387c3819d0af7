"""What the pages of a sealed document show of signatures: how each of its own stands, and those that came after it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.amending.models import Amendment, CoSignature
from clinic.amending.queries import amendments_of, co_signatures_of, gone_of
from clinic.amending.standing import Newest, Standing, gone_text, newest_of, standings_of, version_text
from clinic.documents.models import SealedDocument
from clinic.documents.queries import latest_of
from clinic.documents.registry import After, UnknownKindError, kind_named
from clinic.documents.templates import paper_time
from clinic.signing.models import Signature


@dataclass(frozen=True, slots=True)
class Shown:
    """A signature and how it stands; `said` is what the document prints of it, nothing for one that came after.

    Of one that isn't there any more, `signature` and `standing` are None. `version` is what it signed, in words;
    `signed_at` the moment as the paper has its times.
    """

    said: Mapping[str, Any]
    signature: Signature | None = None
    standing: Standing | None = None
    version: str = ""
    signed_at: str = ""
    withdrawal: Any = None


@dataclass(frozen=True, slots=True)
class Signatures:
    """The signatures `on` a document, those `since`, and in words what the trail tells of and is `gone`.

    `newest` is the version of the record that its amendments have come to; None where it wasn't amended.
    """

    on: list[Shown] = field(default_factory=list)
    since: list[Shown] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    newest: Newest | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether a signature doesn't verify, or something is gone: what the paper rests on isn't as it was signed."""
        shown = (*self.on, *self.since)
        lost = any(each.signature is None and each.said.get("id") for each in shown)
        return bool(self.gone) or lost or any(each.standing is not None and not each.standing.holds for each in shown)


def signatures_of(document: SealedDocument, content: Mapping[str, Any], *, sound: bool) -> Signatures:
    """Return what the pages of `document` show, whose text says `content`; nothing holds unless that is `sound`.

    Six queries at most for a record that may be amended, and two or three for what was put in its place.
    """
    said = [each for each in content.get("signatures") or [] if isinstance(each, Mapping)]
    amendments, seconds, gone = _added(document)
    newest = newest_of(amendments, gone)
    added: list[Amendment | CoSignature] = [*amendments, *seconds]
    versions: dict[UUID, int] = {each.signature_id: each.number for each in amendments}
    versions |= {each.signature_id: each.version for each in seconds}
    records = {each.signature_id: (each._meta.label, str(each.pk)) for each in added}
    later = [each.signature for each in added]
    numbers = [_number(each.get("id")) for each in said]
    known = {each.pk: each for each in later} | _signatures(numbers, without=versions)
    printed = [known.get(number) if number is not None else None for number in numbers]
    since = sorted((each for each in later if each not in printed), key=lambda each: (each.signed_at, str(each.pk)))
    found = [each for each in printed if each is not None] + since
    stands = standings_of([(each, versions.get(each.pk, 1)) for each in found], newest)
    standings = {each.signature.pk: each for each in stands}
    after = _after(document)
    whole = sound and not gone

    def shown(each: Signature | None, says: Mapping[str, Any]) -> Shown:
        if each is None:
            return Shown(says, signed_at=str(says.get("signed_at", "")))
        standing, own = standings[each.pk], each.pk not in versions
        # A row may name a signature that was made for another record.
        of = records.get(each.pk, (document.subject_type, document.subject_id))
        holds = whole and (each.object_type, each.object_id) == of and _is_as_printed(each, says)
        standing = replace(standing, holds=standing.holds and holds)
        if own and after is not None and after.superseded_by and not standing.superseded_by:
            standing = _superseded(standing, document, after)
        version = standing.version or version_text(versions.get(each.pk, each.object_version))
        withdrawal = after.withdrawal if own and after is not None else None
        signed_at = str(says.get("signed_at") or paper_time(document, each.signed_at))
        return Shown(says, each, standing, version=version, signed_at=signed_at, withdrawal=withdrawal)

    return Signatures(
        on=[shown(each, says) for each, says in zip(printed, said, strict=True)],
        since=[shown(each, {}) for each in since],
        gone=[gone_text(each) for each in gone],
        newest=newest,
    )


def replacement_text(newer: SealedDocument) -> str:
    """Return in words the document that replaces another: its code, and the version of the record that it says."""
    if not newer.subject_version:
        return _("Document %(code)s") % {"code": newer.code}
    return _("Document %(code)s (version %(version)s)") % {"code": newer.code, "version": newer.subject_version}


def _added(document: SealedDocument) -> tuple[list[Amendment], list[CoSignature], list[Any]]:
    """Return what was added to the record of `document`, and what is gone of it; no query where nothing can be."""
    try:
        kind = kind_named(document.kind)
    except UnknownKindError:  # no longer made, but what was added to one stays
        pass
    else:
        if not kind.amended_by and not kind.cosigned:
            return [], [], []
    record = document.subject_type, document.subject_id
    amendments, seconds = list(amendments_of(*record)), list(co_signatures_of(*record))
    return amendments, seconds, gone_of(*record, [*amendments, *seconds])


def _signatures(numbers: Sequence[UUID | None], *, without: Iterable[UUID]) -> dict[UUID, Signature]:
    asked = {each for each in numbers if each is not None} - set(without)
    return Signature.objects.select_related("user").in_bulk(asked) if asked else {}


def _number(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:  # what was sealed before signatures were named, or isn't what was sealed
        return None


def _is_as_printed(signature: Signature, says: Mapping[str, Any]) -> bool:
    return not says or (signature.content_sha256, signature.printed_name) == (says.get("sha256"), says.get("name"))


def _after(document: SealedDocument) -> After | None:
    try:
        followed = kind_named(document.kind).followed
    except UnknownKindError:
        return None
    return followed(document.subject_id) if followed is not None else None


def _superseded(standing: Standing, document: SealedDocument, after: After) -> Standing:
    """Return the standing of a signature whose record another one took the place of, with the document of that."""
    by = latest_of(document.kind, document.subject_type, after.subject_id) if after.subject_id else None
    url = reverse("document", args=[by.code]) if by is not None else ""
    return replace(standing, version=after.version, superseded_by=after.superseded_by, superseded_url=url)
