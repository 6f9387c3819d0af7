"""What a signature covers in the database: the rows of the signed record and of its parts, as one hash for each table.

The signed text is kept beside the signature, but people work by the rows. What these held when the unit ended in which
they were signed goes into the trail's entry of the signature, so that nobody who may change tables changes a signed
record unseen; a photo set, which locks without a signature, has it in the entry of its completion. Each hash names its
columns: a table that has more of them one day is compared by what it had.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import Field, Model, Q
from psycopg import sql

from clinic.canonical import sha256
from clinic.frozen import ChildTrigger, Mutability
from clinic.signing.models import Signature
from clinic.trail.models import Action, TrailEvent
from clinic.trail.queries import said_after

#: What no rows come to.
NOTHING = sha256("")


class Rows(NamedTuple):
    """Rows of a table whose column `key` names the signed record, in the order of `order`."""

    table: str
    key: str
    order: str
    columns: tuple[str, ...]


@cache
def rows_under(model: type[Model]) -> tuple[Rows, ...]:
    """Return the rows that a signature of a record of `model` covers; none where those may change."""
    if getattr(model, "mutability", None) not in {Mutability.FROZEN, Mutability.LOCKED}:
        return ()
    return (_rows(model, _column(model._meta.pk)), *_parts(model._meta.db_table))


def rows_said(model: type[Model], key: Any) -> dict[str, dict[str, dict[str, str]]]:
    """Return what the trail says of the rows under the record `key` of `model`: columns and hash by table; one query.

    Empty where the rows may change.
    """
    under = rows_under(model)
    if not under:
        return {}
    found = _hashes(under, [key])
    return {
        "rows": {
            rows.table: {"columns": ",".join(rows.columns), "sha256": found.get((rows.table, str(key)), NOTHING)}
            for rows in under
        }
    }


def stands(signature: Signature) -> bool:
    """Whether the record that `signature` signed has the rows that it had then; two queries.

    True of a signature from before they were noted, and of one that the record's way back to a draft made void.
    """
    return signature.pk in standing([signature])


def standing(signatures: Iterable[Signature]) -> set[UUID]:
    """Return the numbers of those `signatures` whose records stand, as `stands` says of one.

    One query for all entries of the trail, and one for the rows of each kind of record.
    """
    asked = {str(signature.pk): signature for signature in signatures}
    if not asked:
        return set()
    of_them = Q()
    for signature in asked.values():
        of_them |= Q(object_type=signature.object_type, object_id=signature.object_id)
    events = TrailEvent.objects.filter(of_them, action=Action.SIGN)
    changed = {
        str(said_after(event)["signature"])
        for event in changed_since(event for event in events if said_after(event).get("signature") in asked)
    }
    return {signature.pk for number, signature in asked.items() if number not in changed}


def changed_since(events: Iterable[TrailEvent]) -> Iterator[TrailEvent]:
    """Yield those entries that tell of rows which are others now; few queries for many."""
    alike: dict[tuple[str, tuple[Rows, ...]], list[tuple[TrailEvent, dict[Rows, str]]]] = {}
    for event in events:
        told = _told(event)
        alike.setdefault((event.object_type, tuple(told)), []).append((event, told))
    for (object_type, under), entries in alike.items():
        if under:
            yield from _changed_alike(apps.get_model(object_type), under, entries)


def _told(event: TrailEvent) -> dict[Rows, str]:
    """Return the rows that an entry covers, with their hashes.

    What the program has dropped since, with the columns that a hash was of, can't be compared any more.
    """
    rows = said_after(event).get("rows")
    try:
        model: type[Model] = apps.get_model(event.object_type)
        known = {each.table: each for each in rows_under(model)}
        found = {
            known[table]._replace(columns=tuple(each["columns"].split(","))): str(each["sha256"])
            for table, each in (rows or {}).items()
            if table in known
        }
    except (LookupError, ValueError, TypeError, AttributeError):
        return {}  # the chain's own check names this entry
    return {each: told for each, told in found.items() if _columns_of(each.table).issuperset(each.columns)}


def _changed_alike(
    model: type[Model], under: tuple[Rows, ...], entries: list[tuple[TrailEvent, dict[Rows, str]]]
) -> Iterator[TrailEvent]:
    """Yield what changed of entries that cover the same columns of the same tables."""
    to_key = model._meta.pk.to_python
    found = _hashes(under, [to_key(event.object_id) for event, _said in entries])
    for event, told in entries:
        now = {rows: found.get((rows.table, event.object_id), NOTHING) for rows in under}
        if now != told and not _is_draft_again(event):
            yield event


def _is_draft_again(signed: TrailEvent) -> bool:
    """Whether the trail says that the record went back after it was signed, as a version that waits for its day may."""
    later = TrailEvent.objects.filter(
        object_type=signed.object_type, object_id=signed.object_id, action=Action.CHANGE, pk__gt=signed.pk
    )
    return any(said_after(event).get("status") == "draft" for event in later)


def _rows(model: type[Model], key: str) -> Rows:
    later: frozenset[str] = getattr(model, "filled_in_later", frozenset())
    columns = sorted({_column(field) for field in model._meta.concrete_fields} - later)
    return Rows(model._meta.db_table, key, _column(model._meta.pk), tuple(columns))


def _column(field: "Field[Any, Any]") -> str:
    return str(field.get_attname_column()[1])


def _parts(parent_table: str) -> Iterator[Rows]:
    for model in sorted(apps.get_models(), key=lambda each: each._meta.db_table):
        for trigger in getattr(model._meta, "triggers", ()):
            if isinstance(trigger, ChildTrigger) and trigger.parent_table == parent_table:
                yield _rows(model, trigger.parent_column)


@cache
def _columns_of(table: str) -> frozenset[str]:
    models = [model for model in apps.get_models() if model._meta.db_table == table]
    return frozenset(_column(field) for model in models for field in model._meta.concrete_fields)


def _hashes(under: Iterable[Rows], keys: list[Any]) -> dict[tuple[str, str], str]:
    with connection.cursor() as cursor:
        statement, number = _statement(tuple(under))
        cursor.execute(statement, [keys] * number)
        return {(table, key): found for table, key, found in cursor.fetchall()}


@cache
def _statement(under: tuple[Rows, ...]) -> tuple[str, int]:
    """Return the statement that hashes the rows of every table, key by key, and how often it asks for the keys."""
    one = sql.SQL(
        "SELECT {name}, {key}::text, encode(sha256(convert_to("
        "string_agg(jsonb_build_array({columns})::text, chr(10) ORDER BY {order}), 'UTF8')), 'hex') "
        "FROM {table} WHERE {key} = ANY({keys}) GROUP BY {key}"
    )
    each = [
        one.format(
            name=sql.Literal(rows.table), key=sql.Identifier(rows.key), order=sql.Identifier(rows.order),
            columns=sql.SQL(", ").join(map(sql.Identifier, rows.columns)), table=sql.Identifier(rows.table),
            keys=sql.Placeholder(),
        )
        for rows in under
    ]  # fmt: skip
    return sql.SQL(" UNION ALL ").join(each).as_string(None), len(each)
