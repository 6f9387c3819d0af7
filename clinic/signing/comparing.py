"""Whether the rows that the trail tells of are still what it tells: for signatures, records, and all entries."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model, Q

from clinic.signing.models import Signature
from clinic.signing.rows import Asked, Rows, hashes, rows_by, rows_under
from clinic.trail.models import LOOKS, Action, TrailEvent
from clinic.trail.queries import said_added, said_after

#: What is done in an entry that tells of a record's state.
STEPS = (Action.SIGN, Action.CHANGE, Action.APPROVE, Action.RETIRE)
_TELLS_ROWS, _TELLS_ADDED = '"rows":{', '"added":{'


class Told(NamedTuple):
    """What an entry says of some rows, in the `part` of it that has them (see `clinic.signing.rows`)."""

    part: str
    asked: Asked
    sha256: str

    @property
    def of_state(self) -> bool:
        """Whether it holds until the record's next state, and no longer."""
        return self.part == "state_rows"


class Changed(NamedTuple):
    """An entry that tells of rows which are others now, and what it says of those."""

    event: TrailEvent
    told: list[Told]


def telling() -> Q:
    """Return the condition on the trail's entries that tell of rows."""
    return ~Q(action__in=LOOKS) & (Q(body__contains=_TELLS_ROWS) | Q(body__contains=_TELLS_ADDED))


def stands(signature: Signature) -> bool:
    """Whether the record that `signature` signed has the rows that it had then; two queries.

    True of a signature from before they were noted, and of one that the record's way back to a draft made void.
    """
    return signature.pk in standing([signature])


def standing(signatures: Iterable[Signature]) -> set[UUID]:
    """Return the numbers of those `signatures` whose records stand, as `stands` says of one.

    One query for all entries of the trail, and one for all rows.
    """
    asked = {str(signature.pk): signature for signature in signatures}
    if not asked:
        return set()
    of_them = Q()
    for object_type, object_id in {(each.object_type, each.object_id) for each in asked.values()}:
        of_them |= Q(object_type=object_type, object_id=object_id)
    events = [
        event
        for event in TrailEvent.objects.filter(of_them).filter(telling())
        if event.action != Action.SIGN or said_after(event).get("signature") in asked
    ]
    changed: set[Any] = {
        str(said_after(event)["signature"]) if event.action == Action.SIGN else _record_of(event)
        for event, _told in changed_since(events)
    }
    return {
        signature.pk
        for number, signature in asked.items()
        if not changed & {number, (signature.object_type, signature.object_id)}
    }


def is_as_locked(record: Model) -> bool:
    """Whether `record`, which locked without a signature, has the rows that it had then; two queries."""
    events = TrailEvent.objects.filter(telling(), object_type=record._meta.label, object_id=str(record.pk))
    return not any(changed_since(events))


def changed_since(events: Iterable[TrailEvent]) -> Iterator[Changed]:
    """Yield those of `events` that tell of rows which are others now; one query, and one more for each of these."""
    return changed_among([(event, told_by(event)) for event in events])


def changed_among(read: Sequence[tuple[TrailEvent, list[Told]]]) -> Iterator[Changed]:
    """Yield those entries, given with what `told_by` reads in them, that tell of rows which are others now.

    What an entry says of a record's state holds until the next one that tells of its state.
    """
    events = [event for event, _told in read]
    last = _last_states(events)
    told = [
        (event, each)
        for event, found in read
        for each in found
        if not each.of_state or event.pk >= last.get(_record_of(event), 0)
    ]
    differing: dict[int, list[Told]] = {}
    for (event, each), found in zip(told, hashes([each.asked for _event, each in told]), strict=True):
        if found != each.sha256:
            differing.setdefault(event.pk, []).append(each)
    for event in events:
        facts = [each for each in differing.get(event.pk, ()) if each.part == "added"]
        others = [each for each in differing.get(event.pk, ()) if each.part != "added"]
        if others and _is_overtaken(event, others):
            others = []
        if others or facts:
            yield Changed(event, others + facts)


def told_by(event: TrailEvent) -> list[Told]:
    """Return what an entry says of rows.

    What the program has dropped since, with the columns that a hash was of, can't be compared any more.
    """
    # Reading an entry's text takes longer than all else here, so it is read for what it has.
    after = said_after(event) if _TELLS_ROWS in event.body else {}
    added = said_added(event) if _TELLS_ADDED in event.body else {}
    try:
        model: type[Model] = apps.get_model(event.object_type)
        keys = (model._meta.pk.to_python(event.object_id),)
        under = {rows.table: rows for rows in rows_under(model)}
        found = [
            Told(part, Asked(_with_columns(under[table], said), keys), str(said["sha256"]))
            for part in ("rows", "state_rows")
            for table, said in (after.get(part) or {}).items()
            if table in under
        ]
        found += [
            Told(part, _resting(table, said), str(said["sha256"]))
            for part, of in (("rests_on", after.get("rests_on") or {}), ("added", added))
            for table, said in of.items()
        ]
    except (LookupError, ValueError, TypeError, AttributeError, ValidationError):
        return []  # the chain's own check names this entry
    return [each for each in found if _columns_of(each.asked.rows.table).issuperset(each.asked.rows.columns)]


def _with_columns(rows: Rows, said: dict[str, Any]) -> Rows:
    return rows._replace(columns=tuple(said["columns"].split(",")))


def _resting(table: str, said: dict[str, Any]) -> Asked:
    """Return the rows of another record that an entry tells of; LookupError where there is no such table or column."""
    model = model_of(table)
    field: Any = next((each for each in model._meta.concrete_fields if each.column == said["by"]), None)
    if field is None:
        raise LookupError(table)
    to_key = (field.target_field if field.is_relation else field).to_python
    return Asked(_with_columns(rows_by(model, field.name), said), tuple(map(to_key, said["of"])))


def _record_of(event: TrailEvent) -> tuple[str, str]:
    return event.object_type, event.object_id


def _last_states(events: Iterable[TrailEvent]) -> dict[tuple[str, str], int]:
    """Return, for each record, the last of `events` that tells of its state."""
    found: dict[tuple[str, str], int] = {}
    for event in events:
        if '"status":' in event.body and "status" in said_after(event):
            found[_record_of(event)] = max(event.pk, found.get(_record_of(event), 0))
    return found


def _is_overtaken(event: TrailEvent, differing: Iterable[Told]) -> bool:
    """Whether the trail says that the record went on, so that what differs counts no longer.

    A version that is approved and waits for its day may go back to a draft: nothing is held then. Of its state any
    later one is enough.
    """
    later = TrailEvent.objects.filter(
        object_type=event.object_type, object_id=event.object_id, action__in=STEPS, pk__gt=event.pk
    )
    states = {said_after(each).get("status") for each in later} - {None}
    return "draft" in states or (bool(states) and all(each.of_state for each in differing))


@cache
def model_of(table: str) -> type[Model]:
    """Return the model whose rows are in `table`; raises LookupError where the program has none."""
    found = next((model for model in apps.get_models() if model._meta.db_table == table), None)
    if found is None:
        raise LookupError(table)
    return found


@cache
def _columns_of(table: str) -> frozenset[str]:
    return frozenset(str(field.get_attname_column()[1]) for field in model_of(table)._meta.concrete_fields)
