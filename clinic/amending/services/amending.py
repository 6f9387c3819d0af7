"""Amending a signed record: a new version of its document with the correction beside the original, signed."""

from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.amending.entries import entries_of
from clinic.amending.models import Amendment
from clinic.amending.papers import locked_original, original_content, seal_anew
from clinic.amending.queries import amendments_of
from clinic.documents.models import SealedDocument
from clinic.documents.registry import kind_named
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.signing.models import Meaning
from clinic.signing.reserve import with_number
from clinic.signing.services import Confirmed, last_signature_of, sign
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work

#: More corrections than this are a record that wants writing anew.
MOST_AMENDMENTS = 20


def may_amend(actor: Actor, document: SealedDocument) -> bool:
    """Whether `actor` may amend the record that `document` is of: who may sign such a record."""
    allowed = kind_named(document.kind).amended_by
    return any(actor.may(permission) for permission in allowed)


@unit_of_work
def amend(
    *,
    by: Actor,
    document: SealedDocument,
    seen: int,
    entry: str,
    correct: str,
    reason: str,
    confirmed: Confirmed,
    at: datetime,
) -> Amendment:
    """Amend the record that `document` is of: `entry` names what is wrong ("" for the record as a whole).

    The original and its signature stay as they are; a new document, which replaces the one before, says both. `seen`
    is how many amendments the page showed: StaleWrite when there is another since. Raises NotAllowed without the
    right, Refused for an entry that the document doesn't have, and without words.
    """
    original = locked_original(by, document)
    if not may_amend(by, original):
        raise NotAllowed(_("Your role doesn't sign records of this kind, so it doesn't amend them either."))
    before = list(amendments_of(original.subject_type, original.subject_id))
    if len(before) != seen:
        raise StaleWrite(_("This record was amended meanwhile. Read the amendment, then decide."))
    if len(before) >= MOST_AMENDMENTS:
        raise Refused(_("This record was amended %(count)s times. No more fit.") % {"count": len(before)})
    said = {each.label: each.value for each in entries_of(original_content(original))}
    if entry and entry not in said:
        raise Refused(_("The document has no such entry. Choose it again."), field="entry")
    correct, reason = _words(correct, "correct"), _words(reason, "reason")
    amendment = with_number(
        Amendment(
            site=by.site, subject_type=original.subject_type, subject_id=original.subject_id, original=original,
            number=len(before) + 2, entry=entry, as_signed=said.get(entry, ""), correct=correct, reason=reason,
            amended_at=at, amended_by=by.user,
        )
    )  # fmt: skip
    amendment.signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.AMENDED, subject=amendment, patient=original.patient, at=at,
        reason=reason, version=amendment.number,
        previous=before[-1].signature if before else last_signature_of(original.subject_type, original.subject_id),
        content={
            "record": [original.subject_type, original.subject_id], "version": amendment.number,
            "original_sha256": original.content_sha256,
            "amendments": [each.signature.content_sha256 for each in before],
            "entry": entry, "as_signed": amendment.as_signed, "correct": correct, "reason": reason,
        },
    )  # fmt: skip
    amendment.document = seal_anew(by=by, original=original, added=amendment, at=at)
    amendment.save()
    record(
        by=by, action=Action.CHANGE, subject=amendment, patient=original.patient, at=at, reason=reason,
        after={
            "record": [original.subject_type, original.subject_id], "entry": entry, "as_signed": amendment.as_signed,
            "correct": correct, "version": amendment.number,
        },
    )  # fmt: skip
    return amendment


def _words(text: str, field: str) -> str:
    text = " ".join(text.split())
    if len(text) < 3:
        raise Refused(_("Say it in words: they stay in the record."), field=field)
    return text
