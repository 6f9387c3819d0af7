"""Whether a sealed document and its file are still what was sealed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from clinic.canonical import plain, sha256
from clinic.documents.models import Rendering, SealedDocument
from clinic.trail.models import Action, TrailEvent
from clinic.trail.queries import said_after

FOLDER = "documents"
#: A younger file may belong to a rendering that is just being made.
ORPHAN_AGE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: `faults` in words, none when all is well; `rendering` when there is a PDF already.

    `lost` says that the file store hasn't its file any more, which is a fault, and nothing that was changed.
    """

    rendering: Rendering | None
    faults: tuple[str, ...]
    lost: bool = False

    @property
    def genuine(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    @property
    def unchanged(self) -> bool:
        """Whether what there is, is what was sealed, though the PDF may be lost."""
        return len(self.faults) == self.lost


def is_lost(rendering: Rendering) -> bool:
    """Whether the file store hasn't the file of `rendering`."""
    return not rendering.file.storage.exists(str(rendering.file.name))


def verify_content(document: SealedDocument) -> list[str]:
    """Check the snapshot against its hash, and both and what stands beside them against the record trail; one query."""
    faults = []
    if sha256(document.content) != document.content_sha256:
        faults.append(_("The content doesn't have the hash that was sealed."))
    event = _entry_of("clinic.SealedDocument", document.pk, Action.SEAL)
    if event is None or said_after(event).get("sha256") != document.content_sha256:
        faults.append(_("The record trail doesn't know this content."))
    elif not is_as_told(document, event) or not _is_as_named(document):
        faults.append(_("What, about whom, by whom or when it was sealed isn't what was recorded."))
    return faults


def is_as_told(document: SealedDocument, event: TrailEvent) -> bool:
    """Whether the columns of `document` say what `event`, the entry of its sealing, says; its content isn't read."""
    after = said_after(event)
    return (
        (document.code, document.kind, document.content_sha256)
        == (after.get("code"), after.get("kind"), after.get("sha256"))
        and [document.subject_type, document.subject_id] == after.get("of")
        and (document.site_id, document.patient_id) == (event.site_id, event.patient_id)
        and (document.sealed_by_id, plain(document.sealed_by_name)) == (event.actor_id, event.actor_name)
        and document.sealed_at == event.occurred_at
    )


def _is_as_named(document: SealedDocument) -> bool:
    """Whether title and version are those that stand in the sealed text."""
    try:
        named = json.loads(document.content)["document"]
        return (document.title, document.subject_version) == (named["title"], named["subject_version"])
    except (ValueError, LookupError, TypeError):
        return False


def verify(document: SealedDocument, *, seal: bool = True) -> Verdict:
    """Check the snapshot, the stored file, its hash in row and trail, and its `seal`. Reads the whole file.

    Of renderings that were replaced, since their files were lost, what is recorded is checked.
    """
    faults = verify_content(document)
    renderings = sorted(document.renderings.all(), key=lambda each: each.pk)
    for earlier in renderings[:-1]:
        faults += _trail_faults(earlier)
    if not renderings:
        return Verdict(rendering=None, faults=tuple(faults))
    rendering = renderings[-1]
    rendering.document = document
    pdf = _stored(rendering)
    faults += _trail_faults(rendering) if pdf is None else pdf_faults(rendering, pdf, seal=seal)
    if pdf is None:
        faults.append(_("The PDF is missing from the file store."))
    return Verdict(rendering=rendering, faults=tuple(faults), lost=pdf is None)


def _stored(rendering: Rendering) -> bytes | None:
    try:
        with rendering.file.open("rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None


def _trail_faults(rendering: Rendering) -> Iterator[str]:
    event = _entry_of("clinic.Rendering", rendering.pk, Action.CREATE)
    if event is None or said_after(event).get("sha256") != rendering.sha256:
        yield _("The record trail doesn't know this PDF.")


def pdf_faults(rendering: Rendering, pdf: bytes, *, seal: bool = True) -> Iterator[str]:
    """Yield what is wrong with `pdf` as the file of `rendering`: hash and trail; with `seal` also seal and text inside.

    Where the hash is the recorded one, seal and text can't be other than they were when the file was made.
    """
    if sha256(pdf) != rendering.sha256:
        yield _("The PDF doesn't have the hash that was recorded.")
    yield from _trail_faults(rendering)
    if not seal:
        return
    # pyHanko takes a quarter of a second to load: only who verifies a seal pays for it.
    from clinic.documents.claims import claims_of
    from clinic.documents.sealing import check_seal

    if rendering.signed and not (check := check_seal(pdf)).valid:
        yield _("The seal of the PDF is not good: %(fault)s.") % {"fault": check.fault}
    claims, document = claims_of(pdf), rendering.document
    if claims.code not in ("", document.code):
        yield _("The PDF belongs to another document, %(code)s.") % {"code": claims.code}
    elif claims.content_sha256 not in ("", document.content_sha256):
        yield _("The text inside the PDF isn't the one that was sealed.")


def _entry_of(object_type: str, object_id: int, action: Action) -> TrailEvent | None:
    return TrailEvent.objects.filter(object_type=object_type, object_id=str(object_id), action=action).first()


def orphans(*, at: datetime) -> Iterator[str]:
    """Yield the names of stored PDFs that no rendering names and that are older than an hour at `at`.

    A worker that was killed between file and row leaves one behind.
    """
    known = set(Rendering.objects.values_list("file", flat=True))
    try:
        folders, _files = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return
    for folder in sorted(folders):
        _folders, names = default_storage.listdir(f"{FOLDER}/{folder}")
        for name in sorted(names):
            path = f"{FOLDER}/{folder}/{name}"
            if path not in known and default_storage.get_modified_time(path) < at - ORPHAN_AGE:
                yield path
