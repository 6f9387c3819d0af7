"""Reads of amendments and second signatures, and of what the trail tells of them."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import BooleanField, CharField, Exists, ExpressionWrapper, Model, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from clinic.amending.models import Amendment, CoSignature
from clinic.trail.models import ADDED_TO_RECORDS, TrailEvent, record_said, said_of
from clinic.trail.queries import said_after


class Added(NamedTuple):
    """Something that was added to a signed record, as the trail tells of it, with the version that it is of."""

    kind: str
    number: str
    version: int

    @property
    def is_amendment(self) -> bool:
        """Whether it is an amendment, which makes a version of its own, and not a second signature."""
        return self.kind == Amendment._meta.label


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


def gone_from(row: Model, there: Iterable[Amendment | CoSignature]) -> list[Added]:
    """Return what was added to the record `row` by the trail and isn't among what is `there`; one query."""
    return gone_of(row._meta.label, str(row.pk), there)


def gone_of(subject_type: str, subject_id: str, there: Iterable[Amendment | CoSignature]) -> list[Added]:
    """Return what was added to a record by the trail and isn't among what is `there`; one query."""
    known = {(type(each)._meta.label, str(each.pk)) for each in there}
    events = TrailEvent.objects.filter(object_type__in=ADDED_TO_RECORDS).alias(of=record_said())
    # Ordered here, so that Postgres has no reason to look through the whole trail in its order.
    events = events.filter(of=said_of(subject_type, subject_id)).order_by()
    told = (
        Added(event.object_type, event.object_id, _version(event)) for event in sorted(events, key=attrgetter("pk"))
    )
    return [each for each in told if (each.kind, each.number) not in known]


def is_amended(model: type[Model]) -> "ExpressionWrapper[Any]":
    """Return, for a query over `model`, whether its row was amended after it was signed.

    An amendment that the trail tells of counts, whether its own row is there or not.
    """
    there = Exists(Amendment.objects.filter(subject_type=model._meta.label, subject_id=_number()))
    return ExpressionWrapper(there | Exists(_told_of(model)), output_field=BooleanField())


def lost_amendment(model: type[Model]) -> Exists:
    """Return, for a query over `model`, whether an amendment that the trail tells of isn't there any more."""
    about = {"subject_type": model._meta.label, "subject_id": Cast(OuterRef(OuterRef("pk")), CharField())}
    there = Amendment.objects.filter(**about).alias(said=Cast("pk", CharField())).filter(said=OuterRef("object_id"))
    return Exists(_told_of(model).filter(~Exists(there)))


def _told_of(model: type[Model]) -> "QuerySet[TrailEvent]":
    """Return the entries that tell of amendments of the row outside."""
    before, after = said_of(model._meta.label, "|").split("|")
    named = Concat(Value(before), _number(), Value(after))
    told = TrailEvent.objects.filter(object_type=Amendment._meta.label).alias(of=record_said())
    return told.filter(of=named)


def _number() -> Cast:
    # A row's number stands in an amendment and in an entry as text, like in the document and the signature.
    return Cast(OuterRef("pk"), CharField())


def _version(event: TrailEvent) -> int:
    version = said_after(event).get("version")
    return version if isinstance(version, int) else 1
