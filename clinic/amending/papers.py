"""The document of a record that was amended, or signed by a second person: the original and what came after."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.amending.models import Amendment, CoSignature
from clinic.amending.queries import amendments_of, co_signatures_of
from clinic.documents import snapshots
from clinic.documents.models import SealedDocument
from clinic.documents.services import seal
from clinic.errors import NotAllowed
from clinic.signing.services import manifestation


def locked_original(by: Actor, document: SealedDocument) -> SealedDocument:
    """Return the first document sealed with the record, locked: what is added to one record follows one another.

    Raises NotAllowed for another site's.
    """
    rows = SealedDocument.objects.filter(
        site=by.site, kind=document.kind, subject_type=document.subject_type, subject_id=document.subject_id
    )
    found: SealedDocument | None = (
        rows.select_for_update(of=("self",), no_key=True).select_related("patient").order_by("sealed_at", "id").first()
    )
    if found is None:
        raise NotAllowed(_("This document isn't one of your site's. Open it again from the list."))
    return found


def original_content(document: SealedDocument) -> dict[str, Any]:
    """Return what `document` says, without what the seal added."""
    content: dict[str, Any] = json.loads(document.content)
    del content["document"]
    return content


def seal_anew(*, by: Actor, original: SealedDocument, added: Amendment | CoSignature, at: datetime) -> SealedDocument:
    """Seal the record with everything that came after its first document; `added`, not saved yet, is the last of it."""
    amendments: list[Amendment] = list(amendments_of(original.subject_type, original.subject_id))
    others: list[CoSignature] = list(co_signatures_of(original.subject_type, original.subject_id))
    if isinstance(added, Amendment):
        amendments.append(added)
    else:
        others.append(added)
    signed = [*(each.signature for each in amendments), *(each.signature for each in others)]
    signed.sort(key=lambda signature: signature.signed_at)
    content = original_content(original)
    if amendments:
        content["amended"] = [_section(amendments, by)]
    content["signatures"] = [*content.get("signatures", []), *map(manifestation, signed)]
    return seal(
        by=by, kind=original.kind, content=content, at=at, patient=original.patient, title=original.title,
        subject=apps.get_model(original.subject_type)._default_manager.get(pk=original.subject_id),
        subject_version=str(len(amendments) + 1), is_new=True,
    )  # fmt: skip


def _section(amendments: Sequence[Amendment], by: Actor) -> dict[str, Any]:
    return snapshots.table(
        _("Amended"),
        (_("Version"), _("Entry"), _("As signed"), _("What is right"), _("Reason"), _("By")),
        [
            (
                str(each.number), each.entry or _("The record"), each.said, each.correct, each.reason,
                _moment(each, by),
            )
            for each in amendments
        ],
        numeric=(0,), wide=3,
    )  # fmt: skip


def _moment(amendment: Amendment, by: Actor) -> str:
    at = clock.local(amendment.amended_at, by.site).strftime("%d %b %Y %H:%M")
    return f"{amendment.amended_by.full_name}, {at}"
