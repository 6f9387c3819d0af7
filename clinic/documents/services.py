"""Sealing: the snapshot is written down, hashed, and its PDF is owed."""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.canonical import Written, canonical, sha256
from clinic.documents.models import CODE_ALPHABET, CODE_LENGTH, CODE_PATTERN, SealedDocument
from clinic.documents.registry import kind_named
from clinic.documents.templates import template_version
from clinic.errors import Refused
from clinic.joining import step_of_unit
from clinic.outbox.priorities import Priority
from clinic.outbox.services import defer
from clinic.trail.models import Action
from clinic.trail.unit import record

#: What a snapshot may weigh: some hundred pages. Pictures are files, named by their hash.
MOST_CONTENT_BYTES = 2_000_000
_OF_PATIENT = {"name", "birth_date", "record_number"}


@step_of_unit
def seal(
    *,
    by: Actor,
    kind: str,
    subject: models.Model,
    content: Mapping[str, Any],
    at: datetime,
    patient: models.Model | None = None,
    subject_version: str = "",
    title: str = "",
    is_new: bool = False,
) -> SealedDocument:
    """Seal `content`, everything that the document about `subject` says, and defer its PDF.

    A document about a patient has `content["patient"]` (`snapshots.patient_identity`). Signatures stand under
    `content["signatures"]` as `signing.services.manifestation` gives them, files that it shows under
    `content["files"]` (`snapshots.files`). Under "document" the seal itself adds title and site. The same content
    about the same subject is sealed once: the document sealed first is returned. `is_new` says that there can't be one,
    since the content holds a signature made just now, and saves looking for it.

    Raises UnknownKindError, TypeError for what has no canonical form, ValueError for a snapshot without its
    patient or with a "document" of its own, Refused for content that is too long to print.
    """
    known = kind_named(kind)
    if "document" in content:
        raise ValueError('the key "document" of a snapshot belongs to the seal')
    if patient is not None and not set(content.get("patient") or {}) >= _OF_PATIENT:
        raise ValueError("a document about a patient names the patient with two identifiers")
    title = title or str(known.title)
    identity = {"kind": kind, "subject_type": subject._meta.label, "subject_id": str(subject.pk)}
    about = {
        "format": 1,
        "title": title,
        "site": by.site.name,
        "site_code": by.site.code,
        "address": by.site.address,
        "time_zone": by.site.time_zone,
        "subject_version": subject_version,
        **identity,
    }
    text = canonical((content if isinstance(content, Written) else Written(content)).also(document=about))
    if len(text.encode()) > MOST_CONTENT_BYTES:
        raise Refused(_("This document is too long to be sealed as one. Make it smaller, or seal it in parts."))
    digest = sha256(text)
    sealed_before = SealedDocument.objects.filter(**identity, content_sha256=digest)
    if not is_new and (before := sealed_before.first()) is not None:
        return before
    document = SealedDocument.add(
        **identity,
        code=new_code(),
        title=title,
        site=by.site,
        patient=patient,
        subject_version=subject_version,
        content=text,
        content_sha256=digest,
        sealed_at=at,
        sealed_by=by.user,
        sealed_by_name=by.name,
        template_version=template_version(known),
    )
    record(
        by=by,
        action=Action.SEAL,
        subject=document,
        patient=patient,
        after={"code": document.code, "kind": kind, "sha256": digest, "of": [*identity.values()][1:]},
        at=at,
    )
    defer(
        "documents.render", key=document.code, payload={"document_id": document.pk}, run_after=at,
        priority=Priority.AWAITED if known.awaited else None,
    )  # fmt: skip
    return document


def new_code() -> str:
    """Return a new code for people and for the QR: 40 random bits, without letters that look like figures."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def read_code(typed: str) -> str:
    """Return `typed` as a code: capitals, no spaces or dashes, the figures that look-alike letters mean.

    What can't be a code is "", which no document has.
    """
    plain = typed.upper().replace(" ", "").replace("-", "")
    plain = plain.replace("O", "0").replace("I", "1").replace("L", "1")
    return plain if re.fullmatch(CODE_PATTERN, plain) else ""
