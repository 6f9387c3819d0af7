"""Finding sealed documents."""

from collections.abc import Iterable

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from clinic.accounts.models import Site
from clinic.documents.models import SealedDocument
from clinic.documents.registry import kind_named


def documents_about(row: Model) -> QuerySet[SealedDocument]:
    """Return the documents about `row`, the latest first, with their renderings; one query."""
    return (
        SealedDocument.objects.filter(subject_type=row._meta.label, subject_id=str(row.pk))
        .prefetch_related("renderings")
        .order_by("-sealed_at", "-id")
    )


def documents_of(
    site: Site, *, kind: str = "", current: bool = False, named: str = "", of_patients: bool = False
) -> QuerySet[SealedDocument]:
    """Return the documents of a site, of one kind or of all, without the text of their snapshots.

    `named` is a document's code; where `of_patients` may be told, also a patient's record number, which has a hyphen.
    With whether each is `replaced` by a newer one of the same kind about the same record; only those that aren't, when
    `current` is asked for.
    """
    newer = SealedDocument.objects.filter(
        Q(sealed_at__gt=OuterRef("sealed_at")) | Q(sealed_at=OuterRef("sealed_at"), pk__gt=OuterRef("pk")),
        kind=OuterRef("kind"), subject_type=OuterRef("subject_type"), subject_id=OuterRef("subject_id"),
    )  # fmt: skip
    found = SealedDocument.objects.filter(site=site).annotate(replaced=Exists(newer)).prefetch_related("renderings")
    found = found.defer("content")
    found = found.filter(kind=kind) if kind else found
    if named:
        typed = "".join(named.split()).upper()
        by_number = of_patients and "-" in typed
        found = found.filter(patient__record_number__iexact=typed) if by_number else found.filter(code=typed)
    return found.filter(replaced=False) if current else found


def latest_of(kind: str, subject_type: str, subject_id: str) -> SealedDocument | None:
    """Return the newest document of this kind about a record, without its text; None where there is none."""
    found: SealedDocument | None = (
        SealedDocument.objects.filter(kind=kind, subject_type=subject_type, subject_id=subject_id)
        .defer("content")
        .order_by("-sealed_at", "-id")
        .first()
    )
    return found


def latest_about_the_same(document: SealedDocument) -> SealedDocument:
    """Return the newest document of the same kind about the same thing: `document` itself while it is current."""
    newest = latest_of(document.kind, document.subject_type, document.subject_id)
    return newest or document


def first_of(document: SealedDocument) -> SealedDocument:
    """Return the document that was sealed first of the same record: the one of its own day."""
    rows = SealedDocument.objects.filter(
        kind=document.kind, subject_type=document.subject_type, subject_id=document.subject_id
    )
    first: SealedDocument | None = rows.select_related("site").order_by("sealed_at", "id").first()
    return first or document


def why_ended(document: SealedDocument) -> str:
    """Return why the record that `document` is of doesn't hold any more, such as a protocol that was replaced.

    Nothing while it holds, and for kinds of records that only newer documents replace.
    """
    ended = kind_named(document.kind).ended
    return ended(document.subject_id) if ended is not None else ""


def newest_of_each_kind(documents: Iterable[SealedDocument]) -> list[SealedDocument]:
    """Return of `documents`, the latest first, the newest of each kind: what came before is superseded."""
    found: dict[str, SealedDocument] = {}
    for document in documents:
        found.setdefault(document.kind, document)
    return list(found.values())
