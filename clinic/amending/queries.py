"""Reads of amendments."""

from django.db.models import Model, QuerySet

from clinic.amending.models import Amendment, CoSignature


def amendments_of(subject_type: str, subject_id: str) -> QuerySet[Amendment]:
    """Return the amendments of a record in their order, with their documents; one query."""
    found: QuerySet[Amendment] = Amendment.objects.filter(subject_type=subject_type, subject_id=subject_id)
    return found.select_related("document", "signature", "amended_by").order_by("number")


def amendments_about(row: Model) -> QuerySet[Amendment]:
    """Return the amendments of the record `row`."""
    return amendments_of(row._meta.label, str(row.pk))


def co_signatures_of(subject_type: str, subject_id: str) -> QuerySet[CoSignature]:
    """Return the second signatures under a record in their order; one query."""
    found: QuerySet[CoSignature] = CoSignature.objects.filter(subject_type=subject_type, subject_id=subject_id)
    return found.select_related("signature").order_by("signed_at", "id")


def co_signatures_about(row: Model) -> QuerySet[CoSignature]:
    """Return the second signatures under the record `row`."""
    return co_signatures_of(row._meta.label, str(row.pk))
